"""Mamba in `bench beyond`: one layer, forward and backward; one token with a state; ours and transformers'.

Both have the same weights, float32. transformers' is its path without kernels for a GPU, as it falls back to on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from explorer.bench import Report
from explorer.experiments.timing import Ratio, compare, interleaved
from explorer.stack.frontier.state_spaces.config import StateSpaceConfig
from explorer.stack.frontier.state_spaces.mamba import MambaMixer, OneToken
from explorer.zoo.quiet import quiet

if TYPE_CHECKING:
    from transformers import MambaConfig

#: How many times as fast ours is to be.
GOAL = 1.5
WIDTH, ROWS, LENGTH, ROUNDS = 192, 4, 256, 9
#: One-token steps of a measurement.
TOKENS = 50


def add(report: Report) -> None:
    """Times of both, how far their numbers lie apart, and the targets."""
    config = StateSpaceConfig(WIDTH, 8, ("mamba",))
    ours = MambaMixer(config)
    ours.initialise(torch.Generator().manual_seed(0))
    with quiet():
        theirs = _theirs(config, ours)
        u = torch.randn(ROWS, LENGTH, WIDTH, generator=torch.Generator().manual_seed(1))
        gap = (ours(u) - theirs(u)).abs().max() / theirs(u).abs().max()
        report.add("Mamba layer, largest relative difference", "explorer", float(gap.detach()), "relative")
        _timed(
            report,
            f"training step of a layer, {ROWS} x {LENGTH} tokens, width {WIDTH}",
            {"explorer": lambda: _train(ours, u), "transformers": lambda: _train(theirs, u)},
        )
        _timed(
            report,
            f"{TOKENS} one-token steps of a layer, width {WIDTH}",
            {"explorer": _stepping(OneToken(ours), u), "transformers": _their_stepping(config, theirs, u)},
        )


def _theirs(config: StateSpaceConfig, ours: MambaMixer) -> nn.Module:
    from transformers.models.mamba.modeling_mamba import MambaMixer as Theirs

    made = Theirs(_settings(config), 0)
    state = ours.state_dict()
    made.load_state_dict(state | {"A_log": state["A_log"].view(-1, config.d_state)})
    return made


def _settings(config: StateSpaceConfig) -> MambaConfig:
    from transformers import MambaConfig

    return MambaConfig(hidden_size=WIDTH, state_size=config.d_state, num_hidden_layers=1, time_step_rank=config.rank)


def _train(layer: nn.Module, u: Tensor) -> None:
    """Forward and backward, as within a step of a training."""
    layer.zero_grad(set_to_none=True)
    given = u.detach().requires_grad_()
    layer(given).square().mean().backward()


def _stepping(step: OneToken, u: Tensor) -> Callable[[], None]:
    @torch.inference_mode()
    def act() -> None:
        for at in range(TOKENS):
            step(u[:1, at])

    return act


def _their_stepping(config: StateSpaceConfig, layer: nn.Module, u: Tensor) -> Callable[[], None]:
    """With transformers' own cache, which the first tokens fill."""
    from transformers import DynamicCache

    cache = DynamicCache(config=_settings(config))
    with torch.inference_mode():
        layer(u[:1, :8], cache_params=cache)

    @torch.inference_mode()
    def act() -> None:
        for at in range(TOKENS):
            layer(u[:1, at : at + 1], cache_params=cache)

    return act


def _timed(report: Report, case: str, subjects: dict[str, Callable[[], object]]) -> None:
    """Median and quartiles of each, in turns, and how many times as long the peer takes."""
    *_, seconds = interleaved(subjects, ROUNDS)
    for name, taken in seconds.items():
        low, median, high = np.quantile(taken, [0.25, 0.5, 0.75]) * 1e3
        report.add(case, name, median, "ms")
        report.add(f"{case}, lower quartile", name, low, "ms")
        report.add(f"{case}, upper quartile", name, high, "ms")
    ratio: Ratio = compare(seconds["explorer"], seconds["transformers"])
    report.add(f"{case}, of ours, lower quartile", "transformers", ratio.low, "times")
    report.judge(f"{case}, at least {GOAL} times as fast", ratio.median, "times", ratio.median >= GOAL)
