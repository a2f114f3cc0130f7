"""A lesson's Markdown as typed text: paragraphs, lists, emphasis, code, links, and values in braces.

`markdown-it-py` parses it, with nothing enabled but what is listed; HTML is plain text then. `{probability(" Mary")}`
is a value; `[head](term:attention-head)` is explained by the glossary; `[Attention](?panel=attention)` opens a panel.

>>> [(each.kind, each.text) for each in text("Two `heads` {n_tokens()}", 1).blocks[0].rows[0]]
[('text', 'Two '), ('code', 'heads'), ('text', ' '), ('value', 'n_tokens()')]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from explorer.lessons.document import Block, Inline, Text
from explorer.lessons.errors import LessonError
from explorer.lessons.expression import Expression, parse
from explorer.lessons.state import State
from explorer.panels.glossary import glossary

ENABLED = ("heading", "fence", "list", "emphasis", "backticks", "link", "escape", "newline", "entity")
TERM = "term:"
#: Resolves a link of the text, which may change only a part of what its step shows.
Follow = Callable[[str, int], State]


@cache
def parser() -> MarkdownIt:
    """The parser, with values as an inline rule of its own."""
    made = MarkdownIt("zero", {"html": False, "linkify": False, "typographer": False}).enable(list(ENABLED))
    made.inline.ruler.before("escape", "value", _value_rule)
    return made


def _value_rule(state: StateInline, silent: bool) -> bool:
    """`{...}` up to the first brace that closes."""
    if state.src[state.pos] != "{":
        return False
    end = state.src.find("}", state.pos, state.posMax)
    if end < 0:
        return False
    if not silent:
        state.push("value", "", 0).content = state.src[state.pos + 1 : end]
    state.pos = end + 1
    return True


@cache
def _terms() -> dict[str, str]:
    """The glossary's terms by the name that a link gives them."""
    return {each["term"].lower().replace(" ", "-"): each["term"] for each in glossary()}


def text(source: str, line: int, follow: Follow = State.read) -> Text:
    """One piece of text, such as a question. Raises LessonError."""
    return blocks(parser().parse(source), line, follow)


def blocks(tokens: Sequence[Token], line: int, follow: Follow = State.read) -> Text:
    """The blocks of parsed tokens, the first of which stands at `line`. Raises LessonError."""
    made: list[Block] = []
    values: list[Expression] = []
    rows: list[tuple[Inline, ...]] | None = None
    for token in tokens:
        at = line + (token.map[0] if token.map else 0)
        match token.type:
            case "bullet_list_open" | "ordered_list_open" if rows is None:
                rows = []
            case "bullet_list_close" | "ordered_list_close":
                made.append(Block("list", tuple(rows or ())))
                rows = None
            case "inline":
                row = _inlines(token.children or [], at, follow, values)
                if rows is None:
                    made.append(Block("paragraph", (row,)))
                else:
                    rows.append(row)
            case "paragraph_open" | "paragraph_close" | "list_item_open" | "list_item_close":
                pass
            case _:
                what = token.type.removesuffix("_open").replace("_", " ")
                raise LessonError(at, f"a {what} has no place here", "Write paragraphs and simple lists.")
    return Text(tuple(made), tuple(values))


def _inlines(tokens: Sequence[Token], line: int, follow: Follow, values: list[Expression]) -> tuple[Inline, ...]:
    """What stands in a line; opened emphasis and links hold what comes until they close."""
    open_: list[tuple[Inline, list[Inline]]] = [(Inline("text"), [])]

    def add(piece: Inline) -> None:
        open_[-1][1].append(piece)

    for token in tokens:
        match token.type:
            case "text" | "text_special":
                add(Inline("text", token.content))
            case "softbreak" | "hardbreak":
                line += 1
                add(Inline("text", " "))
            case "code_inline":
                add(Inline("code", token.content))
            case "value":
                values.append(parse(token.content, line))
                add(Inline("value", values[-1].source))
            case "strong_open" | "em_open":
                open_.append((Inline("strong" if token.type == "strong_open" else "em"), []))
            case "link_open":
                open_.append((_target(str(token.attrGet("href") or ""), line, follow), []))
            case "strong_close" | "em_close" | "link_close":
                piece, parts = open_.pop()
                add(Inline(piece.kind, "", piece.to, tuple(parts)))
            case _:
                raise LessonError(line, f"{token.type.replace('_', ' ')} has no place here")
    return tuple(open_[0][1])


def _target(href: str, line: int, follow: Follow) -> Inline:
    """Where a link leads: to a term, or to a state of this page; nowhere else."""
    if href.startswith(TERM):
        name = unquote(href.removeprefix(TERM)).lower()
        if name not in _terms():
            raise LessonError(line, f"the glossary has no “{name[:40]}”", "Spaces of a term are written as hyphens.")
        return Inline("term", to=_terms()[name])
    if href.startswith("?"):
        return Inline("link", to=follow(href, line).link)
    raise LessonError(
        line, f"“{href[:60]}” leads out of the page", "Links are ?panel=NAME, or term:NAME of the glossary."
    )
