"""A scoreboard: entries (a model, its number formats, adapters, interventions, other models) on the same items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer import zoo
from explorer.corpora.tasks.task import Task
from explorer.errors import BadRequestError, ExplorerError, NotApplicableError
from explorer.experiments.evaluation.one_item import whole_pass_error
from explorer.experiments.evaluation.reader import Hooked, reader
from explorer.experiments.evaluation.task_run import Answered, Assembled, Choice, answered
from explorer.fetching.progress import Progress, silent
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.stack.worst import worst
from explorer.tracing.capturing.changed_weights import under
from explorer.tracing.changes.interventions import Intervention
from explorer.tracing.key import TraceKey, read_interventions
from explorer.zoo.adapters import adapters

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Formats that are offered; any other of `SCHEMES` can be named.
FORMATS = ("fp16", "int8", "nf4", "int4", "int3", "int2")
ADAPTER, DO, PAGE = "adapter:", "do", "page"
#: Parameters of another model that is read beside the page's.
LARGEST = 300_000_000
#: Entries beside the model itself.
MOST = 8
#: Items of each cell that transformers reads as well.
CHECKED = 1


@dataclass(frozen=True)
class Entry:
    """A row: what is measured."""

    key: str
    name: str
    other: str = ""
    """The name of another model; nothing for the page's own."""
    interventions: tuple[Intervention, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One entry on one task, by their places."""

    entry: int
    task: int
    found: tuple[Answered, ...]


@dataclass(frozen=True)
class Board:
    """All cells, as far as they are measured."""

    entries: tuple[Entry, ...]
    tasks: tuple[Task, ...]
    items: int
    cells: tuple[Cell, ...] = ()
    wrong: tuple[tuple[int, str], ...] = ()
    """Entries that cannot be measured, and why."""
    checked: int = 0
    """Choices that transformers has read whole."""
    error: float = 0.0
    """The largest gap of these, in nats."""

    @property
    def whole(self) -> bool:
        return len(self.cells) == (len(self.entries) - len(self.wrong)) * len(self.tasks)


def offered(model: Model) -> list[Entry]:
    """What can be put on the board beside the model itself: nothing is fetched for it."""
    cards = [card for card in zoo.shelf().values() if card.name != model.name and card.parameters <= LARGEST]
    merged = adapters() if model.name in zoo.shelf() else []
    return [
        *(Entry(each, SCHEMES[each].title) for each in FORMATS),
        Entry(DO, "Changed inside"),
        *(Entry(f"{ADAPTER}{each}", f"Adapter {each}", f"adapter:{model.name}+{each}") for each in merged),
        *(Entry(card.name, card.title, card.name) for card in cards if zoo.is_cached(card)),
    ]


def entry(model: Model, key: str, do: str) -> Entry:
    """Raises BadRequestError for what there is not, and for an intervention that cannot be read."""
    if key in SCHEMES:
        return Entry(key, SCHEMES[key].title, interventions=read_interventions([f"quant:all:{key}"]))
    if key == DO:
        texts = [each.strip() for each in do.split(",") if each.strip()]
        if not texts:
            raise BadRequestError("There is no intervention yet.", "Write one, such as ablate:3.1.")
        return Entry(key, ", ".join(texts), interventions=read_interventions(texts))
    known = {each.key: each for each in offered(model)}
    if key not in known:
        raise BadRequestError(f"There is no row “{key[:60]}”.", f"There are {', '.join(known)}.")
    return known[key]


def board(model: Model, keys: Sequence[str], do: str, edits: Sequence[str], tasks: Sequence[Task], items: int) -> Board:
    """Nothing is measured yet. The model as it is comes first, what the page has changed in its weights second.

    Raises NotApplicableError for a task without choices.
    """
    if texts := [task.name for task in tasks if task.kind != "multiple_choice"]:
        raise NotApplicableError(f"The task “{texts[0]}” has no choices.", "Choose another task.")
    entries, wrong = [Entry("", model.card.title)], list[tuple[int, str]]()
    if edits:
        entries.append(Entry(PAGE, ", ".join(edits), interventions=read_interventions(edits)))
    for key in list(dict.fromkeys(keys))[:MOST]:
        try:
            entries.append(entry(model, key, do))
        except BadRequestError as error:
            wrong.append((len(entries), _said(error)))
            entries.append(Entry(key, key))
    return Board(tuple(entries), tuple(tasks), min(items, *(len(task.items) for task in tasks)), wrong=tuple(wrong))


def measured(model: Model, made: Board, progress: Progress = silent) -> Iterator[Board]:
    """Cell after cell, entry by entry. An entry that cannot be measured says why, and the others go on."""
    refused = {at for at, _ in made.wrong}
    for at, each in enumerate(made.entries):
        if at in refused:
            continue
        try:
            for cell, checked, error in _row(model, made, at, progress):
                made = replace(
                    made,
                    cells=(*made.cells, cell),
                    checked=made.checked + checked,
                    error=worst(made.error, error),
                )
                yield made
        except ExplorerError as error:
            if not each.key:  # the model itself: nothing is left to compare with
                raise
            cells = tuple(cell for cell in made.cells if cell.entry != at)
            made = replace(made, cells=cells, wrong=(*made.wrong, (at, _said(error))))
            yield made


def _row(model: Model, made: Board, at: int, progress: Progress) -> Iterator[tuple[Cell, int, float]]:
    """Each cell of an entry, with how many of its choices transformers has read, and the largest gap."""
    each, size, lies = made.entries[at], len(made.tasks) * made.items, model.placement
    base = zoo.load(each.other, progress, device=lies.device, dtype=lies.dtype) if each.other else model
    reading = reader(base, each.interventions, progress)
    changed = under(base, TraceKey(base.name, "", interventions=each.interventions))
    for place, task in enumerate(made.tasks):
        found: list[Answered] = []
        for batch in answered(Assembled(base, task, Choice(cut=True)), reading, made.items):
            found += batch
            progress("Items", at * size + place * made.items + len(found), len(made.entries) * size)
        some = [] if isinstance(reading, Hooked) else found[:CHECKED]
        error = worst(whole_pass_error(changed, one) for one in some) if some else 0.0
        yield Cell(at, place, tuple(found)), sum(len(one.scored) for one in some), error


def _said(error: ExplorerError) -> str:
    return f"{error.message} {error.hint}".strip()
