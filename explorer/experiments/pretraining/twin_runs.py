"""Two runs that differ in one thing, from the first step or forked at a later one, seed by seed and in turns.

Before a fork there is one run: it is trained once, and the other goes on from its state. Of one seed every tensor is
looked at on the way (`Watched`); of several seeds the held-out losses say what the one thing does and what chance does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.pretraining import filtering
from explorer.experiments.pretraining.live_run import LiveRun
from explorer.experiments.pretraining.run_texts import RunTexts
from explorer.experiments.pretraining.small_run import Change, SmallRun
from explorer.experiments.side_by_side import windows
from explorer.fetching.progress import Progress, silent
from explorer.stack.pretraining.not_finite import NotFiniteError
from explorer.stack.pretraining.quantile_bands import LEVELS, quantiles
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

FIRST, SECOND = ARMS = ("first", "second")
#: What of a tensor is looked at, and which tensors: a block's, then the model's own, by the names of their modules.
KINDS = ("weights", "gradients", "updates", "activations")
MATRICES: Mapping[str, str] = {
    "q": "attn.W_Q",
    "k": "attn.W_K",
    "v": "attn.W_V",
    "o": "attn.W_O",
    "gate": "mlp.W_gate",
    "in": "mlp.W_in",
    "out": "mlp.W_out",
    "gain": "ln1",
}
EMBEDDING = "embed"
#: Times that tensors are looked at, and that losses are measured, after the beginning.
LOOKS, MEASURED = 16, 8
#: Steps between two pictures.
NEWS = 8
#: Held-out windows whose activations are looked at.
READ = 2
#: Steps behind a fork that are trained again, by a run that begins at its first step.
AGAIN = 3


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Two runs described."""

    first: SmallRun
    what: str
    """The one thing: a field of `SmallRun`."""
    value: float | int | str
    fork: int = 0
    seeds: int = 1

    def pair(self, number: int) -> tuple[SmallRun, SmallRun]:
        """Both with one of the seeds. A seed that is the thing changed moves along.

        >>> one, two = Asked(first=SmallRun(), what="rate", value=0.01).pair(2)
        >>> (one.seed, two.seed, one.rate, two.rate)
        (2, 2, 0.001, 0.01)
        >>> one, two = Asked(first=SmallRun(), what="seed", value=50, fork=8).pair(2)
        >>> two.at(7).seed, two.at(8).seed
        (2, 52)
        """
        first = replace(self.first, seed=self.first.seed + number)
        value = int(self.value) + number if self.what == "seed" else self.value
        if not self.fork:
            return first, replace(first, **{self.what: value})  # pyright: ignore[reportArgumentType]
        return first, first.forked(Change(self.fork, self.what, value))


Key = tuple[str, str]
"""One of `KINDS`, and the name of a module."""


@dataclass(eq=False)
class Watched:
    """What was looked at of a run, time by time."""

    steps: list[int] = field(default_factory=list)
    """Steps taken, the one that was looked at included."""
    bands: dict[Key, list[Float[Tensor, " level"]]] = field(default_factory=dict)

    def add(self, kind: str, name: str, values: Tensor) -> None:
        self.bands.setdefault((kind, name), []).append(quantiles(values))


@dataclass(eq=False)
class Side:
    """One of two runs, as far as it has come."""

    run: LiveRun
    watched: Watched = field(default_factory=Watched)
    stopped: NotFiniteError | None = None
    """Why it does not go on."""

    @property
    def held(self) -> list[float]:
        return [each.mean for each in self.run.progress.evaluations]

    @property
    def steps_measured(self) -> list[int]:
        return [*self.run.steps_measured]

    @property
    def ended(self) -> bool:
        return self.stopped is not None or (self.run.done and self.steps_measured[-1:] == [self.run.progress.step])

    def go(self, look: bool) -> None:
        """One step, looked at or not; none where it has stopped."""
        if self.stopped or self.run.done:
            return
        try:
            if look:
                self._looked_at()
            else:
                self.run.step()
        except NotFiniteError as error:
            self.stopped = error

    def _looked_at(self) -> None:
        model, found = self.run.model, Watched()
        names = tensors(model)
        before = {name: model.get_parameter(f"{name}.weight").detach().clone() for name in names}

        def gradients() -> None:
            for name in names:
                gradient = model.get_parameter(f"{name}.weight").grad
                assert gradient is not None
                found.add("gradients", name, gradient)

        self.run.step(before=gradients)
        for name in names:
            weight = model.get_parameter(f"{name}.weight").detach()
            found.add("weights", name, weight)
            found.add("updates", name, weight - before[name])
        for name, values in activations(model, windows(self.run.texts.course(self.run.described))[:READ]).items():
            found.add("activations", name, values)
        self.watched.steps.append(self.run.progress.step)
        for key, each in found.bands.items():
            self.watched.bands.setdefault(key, []).extend(each)

    def forked(self, run: LiveRun) -> Side:
        """The other run, which goes on from this one's state."""
        run.load(deepcopy(self.run.state()))
        watched = Watched([*self.watched.steps], {key: [*each] for key, each in self.watched.bands.items()})
        return Side(run, watched, self.stopped)


@dataclass(eq=False)
class TwinRuns:
    """Both runs of every seed so far."""

    asked: Asked
    texts: RunTexts
    pairs: list[tuple[Side, Side]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return len(self.pairs) == self.asked.seeds and all(side.ended for pair in self.pairs for side in pair)


def tensors(model: Decoder) -> list[str]:
    """Modules whose weights are looked at."""
    return [EMBEDDING, *(f"blocks.{at}.{name}" for at in range(len(model.blocks)) for name in MATRICES.values())]


@torch.no_grad()
def activations(model: Decoder, rows: Tensor) -> dict[str, Tensor]:
    """What each of these modules puts out on those windows."""
    found: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[object, object, Tensor], None]:
        return lambda _module, _given, out: found.update({name: out})

    hooks = [model.get_submodule(name).register_forward_hook(keep(name)) for name in tensors(model)]
    try:
        model(rows[:, :-1])
    finally:
        for hook in hooks:
            hook.remove()
    return found


def beginning(asked: Asked, progress: Progress = silent) -> TwinRuns:
    """The first seed's two before their first step."""
    texts = RunTexts(asked.first, progress=progress)
    made = TwinRuns(asked, texts)
    made.pairs.append(_pair(made, 0))
    return made


def twin_runs(asked: Asked, progress: Progress = silent, watch: bool = False) -> Iterator[TwinRuns]:
    """Seed after seed, both in turns; yields at once and then whenever there is news."""
    made = beginning(asked, progress)
    steps = asked.first.steps
    look = {1, *(round(steps * each / LOOKS) for each in range(1, LOOKS + 1))} if watch else set[int]()
    when = {asked.fork, *(round(steps * each / MEASURED) for each in range(MEASURED + 1))}
    yield made
    for number in range(asked.seeds):
        if number:
            made.pairs.append(_pair(made, number))
        for at in range(steps + 1):
            if at == asked.fork and at:
                first, second = made.pairs[-1]
                made.pairs[-1] = (first, first.forked(second.run))
            sides = made.pairs[-1] if at >= asked.fork else made.pairs[-1][:1]
            measured = at in when and [_measured(side) for side in sides]
            if measured or at % NEWS == 1:
                yield made
            if at < steps:
                progress("Training steps", number * steps + at, asked.seeds * steps)
                for side in sides:
                    side.go(at + 1 in look)


def _measured(side: Side) -> None:
    if not side.stopped:
        side.run.measure()


def _pair(made: TwinRuns, number: int) -> tuple[Side, Side]:
    first, second = (
        Side(LiveRun(described, made.texts, name))
        for name, described in zip(ARMS, made.asked.pair(number), strict=True)
    )
    return first, second


# ---- held against others ---------------------------------------------------------------------------------------------


def again_error(made: TwinRuns) -> float:
    """The first seed's second run by itself from its first step to some steps behind the fork: the largest difference
    of a loss."""
    _, second = made.pairs[0]
    again = LiveRun(second.run.described, made.texts)
    steps = min(made.asked.fork + AGAIN, len(second.run.losses))
    for _ in range(steps):
        again.step()
    return worst([0.0, *(abs(a - b) for a, b in zip(again.losses, second.run.losses, strict=False))])


def numpy_error(made: TwinRuns) -> float:
    """The last weights' quantiles against numpy's, of every tensor of both runs: the largest difference, by the spread
    of that tensor. Of a run that has stopped its last look is older than its weights: left out."""
    import numpy as np

    found = [0.0]
    for side in made.pairs[0]:
        if side.watched.steps[-1:] != [side.run.progress.step]:
            continue
        for name in tensors(side.run.model):
            values = side.run.model.get_parameter(f"{name}.weight").detach().numpy().astype(np.float64)
            theirs = np.quantile(values, LEVELS)
            ours = side.watched.bands["weights", name][-1].numpy()
            spread = float(theirs[-1] - theirs[0]) or 1.0
            found.append(float(np.abs(ours - theirs).max()) / spread)
    return worst(found)


def library_error(made: TwinRuns) -> float:
    """The logits of the first seed's two, against those of transformers' Llama: the largest difference. The weights of
    a run that has stopped give no number."""
    rows = windows(made.texts.course(made.asked.first))[:READ, :-1]
    return worst([0.0, *(filtering.library_error(side.run.model, rows) for side in made.pairs[0] if not side.stopped)])
