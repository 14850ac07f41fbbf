"""What Slack takes and sends, as others wrote it down: @slack/types of npm, and the limits of slack_sdk's models.

Asked by the fake Slack (slack.py) about every request of ours and every event of its own, so that neither side agrees
with a mistake of the other. tools/slack_schema makes the schema; it is made here where nobody has yet.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.attachments import Attachment
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.servers import left_out

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "build" / "slack-schema.json"
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
TEXT_LIMIT = 40_000  # characters; Slack cuts what is longer, and 4,000 are the most it recommends
METADATA_LIMIT = 16_384  # bytes
SHARED = {"user_team", "source_team", "user_profile"}  # of messages in Slack Connect: sent, and not in @slack/types


class NotSlack(AssertionError):
    """Something that Slack would refuse, or would never send."""


def check_message(arguments: Mapping[str, Any]) -> None:
    """Blocks, attachments, metadata and text of a message of ours. Raises NotSlack."""
    blocks = arguments.get("blocks") or []
    _at_most(MESSAGE_BLOCKS, blocks, "blocks in a message")
    check_blocks(blocks)
    for attachment in arguments.get("attachments") or []:
        _check("MessageAttachment", attachment)
        _limits(lambda given=attachment: Attachment(**{"text": "", **given}).validate_json(), attachment)
        check_blocks(attachment.get("blocks") or [])
    if metadata := arguments.get("metadata"):
        _check("MessageMetadata", metadata)
        _at_most(METADATA_LIMIT, json.dumps(metadata), "characters of metadata")
    _at_most(TEXT_LIMIT, arguments.get("text") or "", "characters of text")


def check_view(view: Mapping[str, Any]) -> None:
    """A modal or a home tab of ours. Raises NotSlack."""
    kind = view.get("type")
    if kind not in ("modal", "home"):
        raise NotSlack(f"a view of type {kind!r}")
    _check("ModalView" if kind == "modal" else "HomeView", view)
    _at_most(VIEW_BLOCKS, view["blocks"], "blocks in a view")
    check_blocks(view["blocks"])
    _limits(lambda: View(**view).validate_json(), view)
    if kind == "modal" and any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
        raise NotSlack("a modal with inputs and nothing to submit them")


def check_blocks(blocks: Sequence[Mapping[str, Any]]) -> None:
    """Each by its type, and no two of one id. Raises NotSlack."""
    for block in blocks:
        name = _known_blocks().get(str(block.get("type")))
        if name is None:
            raise NotSlack(f"no such block: {block.get('type')!r}")
        _check(name, block)
        _limits(lambda given=dict(block): _parsed(given).to_dict(), block)
        _check_texts(block)
    _unlike([str(block["block_id"]) for block in blocks if "block_id" in block], "block_id")
    for block in blocks:
        _unlike([str(one["action_id"]) for one in elements(block) if "action_id" in one], "action_id")


def check_event(event: Mapping[str, Any]) -> None:
    """An event of the Events API, by its type and subtype, and whether its names are known. Raises NotSlack.

    Slack leaves out of a message inside a message what stands outside it; the types want it in both places.
    """
    name = _known_events().get((event.get("type"), event.get("subtype")))
    if name is None:
        raise NotSlack(f"no such event: {event.get('type')!r} {event.get('subtype')!r}")
    given = {key: value for key, value in event.items() if key not in SHARED}
    if "files" in given:  # those that must be asked for (Slack Connect) are not in the types
        given["files"] = [one for one in given["files"] if one.get("file_access") != "check_file_info"]
    for inner in ("message", "previous_message"):
        if isinstance(event.get(inner), dict):
            around = {key: event[key] for key in ("channel", "channel_type", "event_ts")}
            given[inner] = {**around, **event[inner]}
            check_event(given[inner])
    known = _definitions()[name]["properties"]
    if unknown := set(given) - set(known):
        raise NotSlack(f"{name} has no {', '.join(sorted(unknown))}")
    _check(name, given, lax=True)


def elements(block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What somebody can press or fill in, in one block."""
    if block["type"] == "actions":
        yield from block["elements"]
    elif block["type"] == "input":
        yield block["element"]
    elif "accessory" in block:
        yield block["accessory"]


@cache
def _definitions() -> dict[str, Any]:
    if not SCHEMA.exists():
        done = subprocess.run([ROOT / "tools" / "slack_schema"], capture_output=True, text=True, check=False)
        if done.returncode:
            left_out(f"the types of Slack could not be had from npm: {done.stderr.strip()[-200:]}")
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))["definitions"]
    return found


@cache
def _validator(name: str, lax: bool) -> jsonschema_rs.Validator:
    known = _open(_definitions()) if lax else _definitions()
    return jsonschema_rs.validator_for(
        {"$schema": "http://json-schema.org/draft-07/schema#", "$ref": f"#/definitions/{name}", "definitions": known}
    )


def _open(schema: Any) -> Any:
    """The schema, but with room for what the types do not know: files of a message are more than they say."""
    if isinstance(schema, dict):
        return {key: _open(value) for key, value in schema.items() if key != "additionalProperties"}
    return [_open(one) for one in schema] if isinstance(schema, list) else schema


@cache
def _known_blocks() -> dict[str, str]:
    found = {}
    for one in _definitions()["KnownBlock"]["anyOf"]:
        name = one["$ref"].rpartition("/")[2]
        shapes = _definitions()[name].get("anyOf", [_definitions()[name]])
        found[shapes[0]["properties"]["type"]["const"]] = name
    return found


@cache
def _known_events() -> dict[tuple[Any, Any], str]:
    found = {}
    for name in _leaves("SlackEvent"):
        properties = _definitions()[name].get("properties", {})
        found[properties.get("type", {}).get("const"), properties.get("subtype", {}).get("const")] = name
    return found


def _leaves(name: str) -> Iterator[str]:
    inner = _definitions()[name].get("anyOf", [])
    if not inner:
        yield name
    for one in inner:
        if "$ref" in one:
            yield from _leaves(one["$ref"].rpartition("/")[2])


def _check(name: str, given: Any, *, lax: bool = False) -> None:
    for error in _validator(name, lax).iter_errors(given):
        raise NotSlack(f"{name}: {error.message[:600]} at /{'/'.join(map(str, error.instance_path))}")


def _limits(build: Any, given: Any) -> None:
    try:
        build()
    except SlackObjectFormationError as error:
        raise NotSlack(f"{error} in {json.dumps(given, ensure_ascii=False)[:400]}") from None


def _parsed(block: dict[str, Any]) -> Block:
    found = Block.parse(block)
    if found is None:
        raise NotSlack(f"slack_sdk knows no block {block.get('type')!r}")
    return found


def _check_texts(block: Mapping[str, Any]) -> None:
    """Slack refuses a text object without text (invalid_blocks), wherever it stands, and more in a field than this."""
    for text in _texts(block):
        if not text.get("text"):
            raise NotSlack(f"an empty text in a block of type {block['type']}")
    for field in block.get("fields") or []:
        _at_most(2000, field["text"], "characters in a field")


def _texts(given: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(given, dict):
        if given.get("type") in ("plain_text", "mrkdwn"):
            yield given
        for value in given.values():
            yield from _texts(value)
    elif isinstance(given, list):
        for value in given:
            yield from _texts(value)


def _at_most(limit: int, given: Sequence[Any], what: str) -> None:
    if len(given) > limit:
        raise NotSlack(f"{len(given)} {what}; Slack takes {limit}")


def _unlike(ids: list[str], what: str) -> None:
    if len(ids) != len(set(ids)):
        raise NotSlack(f"a {what} twice: {', '.join(sorted(ids))}")
