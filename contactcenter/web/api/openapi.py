"""The OpenAPI 3.1 document, made from the table of operations and the msgspec types in it."""

import re
from typing import Any

import msgspec

from contactcenter import __version__
from contactcenter.web.api.operations import Operation, Parameter
from contactcenter.web.api.table import OPERATIONS

REF = "#/components/schemas/{name}"
WHOLE = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}


class Problem(msgspec.Struct):
    """RFC 9457."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    field: str | None = None


def document(public_url: str) -> dict[str, Any]:
    """The whole document."""
    types = [kind for operation in OPERATIONS for kind in (operation.takes, operation.answer) if kind is not None]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template=REF)
    by_type = dict(zip([*types, Problem], schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "contactcenter", "version": __version__, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": f"{public_url}/api/v1"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation, by_type: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.about,
        "parameters": [*_path_parameters(operation), *map(_query_parameter, operation.query)],
        "responses": _responses(operation, by_type),
    }
    if operation.takes is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": by_type[operation.takes]}},
        }
    if operation.method == "POST":
        described["parameters"].append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "makes the request safe to repeat",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        )
    return described


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": WHOLE if name == "id" else {"type": "string"}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]


def _query_parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(WHOLE) if parameter.kind == "integer" else {"type": "string"}
    return {"name": parameter.name, "in": "query", "description": parameter.about, "schema": schema}


def _responses(operation: Operation, by_type: dict[Any, Any]) -> dict[str, Any]:
    refused = {"application/problem+json": {"schema": by_type[Problem]}}
    told = {
        "400": "not JSON",
        "401": "no valid token",
        "403": "the caller's role or identity does not allow it",
        "404": "there is no such thing",
        "409": "somebody else was first, or it is too late for this",
        "413": "the body is larger than the limit",
        "422": "a field is wrong; `field` names it",
        "503": "not stored; repeat with the same Idempotency-Key",
    }
    answers: dict[str, Any] = {code: {"description": text, "content": refused} for code, text in told.items()}
    if operation.answer is None:
        answers["204"] = {"description": "done"}
    else:
        content = {"application/json": {"schema": by_type[operation.answer]}}
        answers[str(operation.status)] = {"description": operation.about, "content": content}
    return answers
