"""A chat template is a program that a stranger wrote: it runs in a process of its own, of bounded time and memory.

Jinja's sandbox keeps a template from the interpreter's insides, and from nothing else: two loops of 100,000 rounds, one
in the other, would run for days, and ``{{ 'x' * 10**10 }}`` fills the memory. The process may open no file and start
nothing; the system ends it after some seconds of a core.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.stack.inference.decoding.apart import KEPT, why
from explorer.stack.tokenization.chat_template import Chunk, Piece, Rendering, TemplateRefusedError, Turn

log = logging.getLogger(__name__)
#: seconds of one core that a template may take
SECONDS = 2
#: seconds until it is ended whatever it does: the machine may be busy with other things
WAIT = 20.0
#: bytes
MEMORY = 256_000_000
OFF = "Turn the chat template off."
#: where the process finds the explorer
PACKAGE = Path(__file__).resolve().parents[1]
#: characters of a template that is read at all; the longest of known models have 20,000
LONGEST = 200_000


def rendered(
    template: str, conversations: Sequence[Sequence[Turn]], variables: Mapping[str, object]
) -> list[Rendering | TemplateRefusedError]:
    """Each conversation as the template writes it, or why not. Of the same ones it is asked once a day: templates may
    write the date."""
    if len(template) > LONGEST:
        wrong = TemplateRefusedError(f"The chat template has {len(template):,} characters.", "It is not read.")
        return [wrong] * len(conversations)
    given = {"template": template, "conversations": conversations, "variables": variables}
    try:
        answers = json.loads(_asked(json.dumps(given), date.today()))
    except TemplateRefusedError as error:
        return [error] * len(conversations)
    return [_read(each) for each in answers] if answers else [_stopped()] * len(conversations)


def _read(answer: dict[str, Any]) -> Rendering | TemplateRefusedError:
    if "wrong" in answer:
        return TemplateRefusedError(*answer["wrong"])
    pieces = tuple(Piece(*each) for each in answer["pieces"])
    return Rendering(pieces, tuple(Chunk(*each) for each in answer["chunks"]))


def _stopped() -> TemplateRefusedError:
    return TemplateRefusedError(
        f"The chat template was stopped: it took more than {SECONDS} seconds of a core, or {MEMORY // 1_000_000} MB.",
        OFF,
    )


@lru_cache(maxsize=64)
def _asked(given: str, _day: date) -> bytes:
    """What the process answers; of one that was ended, nothing. Raises TemplateRefusedError for one that failed, which
    is not kept: the next may do better."""
    # The package first: where it is installed to be edited, no entry of the path leads to it.
    path = [str(PACKAGE.parent), *(entry or os.getcwd() for entry in sys.path)]  # noqa: PTH109
    asked = {"path": path, "seconds": SECONDS, "memory": MEMORY, "given": json.loads(given)}
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("template_task.py"))]
    try:
        done = subprocess.run(command, input=json.dumps(asked).encode(), capture_output=True, timeout=WAIT, env=env)
    except subprocess.TimeoutExpired:
        return b"null"
    if done.returncode > 0 and not (said := why(done.stderr)).startswith("MemoryError"):
        log.error("the process of a chat template failed: %s", said)
        raise TemplateRefusedError(f"The process that reads the chat template failed. {said[:200]}", OFF)
    return done.stdout if done.returncode == 0 else b"null"
