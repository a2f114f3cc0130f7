"""Chat templates: how a conversation becomes the one text that a model reads, and which part of it wrote what.

A chat model was trained on texts in which marks stand around each turn. Its files hold a small program in Jinja (2008,
a language for templates) that writes them: plain pieces are copied, ``{{ … }}`` writes a value, ``{% … %}`` decides and
repeats. Whoever made the model wrote the program, so that it runs in Jinja's sandbox, as in transformers: nothing is
changed, no attribute that begins with an underscore is read. A sandbox bounds neither time nor memory; whoever runs a
template that he does not know must (`zoo.template_process`).

Worked example: a template of four pieces, and what each of them wrote.

>>> made = render("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}", [turn("user", "Hi")])
>>> made.text
'<user>Hi'
>>> [(made.pieces[each.piece].source, each.text, each.turn) for each in made.chunks]
[('<', '<', 0), ('{{ m.role }}', 'user', 0), ('>', '>', 0), ('{{ m.content }}', 'Hi', 0)]
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Literal

from jinja2 import Environment, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from explorer.errors import BadRequestError

#: a turn as a template sees it
Turn = Mapping[str, str]
#: characters that a template may write
MOST = 1_000_000

#: what a program may stumble over that was written for other data
_FAILURES = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError)
_OPENS = {"data": "text", "variable_begin": "value", "block_begin": "statement"}
_CLOSES = {"variable_begin": "variable_end", "block_begin": "block_end"}


def turn(role: str, content: str) -> Turn:
    """One turn of a conversation.

    >>> turn("user", "Hi")
    {'role': 'user', 'content': 'Hi'}
    """
    return {"role": role, "content": content}


@dataclass(frozen=True)
class Piece:
    """A part of a template that writes or decides: plain text, a value, or a statement."""

    kind: Literal["text", "value", "statement"]
    source: str
    line: int
    """Of the template, from 1."""


@dataclass(frozen=True)
class Chunk:
    """What a piece wrote, once."""

    text: str
    piece: int
    turn: int | None
    """The turn at which a loop stood; None outside of loops over turns."""


@dataclass(frozen=True)
class Rendering:
    """A conversation as the model reads it, chunk by chunk."""

    pieces: tuple[Piece, ...]
    chunks: tuple[Chunk, ...]

    @cached_property
    def text(self) -> str:
        return "".join(each.text for each in self.chunks)


class TemplateRefusedError(BadRequestError):
    """A template that cannot be read, does what the sandbox forbids, or itself refuses the conversation."""


def render(
    template: str, turns: Sequence[Turn], variables: Mapping[str, object] | None = None, most: int = MOST
) -> Rendering:
    """The text that a template makes of a conversation. `variables` are the template's others (`bos_token`,
    `add_generation_prompt`). Raises TemplateRefusedError, also where the text passes `most` characters.

    >>> render("{{ messages.__class__ }}", [])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    explorer.stack.tokenization.chat_template.TemplateRefusedError: The sandbox forbids what this template does: it ...
    """
    turns = [dict(each) for each in turns]
    context = {"messages": turns, "tools": None, "documents": None, **(variables or {})}
    chunks: list[Chunk] = []
    size = 0
    try:
        program = compiled(template)
        stream: Any = program.root_render_func(program.new_context(context))
        for text in stream:
            size += len(text)
            if size > most:
                raise TemplateRefusedError(f"The template writes more than {most:,} characters.", "It was stopped.")
            if text:
                # A generator waits where it gave: its line says which piece wrote, its variables at which turn.
                frame = stream.gi_frame
                at = program.get_corresponding_lineno(frame.f_lineno) - 1
                chunks.append(Chunk(str(text), at, _turn_of(frame.f_locals, turns)))
    except TemplateRefusedError:
        raise
    except TemplateSyntaxError as error:
        said = f"The template is no Jinja: line {_line_of(error, template)}: {(error.message or '').rstrip('.')}."
        raise TemplateRefusedError(said, "") from error
    except SecurityError as error:
        said = f"The sandbox forbids what this template does: {str(error)[:200].rstrip('.')}."
        raise TemplateRefusedError(said, "It was stopped.") from error
    except RaisedError as error:
        raise TemplateRefusedError(f"The template refuses this conversation: {error.message or ''}", "") from error
    except (
        TemplateError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:
        raise TemplateRefusedError(f"The template fails: {type(error).__name__}: {str(error)[:200]}", "") from error
    return Rendering(pieces_of(template), tuple(chunks))


def _line_of(error: TemplateSyntaxError, template: str) -> int:
    """The line of an error that may say the number of a piece instead."""
    try:
        return pieces_of(template)[error.lineno - 1].line
    except (TemplateSyntaxError, IndexError):  # the pieces themselves could not be told apart
        return error.lineno


def _turn_of(variables: Mapping[str, object], turns: Sequence[object]) -> int | None:
    """The turn that the innermost loop's variable holds. Jinja calls a loop's variable m `l_1_m`, `l_2_m` in a loop
    within, and takes it away again behind the loop."""
    found: tuple[int, int] | None = None
    for name, value in variables.items():
        if match := re.match(r"l_([1-9]\d*)_", name):
            at = next((i for i, each in enumerate(turns) if each is value), None)
            if at is not None and (found is None or int(match[1]) > found[0]):
                found = (int(match[1]), at)
    return found and found[1]


@lru_cache(maxsize=16)
def pieces_of(template: str) -> tuple[Piece, ...]:
    """The pieces of a template, in order. Comments and the white space that Jinja strips are in none of them.

    Raises TemplateSyntaxError.

    >>> [(each.kind, each.source) for each in pieces_of("a{# said #}{%- if x %}{{ x }}{% endif %}")]
    [('text', 'a'), ('statement', '{%- if x %}'), ('value', '{{ x }}'), ('statement', '{% endif %}')]
    """
    environment = _environment()
    found: list[Piece] = []
    opened: tuple[str, int, int] | None = None
    at = 0
    source = re.sub(r"\r\n|\r", "\n", template)  # as Jinja reads it; the last line end is none of its text either
    for line, kind, value in environment.lexer.tokeniter(source, None):
        at = source.index(value, at)
        if kind == "data":
            found.append(Piece("text", value, line))
        elif kind in _CLOSES:
            opened = (kind, at, line)
        elif opened and kind == _CLOSES[opened[0]]:
            # A closing mark takes white space behind it, which is not shown.
            found.append(Piece(_OPENS[opened[0]], source[opened[1] : at + len(value)].strip(), opened[2]))  # type: ignore[arg-type]
            opened = None
        at += len(value)
    return tuple(found)


@lru_cache(maxsize=16)
def compiled(template: str) -> Template:
    """The template, ready to run; its line numbers are those of its pieces."""
    return _environment().from_string(template)


class _Pieces(Extension):
    """Tells Jinja the number of each token's piece for the number of its line."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        at = 0
        for token in stream:
            at += token.type in _OPENS
            yield Token(max(at, 1), token.type, token.value)


class _Generator(CodeGenerator):
    """Jinja joins neighbouring constants into one; here each piece writes by itself, with its number."""

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        for child in node.nodes:
            one = nodes.Output([child], lineno=child.lineno, environment=node.environment)
            self.newline(one)
            super().visit_Output(one, frame)


class _Generation(Extension):
    """``{% generation %}`` marks what the assistant says, for training; the text is the same without."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Any) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class RaisedError(TemplateError):
    """What a template says itself, through `raise_exception`."""


class _Dict:
    """`dict` without what hangs on the class."""

    def __call__(self, *args: Any, **more: Any) -> dict[Any, Any]:
        return dict(*args, **more)

    def fromkeys(self, *args: Any) -> dict[Any, Any]:
        return dict.fromkeys(*args)


class _Namespace(Namespace):
    """A namespace whose names do not begin with an underscore."""

    def __init__(*args: Any, **more: Any) -> None:
        self, rest = args[0], args[1:]
        given = dict(*rest, **more)
        for name in given:
            _check_name(name)
        Namespace.__init__(self, given)

    def __setitem__(self, name: str, value: Any) -> None:
        _check_name(name)
        super().__setitem__(name, value)


def _check_name(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"a namespace cannot hold {name!r}")


def _refuse(message: str) -> None:
    raise RaisedError(message)


def _to_json(value: Any, ensure_ascii: bool = False, indent: int | None = None, **more: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **more)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's own writes nothing for a forbidden attribute and fails where one is used further; here it is an error."""

    code_generator_class = _Generator

    def unsafe_undefined(self, obj: Any, attribute: str) -> Any:
        raise SecurityError(f"it asks a {type(obj).__name__} for {attribute!r}")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """The sandbox and the names that transformers gives a chat template."""
    made = _Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=[_Pieces, _Generation, loopcontrols])
    made.filters["tojson"] = _to_json
    made.globals |= {
        "raise_exception": _refuse,
        "strftime_now": lambda form: datetime.now().strftime(form),
        "dict": _Dict(),
        "namespace": _Namespace,
    }
    return made
