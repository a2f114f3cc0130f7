"""Where a JSON schema points: only into itself. Nobody's schema makes this process fetch an address or open a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from explorer.errors import BadRequestError

#: What a schema's "$schema" may name: the drafts that llguidance knows without looking them up.
DRAFTS = re.compile(r"https?://json-schema\.org/(draft-0[467]|draft/(2019-09|2020-12))/schema#?")


def check_references(schema: dict[str, object]) -> None:
    """Refuse what points out of the schema. Raises BadRequestError.

    >>> check_references({"properties": {"a": {"$ref": "file:///etc/hosts"}}})
    Traceback (most recent call last):
    explorer.errors.BadRequestError: The schema refers to “file:///etc/hosts”, which lies outside it. ...
    >>> check_references({"$defs": {"a": {"type": "string"}}, "items": {"$ref": "#/$defs/a"}})
    """
    for name, value, at_top in _named(schema):
        if name in ("$ref", "$dynamicRef", "$recursiveRef") and not value.startswith("#"):
            raise BadRequestError(
                f"The schema refers to “{value[:80]}”, which lies outside it.",
                "Nothing is fetched or opened: write it under “$defs” and refer to it by “#/$defs/name”.",
            )
        if name == "$schema" and not (at_top and DRAFTS.fullmatch(value)):
            raise BadRequestError(
                f"The schema is to be read by “{value[:80]}”.",
                "“$schema” may stand at the top alone, and name a draft of json-schema.org from 4 to 2020-12.",
            )
        if name == "$id" and not at_top:
            raise BadRequestError(
                f"A part of the schema has an address of its own, “{value[:80]}”.",
                "Leave “$id” out below the top, and refer to parts by “#/$defs/name”.",
            )


def _named(value: object, at_top: bool = True) -> Iterator[tuple[str, str, bool]]:
    """(name, text, whether it stands at the top) of every text that is some name's value, wherever it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str):
                yield name, inner, at_top
            yield from _named(inner, False)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner, False)
