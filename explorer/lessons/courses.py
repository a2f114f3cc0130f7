"""Courses: lessons in an order, for one kind of reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Course:
    """A way through the lessons."""

    name: str
    """In links."""
    title: str
    audience: str
    about: str
    """One sentence: what one can do afterwards."""
    lessons: tuple[str, ...]
    """Their names, in order."""


COURSES = (
    Course(
        "school",
        "How a model writes a word",
        "For school: no knowledge is needed.",
        "You follow one word from its letters to the draw, and say what the model knew and what it did not.",
        ("five-minutes", "tokens", "vectors", "one-block", "next-word", "cache", "context", "safety"),
    ),
    Course(
        "engineers",
        "From text to an aligned model",
        "For engineers who train, serve or buy models.",
        "You know what each stage from a crawl to a served model does, what it costs, and how it is measured.",
        ("data", "mix", "tokens", "fine-tuning", "preferences", "evaluation", "safety", "cache", "fast-and-small",
         "many-machines", "state-spaces", "thinking", "students", "pictures"),
    ),
    Course(
        "researchers",
        "Is it really so?",
        "For researchers and doubters.",
        "You hold a claim against a computation, a finding against a placebo, and a score against its interval.",
        ("claims", "inside", "placebos", "safety", "evaluation", "context", "any-order"),
    ),
)  # fmt: skip
