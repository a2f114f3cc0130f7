"""jsonschema: patterns read by the `regex` library.

A schema's patterns are ECMA-262's, which Python's `re` reads otherwise (`\\p{L}` it does not know). jsonschema calls
`re` by its name in three private modules and offers no setting. Until it takes a matcher (4.26 does not).
"""

from __future__ import annotations


def read_patterns_by_regex() -> None:
    """From here on, in this process. `explorer.stack.inference.decoding.apart` gives it one of its own."""
    import regex
    from jsonschema import _keywords, _legacy_keywords, _utils

    for module in (_keywords, _legacy_keywords, _utils):
        if not hasattr(module, "re"):
            raise ImportError(f"{module.__name__} has no re")
        module.re = regex  # pyright: ignore[reportAttributeAccessIssue]
