"""What a program is answered: small typed models, each with the run's key, the page's link and the checks made on it.

No tensors: what has a place for every position, layer or token lists what was asked for and says what was left out.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """What all answers are: whole numbers, floats that are numbers, texts in UTF-8."""

    model_config = ConfigDict(frozen=True)


class Checked(Answer):
    """A statement that must hold, and the error measured on this run."""

    statement: str
    error: Annotated[float | None, Field(description="None if it could not be measured; then the check does not hold.")]
    tolerance: float
    holds: bool


class Piece(Answer):
    """A token. `text` has U+FFFD where the bytes are not whole characters."""

    id: int
    text: str


class Likely(Piece):
    """A token that may come next."""

    probability: float
    logit: float


class Next(Answer):
    """The likeliest next tokens after a position, likeliest first."""

    position: int
    after: Piece
    top: list[Likely]


class Ran(Answer):
    """A run: its key, the link to the page, and its checks."""

    key: Annotated[str, Field(description="The run as text. As “query” of another request it gives the same numbers.")]
    link: Annotated[str, Field(description="The page that shows it: a path on this server.")]
    model: str
    checks: list[Checked]


class Token(Piece):
    """A token of a run, or of a text."""

    bytes: Annotated[str, Field(description="The token's bytes in hexadecimal.")]
    start: Annotated[int, Field(description="The first byte of the token in the text, counted from 0.")]
    end: int
    special: bool = False


class Traced(Ran):
    """A run: its tokens, and the likeliest next tokens at the positions asked for."""

    n_prompt: int
    tokens: list[Token]
    next: list[Next]
    layers: int
    heads: int
    d_model: int
    d_vocab: int
    seconds: float


class Drawn(Answer):
    """One generated token."""

    position: Annotated[int, Field(description="The position whose logits the sampler drew it from.")]
    chosen: Piece
    probability: Annotated[float, Field(description="After all steps of the sampler: the probability of this draw.")]
    rank: Annotated[int, Field(description="By the model's own logits; 1 is the likeliest token.")]
    u: Annotated[float, Field(description="The random number of this draw, from 0 to below 1.")]
    forced: bool
    top: Annotated[list[Piece], Field(description="The likeliest tokens that the sampler could have drawn.")]


class Generated(Ran):
    """The text that a run generated, token by token."""

    text: str
    steps: list[Drawn]


class Depth(Answer):
    """The next token that the residual stream gives at this depth."""

    depth: Annotated[str, Field(description="“embed”, or the block after which the stream is read.")]
    top: list[Likely]
    target_rank: int
    target_probability: float


class Column(Answer):
    """The lens at one position."""

    position: int
    token: Piece
    target: Piece
    depths: list[Depth]


class Lens(Ran):
    """The logit lens."""

    columns: list[Column]


class Part(Answer):
    """A part of the model, and what it adds to the lead."""

    part: Annotated[str, Field(description="“L12.H3”, “MLP 7”, “embedding” …")]
    kind: Literal["embedding", "head", "mlp", "attention bias", "intervention", "constant"]
    layer: int | None = None
    head: int | None = None
    contribution: Annotated[
        float, Field(description="In logits: positive raises the token's lead, negative lowers it.")
    ]


class Attributed(Ran):
    """A lead as a sum of parts: embedding, heads, MLPs, biases. `total` is the sum of all parts, listed or not."""

    position: int
    target: Piece
    over: Annotated[str, Field(description="What the lead is over: a named reference, or the rival token.")]
    logit: float
    reference: Annotated[float, Field(description="The logit of what the lead is over; 0 for the raw logit.")]
    lead: Annotated[float, Field(description="logit - reference")]
    total: float
    error: Annotated[float, Field(description="|total - lead|")]
    parts: Annotated[list[Part], Field(description="The parts with the largest contributions, positive or negative.")]
    others: Annotated[float, Field(description="The sum of the parts that are not listed.")]


class Moved(Answer):
    """One token before and after."""

    token: Piece
    logit_before: float
    logit_after: float
    change: Annotated[float, Field(description="Change of the logit: after minus before.")]
    probability_before: float
    probability_after: float
    rank_before: int
    rank_after: int


class Ablated(Ran):
    """The effect of a change at one position. The key and the link belong to the changed run."""

    before_key: str
    changes: Annotated[list[str], Field(description="The changes, in words.")]
    position: int
    target: Moved
    kl: Annotated[float, Field(description="KL(before || after) of the next-token probabilities, in nats.")]
    before: list[Likely]
    after: list[Likely]
    text_before: Annotated[str, Field(description="The text that the unchanged run generated.")]
    text_after: str


class OneOfTwo(Ran):
    """One of two runs, at the last token of its prompt."""

    tokens: int
    position: int
    top: list[Likely]
    text: Annotated[str, Field(description="The text that the run generated.")]


class Shift(Answer):
    """A token whose probability differs most."""

    token: Piece
    one: float
    other: float


class Compared(Answer):
    """Two runs side by side, each at the last token of its prompt."""

    one: OneOfTwo
    other: OneOfTwo
    same_vocabulary: bool
    shared_tokens: Annotated[int, Field(description="The number of tokens with which both texts begin.")]
    kl: Annotated[float | None, Field(description="KL(one || other) in nats; None if the vocabularies differ.")]
    shifts: Annotated[list[Shift], Field(description="The tokens that differ most; empty if the vocabularies differ.")]
    in_both: Annotated[list[str], Field(description="Tokens that are among the likeliest of both runs.")]


class Tokenized(Answer):
    """A text cut into tokens."""

    tokenizer: str
    n_bytes: int
    n_tokens: int
    tokens: list[Token]
    left_out: Annotated[int, Field(description="The number of tokens after the listed ones.")]
    checks: list[Checked]


class Shelved(Answer):
    """A model of the shelf."""

    name: str
    title: str
    summary: str
    kind: str
    parameters: int
    licence: str
    chat: bool
    ready: Annotated[
        bool, Field(description="Whether the weights are in the cache. Others are downloaded at the first request.")
    ]


class Shelf(Answer):
    """The shelf."""

    default: str
    models: list[Shelved]


class ControlSaid(Answer):
    """A control of a panel."""

    name: str
    meaning: str
    takes: Annotated[str, Field(description="What its value may be.")]
    default: Annotated[str | int | float | None, Field(description="None: the view decides by what it measures.")]
    unit: str


class PanelSaid(Answer):
    """A panel of the page."""

    name: str
    title: str
    chapter: str
    about: str
    controls: list[ControlSaid]
    views: list[ViewSaid]


class ViewSaid(Answer):
    """A view of a panel."""

    name: str
    title: str
    about: str
    heavy: Annotated[
        bool,
        Field(description="Whether it takes seconds to measure. A job measures such a view, if the request names it."),
    ]
    requires: Annotated[Literal["run", "model", "nothing"], Field(description="What the view needs.")]
    reads: Annotated[list[str], Field(description="The parts of the selection that change it.")]
    controls: Annotated[list[str], Field(description="The controls of the panel that change it.")]
    provenance: list[str]


class Panels(Answer):
    """All panels."""

    panels: list[PanelSaid]
