"""Prompts to begin with, as the sidebar and the empty page offer them."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_PROMPT = "When Mary and John went to the store, John gave a drink to"


@dataclass(frozen=True)
class Example:
    """A prompt that a visitor may take."""

    name: str
    text: str
    shows: str = ""
    """What there is to see, for those with which one begins."""


EXAMPLES = (
    Example("Indirect object", DEFAULT_PROMPT, "Name-mover heads find the person who gets the drink."),
    Example("Induction", "one two three four one two three", "Induction heads copy what followed last time."),
    Example("Capital", "The capital of France is", "Watch the block at which a fact appears."),
    Example("Code", "def fib(n):\n    return", "The same model continues a program."),
    Example("Arithmetic", "Seven plus five equals"),
)
