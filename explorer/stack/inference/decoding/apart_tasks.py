"""What `apart` runs in a process of its own: this file, and next to nothing else of the explorer.

Each task takes what it is given and yields its answers, so that those which were ready before an end are not lost.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any


def compile(grammar: str, limits: dict[str, Any]) -> Iterator[dict[str, Any]]:  # noqa: A001
    """Whether llguidance takes a grammar, and its first mask, over single bytes."""
    from llguidance import LLMatcher, LLParserLimits, LLTokenizer, TokenizerWrapper

    class Bytes:
        eos_token_id, bos_token_id = 256, None
        tokens = (*(bytes([n]) for n in range(256)), b"<end>")
        special_token_ids = (256,)

        def __call__(self, _: bytes | str) -> list[int]:
            return []

    trie = LLTokenizer(TokenizerWrapper(Bytes()), slices=[])
    matcher = LLMatcher(trie, grammar, log_level=0, limits=LLParserLimits(**limits))
    if not matcher.is_error():
        matcher.compute_bitmask()
    yield {"error": matcher.get_error() if matcher.is_error() else ""}


def match(pattern: str, texts: list[str], steps: list[tuple[str, list[str]]]) -> Iterator[dict[str, Any]]:
    """Which texts the `regex` library matches as a whole; then of each step which ends can still lead to a match."""
    import regex

    rule = regex.compile(pattern, cache_pattern=False)
    yield {"texts": [rule.fullmatch(text) is not None for text in texts]}
    for before, ends in steps:
        yield {"step": [rule.fullmatch(before + end, partial=True) is not None for end in ends]}


def accept(schema: dict[str, Any], text: str) -> Iterator[dict[str, Any]]:
    """Whether the `jsonschema` library accepts a text, with patterns read by `regex` and nothing ever retrieved."""
    import jsonschema
    from jsonschema.validators import validator_for
    from referencing import Registry

    from explorer.compat.jsonschema import read_patterns_by_regex

    read_patterns_by_regex()
    # A draft's name is understood at the top; further in it could put other readers in the place of these.
    kind = validator_for(schema, default=jsonschema.Draft202012Validator)
    bare = {name: value for name, value in schema.items() if name != "$schema"}
    shut()
    try:
        yield {"fits": kind(bare, registry=Registry()).is_valid(json.loads(text))}
    except json.JSONDecodeError:
        yield {"fits": False}


def shut() -> None:
    """From here on this process opens no file, connects to nothing and starts nothing."""

    def refuse(event: str, _: tuple[Any, ...]) -> None:
        if event == "open" or event.startswith(("socket.", "urllib.", "subprocess.", "os.")):
            raise PermissionError(event)

    sys.addaudithook(refuse)


def limit(seconds: int, memory: int) -> None:
    """The system ends this process after so many seconds of a core; it gives it no more memory than this."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock alone
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


if __name__ == "__main__":
    asked = json.load(sys.stdin.buffer)
    sys.path[:] = asked["path"]
    limit(asked["seconds"], asked["memory"])
    for line in {"compile": compile, "match": match, "accept": accept}[asked["task"]](**asked["given"]):
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
