"""Says whether requests, replies and updates are as aiogram's models of the Bot API have them; nobody here wrote those.

A program of its own, for aiogram holds pydantic back and so has an environment of its own (docs/decisions/0019). Lines
of JSON in, `[what, name, value]`, and for each a line out with what is wrong, or "". Asked by telegram.py beside it.
"""

import json
import sys
from typing import Any

from aiogram import methods
from aiogram.types import Update
from pydantic import BaseModel, TypeAdapter, ValidationError

UPLOADED = "<uploaded>"  # stands for the bytes of a file


def fault(what: str, name: str, value: Any) -> str:
    """What is wrong with it; blank when it is right."""
    try:
        match what:
            case "update":
                return _unknown(Update.model_validate(value))
            case "request":
                method = getattr(methods, name[:1].upper() + name[1:], None)
                if method is None:
                    return f"there is no method {name}"
                unknown = set(value) - set(method.model_fields)
                if unknown:
                    return f"{name} has no parameter {', '.join(sorted(unknown))}"
                return _unknown(method.model_validate(value))
            case "reply":
                returned = getattr(methods, name[:1].upper() + name[1:]).__returning__
                return _unknown(TypeAdapter(returned).validate_python(value))
    except ValidationError as error:
        return f"{what} {name}: {error}"
    return f"what is {what}?"


def _unknown(value: Any, path: str = "") -> str:
    """The first field that the models do not have; they let such pass."""
    if isinstance(value, list | tuple):
        return next(filter(None, (_unknown(item, path) for item in value)), "")
    if not isinstance(value, BaseModel):
        return ""
    if value.model_extra:
        return f"{path or type(value).__name__} has no field {', '.join(sorted(value.model_extra))}"
    fields = type(value).model_fields
    return next(filter(None, (_unknown(getattr(value, name, None), f"{path}.{name}") for name in fields)), "")


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(fault(*json.loads(line))), flush=True)
