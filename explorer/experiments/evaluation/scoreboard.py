"""A scoreboard: rows (a model, its formats, caches, adapters, interventions, other models) on the same items.

Every item that is scored is kept on the disk, so that a row or a column more costs its own cells alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer import zoo
from explorer.corpora.tasks.task import Item, Task
from explorer.errors import ExplorerError, NotApplicableError
from explorer.experiments.evaluation.board_rows import Entry, Opened, chosen, opened
from explorer.experiments.evaluation.kept_cells import KeptCells
from explorer.experiments.evaluation.one_item import whole_pass_error
from explorer.experiments.evaluation.reader import Shared
from explorer.experiments.evaluation.results import Setting
from explorer.experiments.evaluation.samples import Sample, of_choices
from explorer.experiments.evaluation.task_run import Answered, Assembled, Choice, batches, scored
from explorer.fetching.progress import Progress, silent
from explorer.stack.evaluation.choices import Choices
from explorer.stack.evaluation.scoring import Scored
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Entries beside the model itself.
MOST = 8
#: Items of each cell that transformers reads as well.
CHECKED = 1
HOW = Choice(cut=True)


@dataclass(frozen=True)
class Cell:
    """One entry on one task, by their places."""

    entry: int
    task: int
    found: tuple[Choices, ...]
    """Item by item."""
    kept: bool = False
    """Whether all of it was measured before."""


@dataclass(frozen=True)
class Board:
    """All cells, as far as they are measured."""

    entries: tuple[Entry, ...]
    tasks: tuple[Task, ...]
    items: int
    longest: tuple[int, ...] = ()
    """Tokens of the longest prompt with an answer of each task, where a cache policy is on the board."""
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


def board(
    model: Model,
    keys: Sequence[str],
    do: str,
    edits: Sequence[str],
    tasks: Sequence[Task],
    items: int,
    *,
    own: bool = False,
    other: Model | None = None,
) -> Board:
    """Nothing is measured yet. The model as it is comes first.

    own: the server is its visitor's own. other: the model of another run.
    Raises NotApplicableError for a task without choices.
    """
    if texts := [task.name for task in tasks if task.kind != "multiple_choice"]:
        raise NotApplicableError(f"The task “{texts[0]}” has no choices.", "Choose another task.")
    entries, wrong = chosen(model, list(dict.fromkeys(keys))[:MOST], do, edits, own, other)
    few = min(items, *(len(task.items) for task in tasks))
    longest = ()
    if any(each.cache for each in entries):
        asked = ([one for each in Assembled(model, task, HOW).items(few) for one in each.requests] for task in tasks)
        longest = tuple(max(len(one.context) + len(one.continuation) - 1 for one in each) for each in asked)
    return Board(tuple(entries), tuple(tasks), few, longest, wrong=tuple(wrong))


def measured(
    model: Model, made: Board, progress: Progress = silent, kept: KeptCells | None = None, again: bool = False
) -> Iterator[Board]:
    """Cell after cell, entry by entry. An entry that cannot be measured says why, and the others go on. `again`: what
    is kept is not read, and each cell is scored anew."""
    refused = {at for at, _ in made.wrong}
    for at, each in enumerate(made.entries):
        if at in refused:
            continue
        try:
            for cell, checked, error in _Row(model, made, at, kept or KeptCells(), progress, again).cells():
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
            made = replace(made, cells=cells, wrong=(*made.wrong, (at, f"{error.message} {error.hint}".strip())))
            yield made


class _Row:
    """The cells of one entry. Its model is opened when something of it must be scored."""

    def __init__(
        self, model: Model, made: Board, at: int, kept: KeptCells, progress: Progress, again: bool = False
    ) -> None:
        self.model, self.made, self.at, self.kept, self.progress, self.again = model, made, at, kept, progress, again
        self.entry = made.entries[at]
        self._opened: Opened | None = None

    @property
    def opened(self) -> Opened:
        if self._opened is None:
            self._opened = opened(self.model, self.entry, self.progress)
        return self._opened

    def cells(self) -> Iterator[tuple[Cell, int, float]]:
        """With how many choices transformers has read, and the largest gap."""
        for place, task in enumerate(self.made.tasks):
            setting, items = self._setting(task), task.items[: self.made.items]
            known = {} if self.again else self.kept.read(setting)
            whole = all(item.id in known for item in items)
            if not whole:
                known |= self._scored(place, task, setting, frozenset(known))
            found = tuple(_choices(item, known[item.id]) for item in items)
            # Of a row that is kept whole no model is loaded, but for the page's own, which is there.
            some = [] if whole and self.entry.key else self._first(task, known)
            error = worst(whole_pass_error(self.opened.changed, one) for one in some) if some else 0.0
            yield Cell(self.at, place, found, whole), sum(len(one.scored) for one in some), error

    def _scored(self, place: int, task: Task, setting: Setting, done: frozenset[int]) -> dict[int, Sample]:
        """What was missing; kept as soon as a batch is there."""
        size, new = len(self.made.tasks) * self.made.items, dict[int, Sample]()
        asked = Assembled(self.opened.base, task, HOW)
        for places in batches(task, self.made.items):
            missing = [at for at in places if task.items[at].id not in done]
            if not missing:
                continue
            batch = [of_choices(task, each) for each in scored(asked, self.opened.reader, missing)]
            new |= {int(each["doc_id"]): each for each in batch}
            self.kept.keep(setting, batch)
            read = self.at * size + place * self.made.items + len(done) + len(new)
            self.progress("Items", read, len(self.made.entries) * size)
        return new

    def _setting(self, task: Task) -> Setting:
        """All that the numbers depend on. Of another placement than float32 on the CPU, its mark."""
        row = self.entry
        name = row.model.name if row.model is not None else row.other or self.model.name
        stamp = f"{zoo.stamp_of(name)}{self.model.placement.mark}"
        return Setting(name, stamp, task, HOW, task.num_fewshot, row.changes)

    def _first(self, task: Task, known: dict[int, Sample]) -> list[Answered]:
        """The first items as they stand on the board; none where activations or the cache are changed, which whole
        passes of transformers are not."""
        if not isinstance(self.opened.reader, Shared):
            return []
        return [
            Answered(each, tuple(Scored((total,), greedy) for [[total, greedy]] in known[each.item.id]["resps"]))
            for each in Assembled(self.opened.base, task, HOW).items(CHECKED)
        ]


def _choices(item: Item, kept: Sample) -> Choices:
    """As they were scored."""
    totals = tuple(float(value) for [[value, _]] in kept["resps"])
    return Choices(item.choices, item.gold, totals, tuple(kept["tokens"]))
