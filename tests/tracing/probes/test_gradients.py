"""The gradient with respect to a head's output, against the project's own decoder differentiated by autograd."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from explorer.tracing import TraceKey, capture
from explorer.tracing.changes.interventions import parse_intervention
from explorer.tracing.probes.gradients import Objective, head_gradient
from explorer.zoo.model import Model


@pytest.fixture(scope="module")
def small() -> Model:
    from explorer import zoo

    return zoo.load("six-kinds-dense")


def by_decoder(
    model: Model, ids: torch.Tensor, layer: int, objective: Objective, pos: int, target: int
) -> torch.Tensor:
    """[pos head d_head], with every head's output a variable."""
    held: dict[str, torch.Tensor] = {}

    def hook(z: torch.Tensor, hook: Any = None) -> torch.Tensor:
        held["z"] = z.detach().requires_grad_()
        return held["z"]

    with torch.enable_grad(), model.decoder.hooks([(f"blocks.{layer}.attn.hook_z", hook)]):
        logits = model.decoder(ids[None])[0]
        value = logits[pos, target] if objective == "logit" else F.cross_entropy(logits[:-1], ids[1:])
        (found,) = torch.autograd.grad(value, held["z"])
    return found[0]


@pytest.mark.parametrize("objective", ["logit", "loss"])
@pytest.mark.parametrize(("layer", "head"), [(0, 1), (3, 2), (5, 3)])
def test_it_is_the_own_decoders(small: Model, layer: int, head: int, objective: Objective) -> None:
    trace = capture(small, TraceKey(small.name, "One two three four five six"))
    made = head_gradient(small, trace, layer, head, objective, 4, 17)
    wanted = by_decoder(small, trace.ids, layer, objective, 4, 17)
    wanted = wanted[:, head] if wanted.ndim == 3 else wanted.unflatten(-1, (trace.dims.n_heads, -1))[:, head]
    assert (made.d_z - wanted).abs().max() < 1e-4 * wanted.abs().max()
    assert made.error < 1e-2
    if objective == "logit":
        assert made.value == pytest.approx(float(trace.logits[4, 17]), abs=1e-4)
        assert not made.d_z[5:].any()  # later positions are not seen by it


def test_interventions_stay_on(small: Model) -> None:
    key = TraceKey(small.name, "One two three four five six", interventions=(parse_intervention("mlp:3:zero"),))
    changed, plain = capture(small, key), capture(small, TraceKey(small.name, key.text))
    made = head_gradient(small, changed, 1, 0, "logit", 4, 17)
    assert made.value == pytest.approx(float(changed.logits[4, 17]), abs=1e-4)
    assert made.value != pytest.approx(float(plain.logits[4, 17]), abs=1e-2)
    assert made.error < 1e-2


def test_the_last_blocks_is_the_direct_one(small: Model) -> None:
    """Only the last position's output is read, through W_O, the final norm and the unembedding."""
    trace = capture(small, TraceKey(small.name, "One two three"))
    pos = len(trace) - 1
    made = head_gradient(small, trace, trace.dims.n_layers - 1, 0, "logit", pos, 3)
    assert not made.d_z[:pos].any()
    assert made.d_z[pos].any()
