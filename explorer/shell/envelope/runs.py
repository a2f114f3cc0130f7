"""A run, as the page and programs get it."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from explorer.stack.inference.decoding.sampler_settings import StageName


class Block(TypedDict):
    """An array, as `pack` sends it; `unpack` makes one of it."""

    dtype: str
    shape: list[int]
    b64: str


Floats = Annotated[Block, "Floats"]
Ints = Annotated[Block, "Ints"]
#: a token's text, or its bytes in hexadecimal where they are no whole characters
Piece = Annotated[str | dict[str, str], "Piece"]


class RunModel(TypedDict):
    """The run's model: its name, and its sizes."""

    name: str
    title: str
    parameters: int
    note: str
    licence: str
    chat: bool
    kind: str
    L: int
    """Blocks."""
    H: int
    """Query heads."""
    KV: int
    """Key-value heads."""
    D: int
    """d_model"""
    dh: int
    """d_head"""
    ff: int
    """d_mlp"""
    V: int
    """d_vocab"""
    ctx: int
    """Longest text, in tokens."""
    E: int
    """Experts a block, 0 in a dense model."""
    topk: int
    """Experts that each token visits."""


class Effect(TypedDict):
    """What the interventions changed, at each position that both runs read alike."""

    positions: int
    kl: Floats
    ids: Ints
    """The unchanged run's likeliest token."""
    before: Floats
    now: Floats
    log_odds: Floats
    """Change of the likeliest token's, nats."""


class GeneratedToken(TypedDict):
    """A step of the sampler."""

    position: int
    chosen: int
    u: float
    forced: bool


class NamedIntervention(TypedDict):
    """An intervention of the run, as links write it, and in words."""

    text: str
    label: str


class RunSent(TypedDict):
    """A run; the page's `store.run` is made of it."""

    query: str
    ids: list[int]
    """Token ids of prompt and generated text."""
    bytes: list[str]
    """Of each token, in hexadecimal."""
    special: list[bool]
    nPrompt: int
    text: str
    chat: bool
    nextIds: Ints
    """"position rank" of the four likeliest next tokens."""
    nextP: Floats
    seed: int
    newTokens: int
    sampler: Annotated[dict[str, float | int | list[StageName]], "Sampler"]
    forced: list[tuple[int, int]]
    """(step, id)"""
    steps: list[GeneratedToken]
    interventions: list[NamedIntervention]
    seconds: dict[str, float]
    batched: NotRequired[tuple[int, float]]
    """Made in one batch of so many runs; the largest difference from a run alone that was measured on this model, as a
    part of the largest number. A run that was made alone has none."""
    model: RunModel
    effect: Effect | None


class OtherRun(TypedDict):
    """Of the run beside the page's, what a picture of it names."""

    query: str
    text: str
    ids: list[int]
    nPrompt: int


class Trace(RunSent):
    """A run, for a program."""

    strings: dict[str, Piece]
