"""The panels' payloads as documented models: made of the dataclasses that assets/types is made of too.

What a view answers is the type in the annotation of its function, ``def lens(scene) -> Rendered[ResidualLens]``.

>>> from explorer.panels import panels
>>> payload_of(panels()["residual_stream"], "lens").__name__
'ResidualLens'
>>> model_of(payload_of(panels()["residual_stream"], "lens")).model_fields["depths"].annotation
<class 'int'>
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from jaxtyping import AbstractArray
from pydantic import BaseModel, Field, create_model

from explorer.panels.protocol import Panel
from explorer.panels.selection import Scalar
from explorer.shell.api.results import Answer


class Block(Answer):
    """An array, packed: little-endian, C order, in base64."""

    dtype: Literal["f4", "i4", "i2", "i1", "u2", "u1"]
    shape: list[int]
    b64: str


class Stated(Answer):
    """A view's check: it holds if the error is within the tolerance. An error of null never holds."""

    statement: str
    error: float | None
    tolerance: float
    word: str


class Absent(Answer):
    """Why a view does not apply, and what you can do."""

    absent: dict[str, str]


class Beside(Answer):
    """The other run, which the control `with` names."""

    title: Annotated[str, Field(description="What differs in the other run.")]
    text: Annotated[str, Field(description="What the view compares, or why it compares nothing.")]
    fits: Annotated[bool, Field(description="Whether the view shows the other run.")]


class OtherRun(Answer):
    """The other run's tokens."""

    query: str
    text: str
    ids: list[int]
    nPrompt: int


class There(Answer):
    """The view of the run beside this one: the chosen run, or the unchanged run while interventions are on."""

    places: Annotated[
        list[tuple[int, int, int]],
        Field(description="Blocks of positions that belong together: first here, first there, how many."),
    ]
    shared: Annotated[int, Field(description="How many positions from the start stand one beside the other.")]
    run: Annotated[OtherRun | None, Field(description="The other run. A view that reads no run has none.")] = None
    model: Annotated[dict[str, Any] | None, Field(description="The other run's model.")] = None
    strings: Annotated[
        dict[str, str | dict[str, str]] | None,
        Field(description="The texts of its token ids. The field is there if its model has another vocabulary."),
    ] = None


class Shown(Answer):
    """A view. `title` and `about` are its own where they differ from the panel's list."""

    checks: list[Stated]
    title: str | None
    about: str | None
    compared: Annotated[Beside | None, Field(description="The other run, if one is chosen.")] = None


class PanelAnswer(Answer):
    """Views of a panel."""

    panel: str
    key: Annotated[str, Field(description="The run as text.")]
    link: Annotated[str, Field(description="The page that shows it: a path on this server.")]
    focus: Annotated[dict[str, Scalar], Field(description="The selection as the server read it.")]
    target: Annotated[int | None, Field(description="The id of the token whose logit the views explain.")]
    strings: Annotated[
        dict[str, str | dict[str, str]],
        Field(description="The texts of the token ids in the views; {hex} where the bytes are not whole characters."),
    ]


@cache
def payload_schema(panel: Panel) -> type[BaseModel]:
    """What `POST /panels/<panel>` answers, as a model."""
    views: dict[str, Any] = {}
    for view in panel.views:
        name = f"{panel.name}_{view.name}"
        data = schema(payload_of(panel, view.name))
        parts: dict[str, Any] = {"data": (data, ...)}
        if view.compares and not view.together:
            there = create_model(f"{name}_there", __base__=There, __doc__=There.__doc__, data=(data, ...))
            parts["there"] = (there | None, Field(None, description="The same view of the run beside this one."))
        shown = create_model(f"{name}_view", __base__=Shown, __doc__=view.about, **parts)
        views[view.name] = (shown | Absent | None, Field(None, description=f"{view.title}. {view.about}"))
    drawn = create_model(f"{panel.name}_views", __base__=Answer, __doc__=f"Views of {panel.title}.", **views)
    return create_model(f"{panel.name}_panel", __base__=PanelAnswer, __doc__=panel.about, views=(drawn, ...))


def payload_of(panel: Panel, view: str) -> Any:
    """The payload's type, or a union of several. Raises TypeError where the view's function does not say."""
    said = get_type_hints(panel.rendering(view), include_extras=True).get("return")
    (rendered,) = get_args(said) if get_origin(said) is Iterator else (said,)
    if not (found := get_args(rendered)):
        raise TypeError(f"{panel.name}_views.{view} does not say which payload it renders: -> Rendered[...]")
    return found[0]


@cache
def model_of(kind: type) -> type[BaseModel]:
    """A payload's dataclass as a model."""
    hints = get_type_hints(kind, include_extras=True)
    made: dict[str, Any] = {each.name: (schema(hints[each.name]), ...) for each in fields(kind)}
    words = (kind.__doc__ or "").strip()
    return create_model(kind.__name__, __base__=Answer, __doc__=words, **made)


def schema(hint: Any) -> Any:
    """An annotation of a payload, as pydantic documents it."""
    origin, parts = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        axes = f"Axes: {hint.dim_str}." if hint.dim_str.strip() else "A single number."
        return Annotated[list[Any] | Block, Field(description=axes)]
    if is_dataclass(hint) and isinstance(hint, type):
        return model_of(hint)
    if origin in (Union, types.UnionType):
        return Union[tuple(map(schema, parts))]  # noqa: UP007  # of parts that are known only now
    if origin is tuple:
        return list[schema(parts[0])] if len(parts) == 2 and parts[1] is ... else tuple[tuple(map(schema, parts))]
    if origin in (list, Sequence):
        return list[schema(parts[0])]
    if origin in (dict, Mapping):
        return dict[str, schema(parts[1])]
    return hint
