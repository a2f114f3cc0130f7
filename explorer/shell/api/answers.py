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
    """An invariant, and the error measured on this very run."""

    statement: str
    error: Annotated[float | None, Field(description="None where it could not be measured: then it does not hold.")]
    tolerance: float
    holds: bool


class Piece(Answer):
    """A token. `text` has U+FFFD where its bytes are no whole characters."""

    id: int
    text: str


class Likely(Piece):
    """A token that may come next."""

    probability: float
    logit: float


class Next(Answer):
    """What may come after a position, likeliest first."""

    position: int
    after: Piece
    top: list[Likely]


class Ran(Answer):
    """A run: its key, where the page shows it, and what holds of it."""

    key: Annotated[
        str, Field(description="The run's text form: the “query” of another request gives the same numbers.")
    ]
    link: Annotated[str, Field(description="Where the page shows it, behind the server's own address.")]
    model: str
    checks: list[Checked]


class Token(Piece):
    """A token of a run, or of a text."""

    bytes: Annotated[str, Field(description="In hexadecimal.")]
    start: Annotated[int, Field(description="Where its bytes begin in the text.")]
    end: int
    special: bool = False


class Traced(Ran):
    """A run in short."""

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

    position: Annotated[int, Field(description="Of the logits that it was drawn from.")]
    chosen: Piece
    probability: Annotated[float, Field(description="After the sampler's steps; what it was drawn with.")]
    rank: Annotated[int, Field(description="Among the model's own logits; 1 is the likeliest.")]
    u: Annotated[float, Field(description="The random number, in [0, 1).")]
    forced: bool
    top: Annotated[list[Piece], Field(description="The likeliest that could have been drawn.")]


class Generated(Ran):
    """What a run wrote."""

    text: str
    steps: list[Drawn]


class Depth(Answer):
    """What the stream would say if it ended at this depth."""

    depth: Annotated[str, Field(description="“embed”, or the block after which it is read.")]
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
    """A part of the model, and what it adds to the logit."""

    part: Annotated[str, Field(description="“L12.H3”, “MLP 7”, “embedding” …")]
    kind: Literal["embedding", "head", "mlp", "attention bias", "intervention", "constant"]
    layer: int | None = None
    head: int | None = None
    contribution: Annotated[float, Field(description="In logits.")]


class Attributed(Ran):
    """A logit taken apart: embedding, heads, MLPs, biases; all parts together, listed or not, are `total`."""

    position: int
    target: Piece
    logit: float
    total: float
    error: Annotated[float, Field(description="|total - logit|")]
    parts: Annotated[list[Part], Field(description="The largest, positive or negative.")]
    others: Annotated[float, Field(description="What the parts add that are not listed.")]


class Moved(Answer):
    """One token before and after."""

    token: Piece
    logit_before: float
    logit_after: float
    change: Annotated[float, Field(description="Of the logit.")]
    probability_before: float
    probability_after: float
    rank_before: int
    rank_after: int


class Ablated(Ran):
    """What a change did at one position. The key and the link are the changed run's."""

    before_key: str
    changes: Annotated[list[str], Field(description="What was changed, in words.")]
    position: int
    target: Moved
    kl: Annotated[float, Field(description="KL(before || after) in nats.")]
    before: list[Likely]
    after: list[Likely]
    text_before: Annotated[str, Field(description="What the unchanged run generated.")]
    text_after: str


class OneOfTwo(Ran):
    """One of two runs, at the last token of its prompt."""

    tokens: int
    position: int
    top: list[Likely]
    text: Annotated[str, Field(description="What it generated.")]


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
    shared_tokens: Annotated[int, Field(description="How many tokens both begin with.")]
    kl: Annotated[float | None, Field(description="KL(one || other) in nats; None between vocabularies.")]
    shifts: Annotated[list[Shift], Field(description="The tokens that differ most; none between vocabularies.")]
    in_both: Annotated[list[str], Field(description="Texts among the likeliest of both.")]


class Tokenized(Answer):
    """A text cut into tokens."""

    tokenizer: str
    n_bytes: int
    n_tokens: int
    tokens: list[Token]
    left_out: Annotated[int, Field(description="Tokens behind those that are listed.")]
    checks: list[Checked]


class Shelved(Answer):
    """A model that can be asked for."""

    name: str
    title: str
    summary: str
    kind: str
    parameters: int
    licence: str
    chat: bool
    ready: Annotated[bool, Field(description="Whether it lies in the cache; others are fetched when first asked for.")]


class Shelf(Answer):
    """The shelf."""

    default: str
    models: list[Shelved]


class PanelSaid(Answer):
    """A panel of the page."""

    name: str
    title: str
    chapter: str
    about: str
    views: list[ViewSaid]


class ViewSaid(Answer):
    """A view of a panel."""

    name: str
    title: str
    about: str
    heavy: Annotated[bool, Field(description="Measured for seconds: asked for by name, and answered by a job.")]
    requires: Annotated[Literal["run", "model", "nothing"], Field(description="What it is drawn from.")]
    reads: Annotated[list[str], Field(description="The parts of the selection that it depends on.")]
    controls: Annotated[list[str], Field(description="The panel's controls whose values it depends on.")]
    provenance: list[str]


class Panels(Answer):
    """All panels."""

    panels: list[PanelSaid]
