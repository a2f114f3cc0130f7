"""Whether a value has the form that a type of the envelope says."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from orjson import Fragment

from explorer.shell.envelope import answers


def misfit(value: Any, hint: Any, where: str = "") -> str:
    """Where a value is not of its type; nothing where all of it is."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Annotated, NotRequired):
        return misfit(value, parts[0], where)
    if hint is Any:
        return ""
    if hint is Fragment:  # of a file that was written: a view's answer
        return misfit(value, answers.Entry, where)
    if origin in (Union, types.UnionType):
        return "" if any(not misfit(value, part, where) for part in parts) else f"{where}: none of {hint}"
    if origin is Literal:
        return "" if value in parts else f"{where}: {value!r}"
    if (is_typeddict(hint) or origin is dict) and not isinstance(value, dict):
        return f"{where} is no object"
    if is_typeddict(hint):
        return misfit_of_form(value, hint, where)
    if origin is dict:
        return first(misfit(each, parts[1], f"{where}.{key}") for key, each in value.items())
    if origin is list:
        if not isinstance(value, list):
            return f"{where} is no list"
        return first(misfit(each, parts[0], f"{where}.{at}") for at, each in enumerate(value))
    if origin is tuple:
        return first(misfit(each, part, where) for each, part in zip(value, parts, strict=True))
    kinds = (int, float) if hint is float else hint
    if type(value) is bool and hint is not bool:
        return f"{where} is a truth value"
    return "" if isinstance(value, kinds) else f"{where}: {type(value).__name__}"


def first(found: Any) -> str:
    return next(filter(None, found), "")


def misfit_of_form(value: Any, form: Any, where: str) -> str:
    hints = get_type_hints(form, include_extras=True)
    if strange := set(value) - set(hints):
        return f"{where}: {sorted(strange)} besides"
    missing = [name for name, hint in hints.items() if name not in value and get_origin(hint) is not NotRequired]
    if missing:
        return f"{where}: no {missing}"
    return first(misfit(each, hints[name], f"{where}.{name}") for name, each in value.items())
