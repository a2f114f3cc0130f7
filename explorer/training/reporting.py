"""How far a training run is: a live bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from explorer.stack.pretraining.train import Progress as RunProgress
from explorer.training.recipe import Recipe

LINE_EVERY_S = 60.0


class TerminalReport:
    """Called after every step: the loss over the last steps, the speed, and each held-out evaluation as a line."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[loss]}"),
            TimeElapsedColumn(), TimeRemainingColumn(), console=self._console, disable=not self._console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task(recipe.name, total=recipe.optimiser.steps, loss="")
        self._mean: float | None = None
        self._line_at = self._began = time.monotonic()
        self._first: int | None = None
        self._evaluated: int | None = None

    def __enter__(self) -> TerminalReport:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def say(self, line: str) -> None:
        """A line of its own."""
        self._console.print(line, highlight=False)

    def __call__(self, progress: RunProgress) -> None:
        point = progress.curve[-1]
        if self._first is None:
            self._first, self._began, self._evaluated = point.step - 1, time.monotonic(), len(progress.evaluations)
        lm = point.losses["lm"]
        self._mean = lm if self._mean is None else 0.95 * self._mean + 0.05 * lm
        now = time.monotonic()
        per_second = (point.step - self._first) * self._recipe.tokens_per_step / max(now - self._began, 1)
        others = "".join(f"{name} {value:.2f}  " for name, value in point.losses.items() if name != "lm")
        loss = f"loss {self._mean:.3f}  {others}{per_second:,.0f} tokens/s"
        self._bar.update(self._task, completed=point.step, loss=loss)
        if not self._console.is_terminal and now - self._line_at > LINE_EVERY_S:
            self._line_at = now
            measures = "".join(f"  {name} {value:.3f}" for name, value in point.measures.items())
            self.say(f"step {point.step} of {self._recipe.optimiser.steps}  {loss}{measures}")
        if len(progress.evaluations) != self._evaluated:
            self._evaluated = len(progress.evaluations)
            last = progress.evaluations[-1]
            kinds = "  ".join(f"{kind} {loss:.3f}" for kind, loss in last.losses.items())
            scores = "".join(f"  {name} {score:.3f}" for name, score in last.scores.items())
            self.say(f"step {last.step}  held out {last.mean:.3f}  {kinds}{scores}")
