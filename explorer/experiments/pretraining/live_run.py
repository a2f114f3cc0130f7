"""A small run as it trains: step by step, measured, kept, gone on from, with its changes made at their steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.experiments.pretraining.run_texts import RunTexts
from explorer.experiments.pretraining.small_run import SmallRun
from explorer.stack.pretraining.train import Evaluation, Point, Progress, Run
from explorer.stack.transformer.decoder import Decoder

ARM = "run"


class LiveRun:
    """One run as far as it has come; `experiments.checkpoints.Training` of a page's trainings."""

    def __init__(self, described: SmallRun, texts: RunTexts, name: str = ARM) -> None:
        """At its first step. Raises BadRequestError and NotApplicableError for what cannot be trained."""
        self.described, self.texts, self.name = described, texts, name
        self._now = described.at(0)
        config = described.shape.config(texts.d_vocab)
        self.model = Decoder(config).initialise(torch.Generator().manual_seed(described.seed)).train()
        self.run: Run[Tensor] = Run(self.model, texts.course(self._now), self._now.settings())

    # ---- what it has found

    @property
    def progress(self) -> Progress:
        """Where it stands: the curve and the evaluations."""
        return self.run.progress

    @property
    def done(self) -> bool:
        return self.progress.step >= self.described.steps

    @property
    def losses(self) -> Sequence[float]:
        """Of each step's batch, before the step; nats a token."""
        return [each.losses["lm"] for each in self.progress.curve]

    @property
    def steps_measured(self) -> Sequence[int]:
        return [each.step for each in self.progress.evaluations]

    @property
    def parameters(self) -> int:
        return sum(each.numel() for each in self.model.parameters())

    # ---- going on

    @property
    def course(self) -> LiveRun:
        """What it reads: its own windows, which a change may change."""
        return self

    @property
    def n_ctx(self) -> int:
        return self.described.context

    def batch(self, step: int) -> Int[Tensor, "row pos"]:
        """The windows of that step."""
        return self.texts.course(self.described.at(step)).batch(step)

    def step(self, batch: Int[Tensor, "row pos"] | None = None, before: Callable[[], None] = lambda: None) -> Point:
        """One step, the changes of that step made first. `before` sees the model with the clipped gradients in place.

        Raises NotFiniteError: then the weights are the last good ones.
        """
        self._become(self.progress.step)
        return self.run.step(batch, before)

    def _become(self, step: int) -> None:
        wanted = self.described.at(step)
        if wanted != self._now:
            self.run.become(self.texts.course(wanted), wanted.settings())
            self._now = wanted

    def measure(self) -> Evaluation:
        """The held-out loss now; measured once at a step."""
        if self.steps_measured[-1:] == [self.progress.step]:
            return self.progress.evaluations[-1]
        return self.run.evaluate()

    # ---- kept and gone on from

    def state(self) -> dict[str, object]:
        """All that it goes on from."""
        return self.run.state()

    def load(self, state: Mapping[str, object]) -> None:
        """Go on from the state of a run that is the same up to there (`SmallRun.until`)."""
        stored = state["progress"]
        assert isinstance(stored, Mapping)
        before = self.described.at(max(int(stored["step"]) - 1, 0))
        self.run = Run(self.model, self.texts.course(before), before.settings())
        self._now = before
        self.run.load(state)
