"""Fine-grained experts, on two blocks of a few neurons: the same work in all four, and what breaks each check."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.experiments import shelf_course
from explorer.experiments.architectures import expert_granularity as trained
from explorer.figures.architectures import expert_granularity as figure
from explorer.figures.payload import pack
from explorer.figures.transformer import seed_differences
from explorer.panels.architectures import expert_granularity_views
from explorer.panels.architectures.expert_granularity import PANEL
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward

QUICK = {"steps": "6", "seeds": "2", "experts": "4", "cut": "2", "texts": "passages"}


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "D_MODEL", 16)
    monkeypatch.setattr(trained, "D_EXPERT", 8)
    monkeypatch.setattr(trained, "ROWS", 2)
    monkeypatch.setattr(shelf_course, "N_CTX", 32)
    monkeypatch.setattr(trained, "HELD", 1)


def made(**controls: str) -> list[Rendered[Any]]:
    return list(PANEL.rendering("training")(Scene(controls=QUICK | controls)))  # pyright: ignore[reportArgumentType]


def check(words: str) -> Check:
    [found] = [one for one in made(seeds="1")[-1].checks if words in one.statement]
    return found


@pytest.mark.thorough
def test_it_draws_as_it_trains() -> None:
    told: list[Any] = []
    steps = list(expert_granularity_views.training(Scene(controls=QUICK, progress=lambda *said: told.append(said))))
    for each in steps:
        pack(each.data)
    data = steps[-1].data
    assert [arm.name for arm in data.arms] == list(trained.ARMS)
    assert [[len(run.losses) for run in arm.runs] for arm in data.arms] == [[6, 6]] * 4
    assert [run.seed for run in data.arms[0].runs] == [0, 1]
    assert all(0 < arm.step.low <= arm.step.ms <= arm.step.high for arm in data.arms)
    assert all(one.holds for one in steps[-1].checks)
    assert [bool(each.checks) for each in steps] == [False] * (len(steps) - 1) + [True]
    assert len(steps[-1].checks) == 2
    assert data.arms[0].load is None
    assert data.arms[2].load.shape == (2, 8)
    assert torch.allclose(data.arms[3].load.sum(-1), torch.ones(2))
    assert told[-1][1:] == (48, 48)  # 6 steps of four arms, twice
    assert [one.name for one in data.differences] == ["dense", "fine", "shared"]
    assert [len(one.each) for one in data.differences] == [2] * 3
    assert not any(one.enough or one.clear for one in data.differences)  # of two seeds nothing is said
    coarse, fine = data.arms[1].runs, data.arms[2].runs
    assert data.differences[1].each == pytest.approx(
        [b.held[-1] - a.held[-1] for a, b in zip(coarse, fine, strict=True)]
    )
    assert not steps[0].data.differences


def test_sizes_by_hand() -> None:
    """4 experts 8 wide, 2 of them a byte; cut in two: 8 experts 4 wide, 4 a byte; with one shared 3 of 7 and it."""
    dense, coarse, fine, shared = made(seeds="1", steps="2")[-1].data.arms
    others = (
        2 * 256 * 16 + 2 * (4 * 16 * 16 + 2 * 16) + 16
    )  # two tables, attention and norms of two blocks, the last norm
    work = 2 * 3 * 16 * (2 * 8)  # two blocks, three matrices, 16 neurons a byte
    assert dense.parameters == dense.active == others + work
    assert (coarse.active, fine.active, shared.active) == tuple(others + work + 2 * 16 * n for n in (4, 8, 7))
    assert (coarse.parameters, fine.parameters) == tuple(others + 2 * work + 2 * 16 * n for n in (4, 8))
    assert shared.parameters == others + 2 * work + 2 * 16 * 7
    assert [(a.experts, a.k, a.shared, a.width) for a in (coarse, fine, shared)] == [
        (4, 2, 0, 8), (8, 4, 0, 4), (7, 3, 1, 4),
    ]  # fmt: skip
    assert (coarse.combinations, fine.combinations, shared.combinations) == (6, math.comb(8, 4), math.comb(7, 3))


def test_shared_and_routed_experts_one_by_one() -> None:
    """The layer against a loop over tokens and experts, in double precision."""
    layer = SparseFeedForward(d_model=5, d_expert=3, n_experts=4, k=2, n_shared=2).double()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(generator=generator)
    x = torch.randn(6, 5, generator=generator, dtype=torch.float64)

    def feed_forward(gate_in: torch.Tensor, out: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
        width = len(gate_in) // 2
        gate, up = gate_in[:width] @ row, gate_in[width:] @ row
        return out @ (gate / (1 + (-gate).exp()) * up)

    wanted = []
    for row in x:
        shares = (layer.router @ row).exp()
        chosen = shares.argsort(descending=True)[:2].tolist()
        routed = sum(shares[e] * feed_forward(layer.experts.gate_in[e], layer.experts.out[e], row) for e in chosen)
        assert layer.shared is not None
        shared = feed_forward(layer.shared.gate_in[0], layer.shared.out[0], row)
        wanted.append(shared + routed / shares[chosen].sum())
    with torch.no_grad():
        assert torch.allclose(layer(x), torch.stack(wanted), atol=1e-12)


def test_a_shared_expert_needs_routed_ones() -> None:
    with pytest.raises(BadRequestError, match="there are none"):
        DecoderConfig(1, 8, 2, 2, 4, 8, 10, 16, n_shared=1)
    config = DecoderConfig(1, 8, 2, 2, 4, 8, 10, 16, n_experts=4, k=2, n_shared=1)
    assert "blocks.0.mlp.shared.out" in Decoder(config).state_dict()


def asked_by(**controls: str) -> trained.Asked:
    return expert_granularity_views._asked(PANEL.scene_of(PANEL.view("training"), Scene(controls=controls)))


def test_as_it_opens_it_comes_to_a_verdict() -> None:
    assert asked_by().seeds >= seed_differences.ENOUGH


def test_odd_controls_are_kept_within_their_range() -> None:
    controls = {"experts": "999", "k": "-3", "cut": "3", "steps": "x", "seeds": "99", "texts": "<b>", "seed": "1e99"}
    asked = asked_by(**controls)
    assert (asked.n_experts, asked.k, asked.m, asked.steps, asked.seeds, asked.texts) == (8, 1, 2, 120, 8, "texts")
    assert all(config.k >= 1 for name, config in trained.configs(asked).items() if name != "dense")


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("expert_granularity.training", r"^All four have the same active parameters")
@pytest.mark.thorough
def test_experts_that_are_not_narrower(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = trained.configs

    def wide(asked: trained.Asked) -> dict[str, DecoderConfig]:
        found = plain(asked)
        return found | {"fine": replace(found["fine"], d_mlp=found["coarse"].d_mlp)}

    assert check("same active").holds
    monkeypatch.setattr(trained, "configs", wide)
    monkeypatch.setattr(figure, "configs", wide)
    assert not check("same active").holds


@pytest.mark.breaks("expert_granularity.training", r"^Shared and routed experts = HunYuan’s layer in transformers")
def test_a_shared_expert_that_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = SparseFeedForward.forward

    def without(self: SparseFeedForward, *given: Any, **more: Any) -> torch.Tensor:
        shared, self.shared = self.shared, None
        try:
            return plain(self, *given, **more)
        finally:
            self.shared = shared

    monkeypatch.setattr(SparseFeedForward, "forward", without)
    monkeypatch.setattr(trained, "PEAK", 0.1)  # so that what is forgotten is not small
    assert not check("HunYuan").holds
