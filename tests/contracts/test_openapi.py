"""The server keeps to its own OpenAPI document: whatever is sent, the answer is one that the document tells of."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from contactcenter.app import SystemClock, make_policies, opened_store
from contactcenter.ports import Tx
from contactcenter.settings import Settings, load
from contactcenter.storage.open import locate
from contactcenter.web import auth
from contactcenter.web.api.openapi import document
from contactcenter.web.api.table import OPERATIONS
from tests.desk import Chat, hire, write_settings

ROLES = ("agent", "supervisor", "admin", "script", "nobody")
KEPT = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = 40


@contextmanager
def served(config: Path) -> Iterator[str]:
    """`contactcenter serve` in a process of its own; where it is."""
    program = Path(sys.executable).parent / "contactcenter"
    command = [str(program), "serve", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"is at (\S+)", process.stdout.readline())
            assert found is not None
            yield found[1]
        finally:
            process.terminate()


async def staff(settings: Settings) -> dict[str, str]:
    """A token of every role."""

    def add(tx: Tx) -> dict[str, str]:
        policies = make_policies(settings, {})
        people = {role: hire(tx, policies, role.title(), role, ("support", "sales")).token for role in ROLES[:3]}
        return {**people, "script": auth.issue(tx, "token", "supervisor", None, None), "nobody": "made-up"}

    location = locate(settings.store.url, settings.folder)
    async with opened_store(settings, location, SystemClock()) as store:
        return await store.write(add)


@pytest.fixture(scope="module")
def tokens() -> dict[str, str]:
    """By role, filled when the server is there."""
    return {}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, empty_store: Path, tokens: dict[str, str]) -> Iterator[str]:
    """The API of a running server with a few tickets."""
    folder = tmp_path_factory.mktemp("api")
    shutil.copyfile(empty_store, folder / "desk.db")
    config = write_settings(folder)
    tokens |= asyncio.run(staff(load(config, {})))
    with served(config) as url:
        asyncio.run(write_as_customers(url))
        yield f"{url}/api/v1"


async def write_as_customers(url: str) -> None:
    """Three tickets, so that small numbers name something."""
    async with aiohttp.ClientSession() as http:
        for number in range(3):
            chat = await Chat.open(http, url, name=f"C{number}")
            await chat.connect()
            await chat.say("Can I talk to a person?")
            await chat.leave()


schema = schemathesis.openapi.from_dict(document("http://127.0.0.1"))


@schema.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Half of the ids are small enough to name something."""
    if path_parameters and isinstance(path_parameters.get("id"), int) and path_parameters["id"] % 2:
        path_parameters["id"] = path_parameters["id"] % 5 + 1
    return path_parameters


@schema.parametrize()
@schema.given(role=st.sampled_from(ROLES + ROLES[:4] * 2))
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_document_tells_of(
    case: schemathesis.Case[Any], role: str, tokens: dict[str, str], api: str
) -> None:
    case.call_and_validate(base_url=api, headers={"Authorization": f"Bearer {tokens[role]}"}, checks=KEPT)


def test_the_server_tells_this_document_and_it_names_every_operation_once(api: str) -> None:
    told = requests.get(f"{api}/openapi.json", timeout=10).json()
    assert {**told, "servers": None} == {**json.loads(json.dumps(document(""))), "servers": None}
    named = [
        (method.upper(), path, operation["operationId"])
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
    ]
    assert sorted((method, path) for method, path, _ in named) == sorted((op.method, op.path) for op in OPERATIONS)
    assert len({name for _, _, name in named}) == len(OPERATIONS)
    assert told["openapi"].startswith("3.1")
