"""What `template_process` runs in a process of its own: a chat template of unknown origin on some conversations."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.stack.tokenization.chat_template import Turn


def rendered(template: str, conversations: list[list[Turn]], variables: dict[str, object]) -> list[dict[str, object]]:
    """For each conversation the chunks that were written, or what is wrong."""
    from explorer.stack.tokenization.chat_template import TemplateRefusedError, render

    found: list[dict[str, object]] = []
    for turns in conversations:
        try:
            made = render(template, turns, variables)
            found.append(
                {
                    "pieces": [[each.kind, each.source, each.line] for each in made.pieces],
                    "chunks": [[each.text, each.piece, each.turn] for each in made.chunks],
                }
            )
        except TemplateRefusedError as error:
            found.append({"wrong": [error.message, error.hint]})
    return found


if __name__ == "__main__":
    asked = json.load(sys.stdin.buffer)
    sys.path[:] = asked["path"]
    from explorer.stack.inference.decoding.apart_tasks import limit, shut

    for example in ("{{ strftime_now('%d') }}", "{% if %}"):  # all is imported before the doors are shut
        rendered(example, [[]], {})
    limit(asked["seconds"], asked["memory"])
    shut()
    sys.stdout.write(json.dumps(rendered(**asked["given"])))
