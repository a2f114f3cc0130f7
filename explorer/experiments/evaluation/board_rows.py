"""Rows of a scoreboard: number formats, cache policies, adapters, interventions, models made here, other models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from explorer import zoo
from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.evaluation.cached_reader import Cached, policy_title
from explorer.experiments.evaluation.reader import Reader, Shared, reader
from explorer.fetching.progress import Progress
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.tracing.capturing.changed_weights import under
from explorer.tracing.changes.interventions import Intervention
from explorer.tracing.key import TraceKey, read_interventions
from explorer.zoo.adapters import adapters, committed, taught_here
from explorer.zoo.made_names import Adapted, Trained, is_made, parse

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Formats and policies that are offered; any other of `SCHEMES`, and other numbers of tokens, can be named.
FORMATS = ("fp16", "int8", "nf4", "int4", "int3", "int2")
POLICIES = ("int8", "int4", "window:16", "sinks:16", "heavy:16")
ADAPTER, CACHE, DO, PAGE, OTHER = "adapter:", "cache:", "do", "page", "other run"
#: Parameters of another model that is read beside the page's.
LARGEST = 300_000_000


@dataclass(frozen=True)
class Entry:
    """A row: what is measured."""

    key: str
    name: str
    other: str = ""
    """The name of another model; nothing for the page's own."""
    interventions: tuple[Intervention, ...] = ()
    cache: str = ""
    """A policy; nothing where the cache holds all."""
    model: Model | None = field(default=None, compare=False)
    """That of another run of the page."""

    @property
    def changes(self) -> tuple[str, ...]:
        """What it is told apart by from the same model as it is."""
        edits = self.model.edits if self.model is not None else ()
        texts = (*edits, *(each.text for each in self.interventions))
        return (*texts, f"{CACHE}{self.cache}") if self.cache else texts


def offered(model: Model, own: bool) -> list[Entry]:
    """What can be put on the board beside the model itself: nothing is fetched for it. `own`: the server is its
    visitor's own; nobody else is told of its adapters, but of the shelf's."""
    cards = [card for card in zoo.shelf().values() if card.name != model.name and card.parameters <= LARGEST]
    others = adapters() if own and model.name in zoo.shelf() else []
    merged = dict.fromkeys((*committed(model.name), *others))
    return [
        *(Entry(each, SCHEMES[each].title) for each in FORMATS),
        *(Entry(f"{CACHE}{each}", policy_title(each), cache=each) for each in POLICIES),
        Entry(DO, "Changed inside"),
        *(Entry(f"{ADAPTER}{each}", f"Adapter {each}", f"{ADAPTER}{model.name}+{each}") for each in merged),
        *(Entry(card.name, card.title, card.name) for card in cards if zoo.is_cached(card)),
    ]


def entry(model: Model, key: str, do: str, own: bool) -> Entry:
    """Raises BadRequestError for what there is not, and for an intervention that cannot be read."""
    if key in SCHEMES:
        return Entry(key, SCHEMES[key].title, interventions=read_interventions([f"quant:all:{key}"]))
    if key == DO:
        texts = [each.strip() for each in do.split(",") if each.strip()]
        if not texts:
            raise BadRequestError("There is no intervention yet.", "Write one, such as ablate:3.1.")
        return Entry(key, ", ".join(texts), interventions=read_interventions(texts))
    if key.startswith(CACHE):
        policy = key.removeprefix(CACHE)
        return Entry(key, policy_title(policy), cache=policy)
    known = {each.key: each for each in offered(model, own)}
    if key not in known and is_made(key):
        return _made(key, own)
    if key not in known:
        raise BadRequestError(f"There is no row “{key[:60]}”.", f"There are {', '.join(known)}.")
    return known[key]


def _made(key: str, own: bool) -> Entry:
    """A model that is made here: ";" stands for the commas of its name, which part the rows."""
    name = key.replace(";", ",")
    made = parse(name)
    if isinstance(made, Adapted) and not own and made.adapter not in committed() and not taught_here(made.adapter):
        raise BadRequestError(
            "This server opens the shelf’s adapters and those taught on the page.",
            "Run the explorer on your own machine.",
        )
    if made is not None and not isinstance(made, Trained):
        card = zoo.shelf().get(made.base)
        if card is None or card.parameters > LARGEST or not zoo.is_cached(card):
            raise BadRequestError(f"“{made.base[:60]}” is not at hand as a small model.", "Open it on the page first.")
    return Entry(key, name, name)


def chosen(
    model: Model, keys: Sequence[str], do: str, edits: Sequence[str], own: bool, other: Model | None
) -> tuple[list[Entry], list[tuple[int, str]]]:
    """The model as it is, what the page changes in its weights, the other run's model, and these; with what is wrong
    with which."""
    entries, wrong = [Entry("", model.card.title)], list[tuple[int, str]]()
    if edits:
        entries.append(Entry(PAGE, ", ".join(edits), interventions=read_interventions(edits)))
    if other is not None:
        said = f" with {', '.join(other.edits)}" if other.edits else ""
        entries.append(Entry(OTHER, f"{other.card.title}{said} (the other run)", model=other))
    for key in keys:
        try:
            entries.append(entry(model, key, do, own))
        except BadRequestError as error:
            wrong.append((len(entries), f"{error.message} {error.hint}".strip()))
            entries.append(Entry(key, key))
    return entries, wrong


@dataclass(frozen=True)
class Opened:
    """A row's model, with what reads it."""

    base: Model
    """Whose tokens are read."""
    changed: Model
    """With its weights as they are in this row."""
    reader: Reader


def opened(model: Model, row: Entry, progress: Progress) -> Opened:
    """Loaded and changed. Raises ExplorerError."""
    lies = model.placement
    if row.model is not None:
        return Opened(row.model, row.model, Shared(row.model))
    base = zoo.load(row.other, progress, device=lies.device, dtype=lies.dtype) if row.other else model
    changed = under(base, TraceKey(base.name, "", interventions=row.interventions))
    if not row.cache:
        return Opened(base, changed, reader(base, row.interventions, progress))
    if not changed.placement.plain:
        raise NotApplicableError("Cache policies are measured in float32 on the CPU.", "Take away this row.")
    return Opened(base, changed, Cached(changed, row.cache))
