"""Our forms of parallelism beside torch's DDP, ZeroRedundancyOptimizer, FSDP2 and DTensor, and sharded checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from explorer.experiments.systems.ranks import TRAINS, Message, Ranks
from explorer.stack.parallelism.slices import joined
from explorer.stack.parallelism.units import flat_views, units_of
from tests.experiments.systems.peer_jobs import EVEN
from tests.stack.parallelism.tiny import apart, fresh

TENSOR = "torch.distributed.tensor.parallel"
JOBS = "tests.experiments.systems.peer_jobs:"


@pytest.fixture(scope="module")
def group() -> Iterator[Ranks]:
    with Ranks(3, loads=(*TRAINS, "torch.distributed.checkpoint", "torch.distributed.fsdp", TENSOR)) as made:
        yield made


@pytest.mark.parametrize("peer", ["torch_ddp", "torch_zero", "fsdp2"])
@pytest.mark.parametrize("ranks", [2, 3])
def test_gradients_and_weights_are_torchs(group: Ranks, peer: str, ranks: int) -> None:
    theirs = group.run(JOBS + "peer", [{"peer": peer}] * ranks)[0]
    ours = group.run(JOBS + "ours", [{"stage": 0}] * ranks)[0]
    gradients = {}
    for unit in units_of(fresh()):
        views = flat_views(ours["gradients"][unit.name], unit)
        gradients |= {name: view for (name, _), (_, view) in zip(unit.parameters, views, strict=True)}
    assert apart(theirs["gradients"], gradients) < 1e-6
    assert max(float((theirs["weights"][name] - each).abs().max()) for name, each in ours["weights"].items()) < 2.1e-4


@pytest.mark.parametrize(("ranks", "sequence"), [(2, False), (2, True), (3, True)])
def test_tensor_parallelism_is_torchs_dtensor(group: Ranks, ranks: int, sequence: bool) -> None:
    given: Message = {"sequence": sequence}
    theirs = group.run(JOBS + "torch_tensor", [given] * ranks)[0]
    parts = group.run(JOBS + "own_tensor", [given] * ranks)
    like: dict[str, torch.Tensor] = dict(fresh(EVEN).named_parameters())
    ours = {what: joined([each[what] for each in parts], EVEN, like) for what in ("gradients", "weights")}
    assert apart(theirs["gradients"], ours["gradients"]) < 1e-6
    assert max(float((theirs["weights"][name] - each).abs().max()) for name, each in ours["weights"].items()) < 1e-6


@pytest.mark.parametrize(("stage", "ranks", "after"), [(1, 2, 3), (2, 3, 2), (3, 3, 1)])
def test_a_checkpoint_is_resumed_on_other_ranks(
    group: Ranks, tmp_path: Path, stage: int, ranks: int, after: int
) -> None:
    given: Message = {"stage": stage, "folder": str(tmp_path)}
    before = group.run(JOBS + "saved", [given] * ranks)[0]
    again = group.run(JOBS + "resumed", [given] * after)[0]
    assert again["loss"] == pytest.approx(before["loss"], rel=1e-6)
    assert apart(again["weights"], before["weights"]) < 1e-5
    assert torch.equal(again["weights"]["embed.weight"].isfinite().all(), torch.tensor(True))
    next(tmp_path.glob("*.distcp")).unlink()
    told = group.run(JOBS + "resumed", [given] * after)
    assert any("cannot be read" in each.get("error", "") for each in told)
    assert "Every rank's file must lie there" in str(told)
