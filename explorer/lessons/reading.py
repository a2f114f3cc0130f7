"""A lesson's file, read: front matter, and a step a heading. Every error names its line.

    ---
    title: Why does it say Mary?
    chapter: overview
    minutes: 5
    learn: How a model arrives at its next word.
    start: ?text=When%20Mary...
    ---
    ## A word to guess

    ```show
    ?panel=walk&view=river
    claim: top_token() == " Mary"
    ```

    Its next word is {top_token()}, at {probability(top_token())}.

    ```ask
    question: Which word comes first without head 1 of block 23?
    choice: still ` Mary` | top_token() == " Mary"
    choice: ` John` | top_token() == " John"
    then: ?do=ablate:23.1
    right: It falls to {probability(" Mary")} only.
    ```

`start` is what all steps show; a step's `show` is over it, `then` over that. `pick: layer head` with `answer: FACT`
asks for something in the picture instead of choices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import get_args

from markdown_it.token import Token

from explorer.lessons import markdown
from explorer.lessons.document import Ask, Choice, Lesson, Step, Text
from explorer.lessons.errors import LessonError
from explorer.lessons.expression import Expression, parse
from explorer.lessons.fields import Fields
from explorer.lessons.state import State, joined
from explorer.panels.chapters import CHAPTERS
from explorer.panels.selection import FocusField

#: characters of a file and of its titles, steps, choices, and expressions of one step
MOST_TEXT, MOST_TITLE, MOST_STEPS, MOST_CHOICES, MOST_EXPRESSIONS = 40_000, 120, 24, 6, 40
MINUTES = 120
LONGEST_NAME = 40
NAME = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_NAME - 1}}}")
_FRONT = ("title", "chapter", "minutes", "order", "learn", "start")
_SHOW = ("claim",)
_ASK = ("question", "choice", "pick", "answer", "then", "right", "otherwise", "claim")
_FENCE = "---"


def read(text: str, name: str = "lesson") -> Lesson:
    """Read a file's text. Raises LessonError."""
    if len(text) > MOST_TEXT:
        raise LessonError(1, f"{len(text):,} characters; a lesson has at most {MOST_TEXT:,}")
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != _FENCE or _FENCE not in (each.strip() for each in lines[1:]):
        raise LessonError(1, "the file does not begin with its front matter between two lines of ---")
    end = next(at for at, each in enumerate(lines[1:], 1) if each.strip() == _FENCE)
    front = Fields.read(lines[1:end], 2, _FRONT)
    steps = _steps("\n".join(lines[end + 1 :]), end + 2, front.get("start") or "?")
    chapter = front.need("chapter")
    if chapter not in CHAPTERS:
        raise LessonError(front.line("chapter"), f"there is no chapter “{chapter}”", f"One of {', '.join(CHAPTERS)}.")
    return Lesson(
        name, _title(front.need("title"), front.line("title")), chapter,
        front.whole("minutes", 1, MINUTES), front.whole("order", 0, 999, 50), front.need("learn"), steps,
    )  # fmt: skip


def _title(text: str, line: int) -> str:
    if len(text) > MOST_TITLE:
        raise LessonError(line, f"a title of {len(text)} characters; {MOST_TITLE} are read at most")
    return text


def _steps(body: str, first: int, start: str) -> tuple[Step, ...]:
    """A step for each heading. `first` is the line of the file at which the body begins."""
    sections: list[tuple[int, str, list[Token]]] = []
    tokens = markdown.parser().parse(body)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        line = first + (token.map[0] if token.map else 0)
        if token.type == "heading_open":
            if token.tag != "h2":
                raise LessonError(line, "a step begins with a heading of two #")
            sections.append((line, _title(tokens[at + 1].content.strip(), line), []))
            at += 3
            continue
        if not sections:
            raise LessonError(line, "text before the first step", "A step begins with a heading: ## Its title")
        sections[-1][2].append(token)
        at += 1
    if not 1 <= len(sections) <= MOST_STEPS:
        raise LessonError(first, f"{len(sections)} steps; a lesson has 1 to {MOST_STEPS}", "A step begins with ##.")
    return tuple(_step(*section, first, start) for section in sections)


def _step(line: int, title: str, tokens: Sequence[Token], first: int, start: str) -> Step:
    fences: dict[str, tuple[int, list[str]]] = {}
    prose: list[Token] = []
    for token in tokens:
        if token.type != "fence":
            prose.append(token)
            continue
        at, kind = first + (token.map or [0])[0], token.info.strip()
        if kind not in ("show", "ask") or kind in fences:
            raise LessonError(at, f"a step has one ```show and at most one ```ask, and no other “```{kind[:20]}”")
        fences[kind] = (at + 1, token.content.rstrip("\n").split("\n"))
    if "show" not in fences:
        raise LessonError(line, f"the step “{title}” does not say what it shows", "Give it a ```show with a link.")
    at, said = fences["show"]
    if not said[0].startswith("?"):
        raise LessonError(at, "a ```show begins with a link: ?panel=...")
    show = State.read(joined(start, said[0]), at)
    claims = tuple(parse(each, where) for where, each in Fields.read(said[1:], at + 1, _SHOW).all("claim"))

    def follow(link: str, where: int) -> State:
        return State.read(joined(show.link, link), where)

    text = markdown.blocks(prose, first, follow)
    ask = _ask(*fences["ask"], follow) if "ask" in fences else None
    step = Step(line, title, show, text, claims, ask)
    count = sum(1 for phase in ("shown", "then") for _ in (*step.values(phase), *step.claimed(phase)))
    if count > MOST_EXPRESSIONS:
        raise LessonError(line, f"{count} facts in one step; {MOST_EXPRESSIONS} are read at most")
    return step


def _ask(at: int, lines: list[str], follow: markdown.Follow) -> Ask:
    fields = Fields.read(lines, at, _ASK)

    def said(name: str) -> Text:
        value = fields.get(name)
        return Text() if value is None else markdown.text(value, fields.line(name), follow)

    fields.need("question")
    choices = tuple(_choice(where, each, follow) for where, each in fields.all("choice"))
    pick, answer = _pick(fields)
    if bool(choices) == bool(pick):
        raise LessonError(at, "a question has either choices, or something to pick and its answer")
    if choices and not 2 <= len(choices) <= MOST_CHOICES:
        raise LessonError(at, f"a question has 2 to {MOST_CHOICES} choices, this one {len(choices)}")
    then = fields.get("then")
    return Ask(
        at, said("question"), choices, pick, answer,
        None if then is None else follow(then, fields.line("then")),
        said("right"), said("otherwise"), tuple(parse(each, where) for where, each in fields.all("claim")),
    )  # fmt: skip


def _choice(line: int, source: str, follow: markdown.Follow) -> Choice:
    label, bar, condition = source.partition(" | ")
    if not bar:
        raise LessonError(line, "a choice says when it is right", "choice: LABEL | EXPRESSION")
    return Choice(markdown.text(label, line, follow), parse(condition, line))


def _pick(fields: Fields) -> tuple[tuple[FocusField, ...], Expression | None]:
    said, answer = fields.get("pick"), fields.get("answer")
    if (said is None) != (answer is None):
        raise LessonError(fields.line("pick" if answer is None else "answer"), "pick and answer belong together")
    if said is None or answer is None:
        return (), None
    known: Mapping[str, FocusField] = {name: name for name in get_args(FocusField) if name != "target"}
    wrong = [name for name in said.split() if name not in known]
    if wrong or not said.split():
        raise LessonError(fields.line("pick"), f"“{said}” cannot be picked", f"Some of: {', '.join(known)}.")
    return tuple(known[name] for name in said.split()), parse(answer, fields.line("answer"))
