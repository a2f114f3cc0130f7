"""What a program may ask: the known fields, of their kinds and within their bounds, as they are documented.

A run is given by its parts, or whole as `query`: what stands behind the "?" of a link of the page.

>>> Run.model_validate_json('{"text": "Hello", "sampler": {"temperature": 0}}').key().query()
'model=smollm2-135m&text=Hello&T=0'
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic.config import JsonDict

from explorer.errors import BadRequestError, EmptyPromptError
from explorer.panels.selection import SELECTION
from explorer.shell.envelope.request import MAX_CHARACTERS, Name, Names, Values, query_of
from explorer.stack.inference.decoding.sampler_settings import SETTINGS, STAGE_NAMES, StageName
from explorer.stack.tokenization.text import well_formed
from explorer.stack.transformer.references import NAMED, Named
from explorer.zoo import DEFAULT
from explorer.zoo.made_names import LONGEST
from explorer.zoo.tokenizers.cards import CARDS

if TYPE_CHECKING:
    from explorer.tracing import TraceKey

#: positions that are read at once, and tokens listed at each
MOST_POSITIONS, MOST_TOP = 8, 20
#: new tokens and interventions of a run, as `tracing` bounds them
MOST_NEW, MOST_EDITS = 64, 32
#: longest whole number that every reader of JSON keeps
LARGEST = 2**53 - 1
DEFAULT_TOKENIZER = "smollm2"
MODEL_NAME = (
    "The name of a model of the shelf, which /models lists, or of one that is made of it: trained:RECIPE@STEP (trained "
    "first where it is not kept), quantized:BASE+FORMAT; on a server of your own adapter:BASE+NAME."
)
#: the text of what reads none
NO_TEXT = "-"
#: of a link, what stands before its parts
ADDRESS = re.compile(r"\A[^=&]*\?")

Text = Annotated[str, AfterValidator(well_formed), Field(max_length=MAX_CHARACTERS)]
Edit = Annotated[Text, Field(max_length=4_000)]
Index = Annotated[int, Field(ge=0, le=LARGEST)]
Some = Annotated[int, Field(ge=1, le=MOST_TOP)]
Positions = Annotated[tuple[Index, ...], Field(strict=False, max_length=MOST_POSITIONS)]


class Request(BaseModel):
    """What every request has in common: no field that is not known."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)


def _bounds(setting: Any) -> Any:
    kind = int if setting.whole else float
    low = {"gt": setting.low} if setting.open_below else {"ge": setting.low}
    return kind, Field(setting.neutral, le=setting.high, description=setting.meaning, **low)


_Settings: type[Request] = create_model(
    "_Settings", __base__=Request, **{each.name: _bounds(each) for each in SETTINGS}
)


class Sampling(_Settings):
    """The sampler's settings. A setting that is left out changes nothing; temperature 0 takes the likeliest token."""


class Forced(Request):
    """A generation step with a forced token."""

    step: Index
    token: Index


#: for who reads the schema alone: a run has a text or is a link's
EITHER: JsonDict = {
    "anyOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("text", "query")]
}


class Run(Request):
    """A run of a model on a text: `text` or `query` is needed."""

    model_config = ConfigDict(json_schema_extra=EITHER)

    query: Annotated[
        Text | None, Field(description="A run as the page's links write it; it replaces all other fields of the run.")
    ] = None
    text: Annotated[Text | None, Field(description="The prompt. A run needs it, or “query”.")] = None
    model: Annotated[str, Field(max_length=LONGEST, description=MODEL_NAME)] = DEFAULT
    chat: Annotated[bool, Field(description="Put the text into the model's chat template.")] = False
    new_tokens: Annotated[int, Field(ge=0, le=MOST_NEW, description="Tokens to generate after the prompt.")] = 0
    sampler: Sampling = Sampling()
    order: Annotated[
        tuple[StageName, ...],
        Field(strict=False, max_length=len(STAGE_NAMES), description="The order of the sampler's steps."),
    ] = STAGE_NAMES
    seed: Annotated[int, Field(ge=0, le=LARGEST, description="The seed of the sampler's random numbers.")] = 0
    forced: Annotated[tuple[Forced, ...], Field(strict=False, max_length=MOST_NEW)] = ()
    interventions: Annotated[
        tuple[Edit, ...],
        Field(
            strict=False,
            max_length=MOST_EDITS,
            description="Interventions as links write them: ablate:20.1, mlp:5, scale:10:all:0.5, quant:all:nf4, "
            "adapter:NAME:STRENGTH (the shelf’s and those taught on the page; on a server of your own any that it has)",
        ),
    ] = ()

    def key(self, reads: str = "run") -> TraceKey:
        """The run's key; of what reads no run, a text is not asked for. Raises BadRequestError where the parts do not
        go together, EmptyPromptError without a text."""
        from explorer.stack.inference.decoding.sampling import Sampler
        from explorer.tracing import TraceKey
        from explorer.tracing.key import read_interventions

        if self.query is not None:
            if named := sorted(self.model_fields_set & set(Run.model_fields) - {"query"}):
                raise BadRequestError(
                    f"The request has “query” and “{named[0]}”, but “query” already describes the whole run.",
                    "Give only one.",
                )
            return _linked(self.query, reads)
        if reads == "run" and (self.text is None or not self.text.strip()):
            raise EmptyPromptError("The request has no text.", "Give “text”, or “query” from a link of the page.")
        return TraceKey(
            self.model,
            self.text if self.text is not None else NO_TEXT,
            self.chat,
            self.new_tokens,
            Sampler.of(self.sampler.model_dump(), self.order or STAGE_NAMES),
            self.seed,
            tuple((each.step, each.token) for each in self.forced),
            read_interventions(self.interventions),
        )


def _linked(link: str, reads: str) -> TraceKey:
    """The run of a link, short or long, whole or without its address. The page opens the run that it begins with where
    a link names none; a program would take that run's numbers for those of its own text."""
    from explorer.tracing import TraceKey
    from explorer.tracing.key import PARTS

    query = query_of(ADDRESS.sub("", link, count=1))
    named = dict(parse_qsl(query, keep_blank_values=True))
    if reads == "run" and not named.get("text", "").strip():
        raise EmptyPromptError("The query has no “text”.", "Take the whole part of a page’s link after the “?”.")
    if reads != "nothing" and not named.keys() & PARTS:
        raise BadRequestError(
            "The query names no part of a run.", f"Take a page’s link. The parts of a run are {', '.join(PARTS)}."
        )
    return TraceKey.parse(query if "text" in named else f"{query}&text={NO_TEXT}")


Target = Annotated[
    Index | Annotated[Text, Field(max_length=200)] | None,
    Field(
        description="The token whose logit is followed: its id, or its text (“ Paris”, with the space); else the "
        "likeliest."
    ),
]
Position = Annotated[Index | None, Field(description="Counted from 0; if left out, the last position of the prompt.")]
Top = Annotated[Some, Field(description="The number of tokens to list.")]


class TraceRequest(Run):
    """A run, and the positions whose next tokens to list."""

    positions: Annotated[Positions, Field(description="Positions; if left out, the last of the prompt.")] = ()
    top: Top = 5


class GenerateRequest(Run):
    """A run that generates text."""

    new_tokens: Annotated[int, Field(ge=1, le=MOST_NEW, description="Tokens to generate after the prompt.")] = 16
    top: Annotated[
        Some, Field(description="The number of tokens to list that the sampler could have drawn at each step.")
    ] = 3


class LensRequest(Run):
    """A run, and the positions at which to read its residual stream."""

    positions: Annotated[Positions, Field(description="Positions; if left out, the last of the prompt.")] = ()
    target: Target = None
    top: Top = 3


class AttributionRequest(Run):
    """A run, and the token whose lead to split into parts."""

    position: Position = None
    target: Target = None
    over: Annotated[
        Named,
        Field(
            description="What the lead is over: the other tokens, each weighed by its probability; the average token; "
            "or nothing, which splits the raw logit."
        ),
    ] = NAMED[0]
    rival: Annotated[Target, Field(description="A token to measure the lead over instead, as text.")] = None
    top: Annotated[int, Field(ge=1, le=100, description="The number of parts to list, largest first.")] = 20


class AblateRequest(Run):
    """A run, and the changes to make in it."""

    change: Annotated[
        tuple[Edit, ...],
        Field(
            strict=False,
            min_length=1,
            max_length=MOST_EDITS,
            description="As interventions are written: ablate:20.1 is head 1 of block 20 off, ablate:20.1:mean its "
            "mean, mlp:5 an MLP off, scale:10:all:0.5, add:10:all:288:4, patch:10:13:5:Another%20text, quant:all:nf4.",
            examples=[["ablate:20.1"]],
        ),
    ]
    position: Position = None
    target: Target = None
    top: Top = 5


class CompareRequest(Request):
    """Two runs: two texts, two models, or one with interventions."""

    one: Run
    other: Run
    top: Top = 5


class TokenizeRequest(Request):
    """A text and the tokenizer that cuts it."""

    text: Annotated[Text, Field(description="The text to cut into tokens.")]
    tokenizer: Annotated[Name, Field(description=f"One of {', '.join(CARDS)}.")] = DEFAULT_TOKENIZER


class PanelRequest(Run):
    """Views of a panel: for a run, a selection and values of the panel's controls. Views that read no run need neither
    `text` nor `query`."""

    model_config = ConfigDict(json_schema_extra={})

    views: Annotated[Names, Field(description="If left out: all views that need no measurement.")] = ()
    focus: Annotated[
        dict[Annotated[str, Field(max_length=20)], Index],
        Field(
            max_length=len(SELECTION),
            description=f"{', '.join(each.name for each in SELECTION)}; the server chooses what is left out.",
        ),
    ] = {}
    controls: Annotated[Values, Field(description="The values of the panel's own controls, by name.")] = {}
