"""Inside the adapter: the numbers by other ways, what is refused, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import inside_adapter as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.finetuning import spectrum
from explorer.stack.finetuning.lora import LoRA
from explorer.zoo.adapters import adapter

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
pytestmark = pytest.mark.usefixtures("on_the_shelf")


def test_one_matrix_is_what_numpy_says_of_it(view: View, small) -> None:
    made = view("inside_adapter.matrix", block=2, role="W_in")[-1]
    data = made.data
    assert all(each.holds for each in made.checks)
    assert (data.adapter, data.layer, data.r, data.scale) == ("one", "blocks.2.mlp.W_in", 3, 2.0)
    pair = adapter("one").on(small.decoder)["blocks.2.mlp.W_in"]  # pyright: ignore[reportIndexIssue]
    assert isinstance(pair, LoRA)
    delta = 2 * (pair.B @ pair.A).detach().double().numpy()
    W = small.decoder.blocks[2].mlp.W_in.weight.detach().double().numpy()
    u, s, _ = np.linalg.svd(delta)
    p = s[:3] / s[:3].sum()
    assert np.allclose(data.values, s[:3], rtol=1e-3)
    assert data.effective_rank == pytest.approx(np.exp(-(p * np.log(p)).sum()), rel=1e-3)
    base, after = (np.linalg.svd(each, full_matrices=False) for each in (W, W + delta))
    assert np.allclose(data.cosines, np.abs(u[:, :3].T @ base[0][:, :16]), atol=2e-3)
    assert np.allclose(data.nearest, np.abs(after[0][:, :16].T @ base[0]).max(1), atol=2e-3)
    assert np.allclose(data.tuned, after[1][:16], rtol=1e-3)
    assert data.pictures[0].norm == pytest.approx(np.linalg.norm(W), rel=1e-4)


def test_a_direction_that_the_matrix_lacks_is_an_intruder() -> None:
    W = torch.diag(torch.tensor([3.0, 2.0, 1.0, 0.0]))[:, :3]  # nothing along the fourth axis
    strange = LoRA(torch.tensor([[0.0, 0.0, 1.0]]), torch.tensor([[0.0], [0.0], [0.0], [9.0]]), 1.0)
    delta, _ = strange.delta(torch.nn.Linear(3, 4))
    assert delta is not None
    after = torch.linalg.svd(W + delta)[0]
    found = spectrum.nearest(after[:, :3], torch.linalg.svd(W, full_matrices=False)[0])
    assert [round(float(each), 3) for each in found] == [0.11, 1.0, 1.0]


def test_norms_by_block_and_matrix(view: View, small) -> None:
    made = view("inside_adapter.depth")[-1]
    assert made.checks[0].holds
    assert len(made.data.sizes) == 7 * small.decoder.config.n_layers
    assert all(1 <= each.effective_rank <= 3 and each.update > 0 for each in made.data.sizes)
    two = view("inside_adapter.depth", adapter="two")[-1].data
    assert {each.role for each in two.sizes} == {"W_Q", "W_V"}


def test_ranks_from_none_to_all(view: View) -> None:
    shown = view("inside_adapter.ranks", items=2)
    data = shown[-1].data
    assert shown[-1].checks[0].holds
    assert (data.task, data.r, [each.kept for each in data.first]) == ("json", 3, [(), (0,), (0, 1), (0, 1, 2)])
    assert [each.kept for each in data.without] == [(1, 2), (0, 2), (0, 1)]
    assert data.without[-1].losses == data.first[2].losses  # the last one out: the first two are left
    assert len({each.losses for each in data.first}) == 4


def test_heads_of_the_base_do_not_move(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    made = view("inside_adapter.heads")[-1]
    assert made.checks[0].holds
    assert made.data.moved.shape == (6, 4)
    assert made.data.moved.min() > 0
    monkeypatch.setattr(experiment, "adapted", lambda decoder, *_: decoder)
    assert view("inside_adapter.heads")[-1].data.moved.max() == 0


def test_what_is_not_there_is_refused_by_name(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    assert view("inside_adapter.depth", adapter="somebody")[-1].data.adapter == "one"  # not on this shelf
    with pytest.raises(NotApplicableError, match="leaves W_O of block 1 as it is"):
        view("inside_adapter.matrix", adapter="two", role="W_O", block=1)
    monkeypatch.setattr("explorer.experiments.finetuning.worn.committed", lambda base="*": {})
    with pytest.raises(NotApplicableError, match="no adapter of this model"):
        view("inside_adapter.depth")


@pytest.mark.breaks("inside_adapter.matrix", r"^Singular values from A’s and B’s own factors")
def test_a_scale_that_is_left_out(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = spectrum.directions
    monkeypatch.setattr(spectrum, "directions", lambda pair: real(LoRA(pair.A, pair.B, 1.0)))
    assert not check("inside_adapter.matrix", "Singular values").holds


@pytest.mark.breaks("inside_adapter.depth", r"^Norms of the updates from A and B alone")
def test_a_norm_of_the_parts(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "norm", lambda pair: float(pair.A.norm() * pair.B.norm() * pair.scale))
    assert not check("inside_adapter.depth", "Norms").holds


@pytest.mark.breaks("inside_adapter.ranks", r"^Loss with all directions kept")
def test_a_direction_that_is_lost(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = spectrum.only
    monkeypatch.setattr(spectrum, "only", lambda of, kept: real(of, kept[:-1]))
    assert not check("inside_adapter.ranks", "Loss with all", items=2).holds


@pytest.mark.breaks("inside_adapter.heads", r"^Changes of all heads of a block")
def test_an_output_matrix_without_its_update(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.weight_of
    monkeypatch.setattr(experiment, "_whole", lambda layer: real(getattr(layer, "layer", layer)))
    assert not check("inside_adapter.heads", "Changes of all heads").holds
