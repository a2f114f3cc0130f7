"""A model's chat template applied to a conversation, with the places at which what people said stands.

What a person says may look like a mark of the template. It must stay text, so that it has to be known which characters
of the rendered text are his: the conversation is rendered once more with marks in place of what was said, and the two
are laid side by side. Some templates trim what they are given; the comparison finds that as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.errors import NotApplicableError
from explorer.stack.tokenization.chat_template import Rendering, TemplateRefusedError, Turn, turn
from explorer.zoo.template_process import rendered

OFF = "Turn the chat template off."
_MARK = "zq{}SAIDzq"


@dataclass(frozen=True)
class Span:
    """Characters of the rendered text that a turn of the conversation brought."""

    start: int
    end: int
    turn: int


@dataclass(frozen=True)
class Written:
    """A conversation as the model reads it."""

    rendering: Rendering
    spans: tuple[Span, ...] | None
    """What was said, in order; None where the template makes of it what cannot be followed."""

    @property
    def text(self) -> str:
        return self.rendering.text


@dataclass(frozen=True)
class ChatTemplate:
    """The template of one model, with the values that its file gives it: `bos_token` and its like."""

    source: str
    variables: Mapping[str, object]

    @classmethod
    def of(cls, tokenizer: object) -> ChatTemplate | None:
        """The tokenizer's; its plain one if it has several. None where it has none."""
        source = getattr(tokenizer, "chat_template", None)
        if isinstance(source, dict):
            source = source.get("default")
        if not source or not isinstance(source, str):
            return None
        named = getattr(tokenizer, "special_tokens_map", {})
        return cls(source, {name: str(value) for name, value in named.items() if isinstance(value, str)})

    def write(self, turns: Sequence[Turn], answer: bool = True) -> Written:
        """The text of a conversation; with `answer` up to where the model's next turn begins.

        Raises NotApplicableError where the template refuses it, or was refused itself.
        """
        return self.write_all([turns], answer)[0]

    def write_all(self, conversations: Sequence[Sequence[Turn]], answer: bool = True) -> list[Written]:
        """The same of several, which one process reads."""
        marked = [
            [turn(each["role"], _MARK.format(at)) for at, each in enumerate(turns)] for turns in conversations
        ]  # fmt: skip
        variables = {**self.variables, "add_generation_prompt": answer}
        found = rendered(self.source, [*conversations, *marked], variables)
        n = len(marked)
        return [self._beside(*each) for each in zip(conversations, found[:n], found[n:], strict=True)]

    def _beside(
        self, turns: Sequence[Turn], made: Rendering | TemplateRefusedError, shown: Rendering | TemplateRefusedError
    ) -> Written:
        """What was said in it, by the same conversation with marks."""
        if isinstance(made, TemplateRefusedError):
            raise NotApplicableError(made.message, made.hint or OFF) from made
        contents = [each["content"] for each in turns]
        if not isinstance(shown, Rendering) or any("zq" in each for each in (self.source, *contents)):
            return Written(made, None)
        return Written(made, laid_beside(made.text, shown.text, contents))


def laid_beside(text: str, marked: str, contents: Sequence[str]) -> tuple[Span, ...] | None:
    """Where each content stands in a text, by the same text with marks in its place; None if they do not agree.

    >>> laid_beside("<u>Hi</u><a>", "<u>zq0SAIDzq</u><a>", ["  Hi "])
    (Span(start=3, end=5, turn=0),)
    >>> laid_beside("<u>HI</u><a>", "<u>zq0SAIDzq</u><a>", ["Hi"]) is None
    True
    """
    words = re.split(_MARK.format(r"(\d+)"), marked)  # template, turn, template, turn, ..., template
    if not text.startswith(words[0]):
        return None
    at = len(words[0])
    spans: list[Span] = []
    for number, after in zip(words[1::2], words[2::2], strict=True):
        said = contents[int(number)] if int(number) < len(contents) else ""
        for form in (said, said.lstrip(), said.rstrip(), said.strip()):
            if text.startswith(form + after, at):
                break
        else:
            return None
        spans.append(Span(at, at + len(form), int(number)))
        at += len(form) + len(after)
    return tuple(spans) if at == len(text) else None
