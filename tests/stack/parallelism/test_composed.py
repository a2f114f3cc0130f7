"""Four axes at once on ranks that are threads: losses and gradients of one process, and what does not divide."""

from __future__ import annotations

from functools import partial
from itertools import chain

import pytest
import torch
from torch import Tensor

from explorer.stack.parallelism.composed import Composed, Layout, joined
from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.pipeline.schedules import gpipe, interleaved
from explorer.stack.parallelism.pipeline.zero_bubble import zb_h1
from explorer.stack.parallelism.thread_group import in_threads
from explorer.stack.transformer.config import DecoderConfig
from tests.stack.parallelism.composed_jobs import CONFIGS, alone, ranked, text
from tests.stack.parallelism.tiny import apart, by_unit, fresh
from tests.tiers import spread

ALL = Layout(pipe=2, data=2, expert=2, tensor=2)
CASES = [
    ("dense", Layout(pipe=2, data=2, tensor=2), {}),
    ("mixture", Layout(pipe=2, expert=2, tensor=2), {}),
    ("mixture", ALL, {}),
    ("mixture", Layout(pipe=2, expert=2, tensor=2), {"sequence": True}),
    ("dense", Layout(pipe=2, data=2, tensor=2), {"schedule": gpipe, "sequence": True}),
    ("untied", Layout(pipe=2, data=2, tensor=2), {"schedule": zb_h1}),
    ("deeper mixture", Layout(pipe=2, data=2, tensor=2), {"schedule": partial(interleaved, chunks=2)}),
]


@pytest.mark.parametrize(("name", "layout", "how"), spread(CASES, 3))
def test_composed_is_one_process(name: str, layout: Layout, how: dict) -> None:
    config = CONFIGS[name]
    loss, gradients = alone(config)
    made = in_threads(layout.ranks, lambda group: ranked(group, config, layout, how))
    assert [each["loss"] for each in made] == pytest.approx([loss] * layout.ranks, rel=1e-6)
    like: dict[str, Tensor] = dict(fresh(config).named_parameters())
    found = joined([each["gradients"] for each in made], config, layout, like)
    assert apart(by_unit(found), by_unit(gradients)) < 1e-6


def test_what_does_not_divide_is_refused_by_name() -> None:
    def refused(layout: Layout, config: DecoderConfig = CONFIGS["dense"], rows: int = 8, count: int = 2) -> str:
        def one(group: Group) -> str:
            with pytest.raises(ValueError, match=r"\w") as error:
                Composed.of(fresh(config), group, layout, count).step(text(rows))
            return str(error.value)

        return in_threads(layout.ranks, one)[0]

    assert refused(Layout(tensor=3)) == (
        "3 ranks cannot share its 4 query heads and its 2 key-value heads evenly. 1, 2 or 4 would fit."
    )
    assert refused(Layout(expert=2)) == "This decoder has no experts; a mixture such as Six Kinds MoE has."
    assert refused(Layout(pipe=4)) == "2 blocks do not fill 4 stages: up to 2 would fit."
    assert refused(Layout(data=3), rows=4) == (
        "4 rows do not make 2 even micro-batches of at least a row for each of 3 readers:"
        " a multiple of 2, from 6 on, would fit."
    )
    with pytest.raises(ValueError, match="data 2 are 2 ranks, and 1 are there"):
        in_threads(1, lambda group: Composed.of(fresh(), group, Layout(data=2)))


def test_every_rank_has_a_place() -> None:
    lines = {axis: ALL.along(axis) for axis in ("pipe", "data", "expert", "tensor")}
    assert all(sorted(chain(*each)) == list(range(16)) for each in lines.values())
    assert lines["tensor"][0] == [0, 1]
    assert lines["pipe"][0] == [0, 8]
    assert torch.tensor(ALL.along("data", "expert")).shape == (4, 4)
