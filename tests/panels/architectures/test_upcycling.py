"""The upcycling panel on a tiny dense model: it draws as it trains, and its checks fail when they should."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.experiments import shelf_course
from explorer.experiments.architectures import upcycling as trained
from explorer.figures.payload import pack
from explorer.panels.architectures import upcycling_views
from explorer.panels.architectures.upcycling import PANEL
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.architectures import upcycling as mechanism
from explorer.stack.transformer import sparse_feed_forward
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.router import Routing

TINY = DecoderConfig(
    n_layers=2, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=24, d_vocab=6144, n_ctx=64, tied=True
)
QUICK = {"steps": "6", "experts": "4", "texts": "passages"}


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> Decoder:
    """The shelf's vocabulary, and a decoder of a few thousand weights with its own opinion of every token."""
    vocabulary = zoo.load(shelf_course.DENSE).vocabulary
    decoder = Decoder(TINY).initialise(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in decoder.parameters():
            if parameter.dim() > 1:
                parameter.mul_(8)
    decoder.eval().requires_grad_(False)
    stand_in = SimpleNamespace(vocabulary=vocabulary, decoder=decoder)
    monkeypatch.setattr(trained.zoo, "load", lambda *_: stand_in)
    monkeypatch.setattr(shelf_course, "N_CTX", 32)
    return decoder


def made(**controls: str) -> list[Rendered]:
    return list(PANEL.rendering("training")(Scene(controls=QUICK | controls)))  # pyright: ignore[reportArgumentType]


def check(words: str) -> Check:
    [found] = [one for one in made()[-1].checks if words in one.statement]
    return found


def test_it_draws_as_it_trains(tiny: Decoder) -> None:
    before = {name: value.clone() for name, value in tiny.state_dict().items()}
    told: list[Any] = []
    scene = Scene(controls=QUICK, progress=lambda *said: told.append(said))
    steps = list(upcycling_views.training(scene))
    for each in steps:
        pack(each.data)
    dense, upcycled, fresh = steps[-1].data.arms
    assert [len(arm.losses) for arm in steps[-1].data.arms] == [6, 6, 6]
    assert len(steps[0].data.arms[0].losses) == 0
    assert steps[0].data.arms[0].step is None
    assert all(0 < arm.step.low <= arm.step.ms <= arm.step.high for arm in steps[-1].data.arms)
    assert all(one.holds for one in steps[-1].checks)
    assert [bool(each.checks) for each in steps] == [False] * (len(steps) - 1) + [True]
    assert len(steps[-1].checks) == 2
    assert dense.losses[0] == pytest.approx(upcycled.losses[0], abs=1e-4)  # the same windows, the same function
    assert dense.losses[0] != pytest.approx(fresh.losses[0], abs=1e-2)
    at_first = steps[0].data.before
    assert dense.held[0] == pytest.approx(at_first)
    assert steps[0].data.fitted is None
    assert steps[-1].data.fitted_steps == 6
    assert steps[-1].data.text_tokens > 1000
    assert upcycled.apart[0] == 0
    assert upcycled.apart[-1] > 0
    assert dense.load is None
    assert upcycled.load.sum(-1) == pytest.approx(1)
    assert told[-1][1] <= told[-1][2]
    assert all(torch.equal(before[name], value) for name, value in tiny.state_dict().items())  # the shelf's own


def test_how_much_better_the_text_is_fitted_than_at_the_start(tiny: Decoder) -> None:
    """Before the first step nothing is; then it is the batch's loss less that of the model that nobody trained."""
    *_, last = trained.upcycling(trained.Asked(steps=3, texts="passages"))
    dense, *others = last.arms
    assert dense.fitted[0] == pytest.approx(0, abs=1e-6)
    assert dense.fitted[1] != 0
    assert dense.start is tiny
    assert not any(arm.fitted for arm in others)


@pytest.mark.thorough
def test_active_parameters_are_counted_by_hand() -> None:
    dense, upcycled, _ = made()[-1].data.arms
    feed_forward = 2 * 3 * 16 * 24  # two blocks, three matrices
    router = 2 * 4 * 16
    assert upcycled.parameters == dense.parameters + 3 * feed_forward + router
    assert upcycled.active == dense.parameters + feed_forward + router


def test_weights_that_are_not_renormalised_write_less(tiny: Decoder) -> None:
    """By hand: an even router of four experts gives two of them a quarter each, which is half of what was written."""
    mixture = mechanism.upcycled(tiny, 4, 2)
    x = torch.randn(3, 16, generator=torch.Generator().manual_seed(0))
    mlp = trained._sparse(mixture.blocks[0])
    with torch.no_grad():
        mlp.router.zero_()
        whole = mlp(x)
        with trained.not_renormalised(mixture):
            half = mlp(x)
        assert torch.allclose(half, whole / 2, atol=1e-6)
        assert torch.equal(mlp(x), whole)


def test_odd_controls_are_kept_within_their_range() -> None:
    controls = {"experts": "999", "k": "-3", "steps": "x", "texts": "<b>", "seed": "1e99"}
    asked = upcycling_views._asked(PANEL.scene_of(PANEL.view("training"), Scene(controls=controls)))
    assert (asked.n_experts, asked.k, asked.steps, asked.texts) == (8, 1, 40, "texts")


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("upcycling.training", r"^At the change the mixture’s logits are the dense model’s")
@pytest.mark.thorough
def test_copies_that_are_not_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = mechanism.upcycle
    monkeypatch.setattr(mechanism, "upcycle", lambda gate_in, out, n: plain(gate_in, out, n, jitter=0.1))
    assert not check("At the change").holds


@pytest.mark.breaks("upcycling.training", r"^The trained mixture in transformers’ Mixtral: the same logits")
@pytest.mark.thorough
def test_a_router_whose_weights_do_not_sum_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = sparse_feed_forward.softmax_top_k

    def shrunk(logits: torch.Tensor, k: int) -> Routing:
        routing = plain(logits, k)
        return replace(routing, weights=routing.weights * 0.5)

    monkeypatch.setattr(sparse_feed_forward, "softmax_top_k", shrunk)
    assert not check("Mixtral").holds
