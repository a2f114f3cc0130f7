"""What shares are measured over: by hand, against autograd, and what must not count."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.transformer.references import NAMED, Over
from explorer.tracing.capturing.capture import capture
from explorer.tracing.derived.attribution import attribute
from explorer.tracing.derived.baseline import explained, weights
from explorer.tracing.key import TraceKey
from explorer.tracing.trace import Trace
from explorer.zoo.model import Model

TEXT = "When Mary and John went to the store, John gave a drink to"


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return capture(model, TraceKey(model=model.name, text=TEXT))


def ends(trace: Trace) -> tuple[int, int, int]:
    """The last position, the likeliest token there and the next one."""
    pos = len(trace) - 1
    target, rival = trace.logits[pos].topk(2).indices.tolist()
    return pos, target, rival


@pytest.mark.parametrize("over", [*NAMED, "rival"])
def test_parts_add_up_to_the_lead_of_a_plain_pass(model: Model, trace: Trace, over: Over | str) -> None:
    pos, target, rival = ends(trace)
    with torch.no_grad():
        plain = model.hf(trace.ids[None]).logits[0, pos].double()
    rest = plain.clone()
    rest[target] = -torch.inf
    lead = {
        "raw": plain[target],
        "mean": plain[target] - plain.mean(),
        "others": plain[target] - rest.softmax(-1) @ plain,
        "rival": plain[target] - plain[rival],
    }[str(over)]
    found = trace.attribution(pos, target, rival if over == "rival" else over)  # pyright: ignore[reportArgumentType]
    assert found.total == pytest.approx(float(lead), abs=1e-3)
    assert found.lead == pytest.approx(float(lead), abs=1e-3)
    assert found.error < 1e-4
    assert found.heads_error < 1e-3


def test_over_the_others_the_direction_is_the_gradient_of_the_log_odds(model: Model, trace: Trace) -> None:
    """Torch's own derivative, through the model's own unembedding, with the final norm's divisor held fixed."""
    pos, target, _ = ends(trace)
    found = trace.attribution(pos, target, "others")
    stream = trace.resid_post[-1, pos].double().requires_grad_()
    weight, rows = model.hf.model.norm.weight.double(), model.hf.lm_head.weight.double()
    log_p = (rows @ (stream * weight / found.scale)).log_softmax(-1)[target]
    (log_p - torch.log1p(-log_p.exp())).backward()
    assert stream.grad is not None
    torch.testing.assert_close(found.direction, stream.grad, atol=1e-6, rtol=1e-4)


def test_what_raises_every_logit_alike_has_no_share(trace: Trace) -> None:
    """Block 28's MLP adds 2.0 to the raw logit of “ Mary”, and more than that to the average token."""
    pos, target, _ = ends(trace)
    raw, mean = (float(trace.attribution(pos, target, over).mlp[28]) for over in ("raw", "mean"))
    assert raw > 1.9
    assert mean < -1.4


def test_over_a_rival_shares_are_the_difference_of_two_raw_ones(trace: Trace) -> None:
    pos, target, rival = ends(trace)
    one, other = (trace.attribution(pos, token, "raw") for token in (target, rival))
    found = trace.attribution(pos, target, rival)
    torch.testing.assert_close(found.heads, one.heads - other.heads, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.mlp, one.mlp - other.mlp, atol=1e-4, rtol=1e-4)
    assert found.lead == pytest.approx(one.logit - other.logit, abs=1e-5)


LOGITS = st.lists(st.floats(-20, 20), min_size=3, max_size=8)


@given(LOGITS, st.floats(-50, 50), st.sampled_from(["others", "mean", 1]))
def test_one_number_on_all_logits_explains_nothing(logits: list[float], more: float, over: Over) -> None:
    one = torch.tensor(logits, dtype=torch.float64)
    assert float(explained(one + more, 0, over)) == pytest.approx(float(explained(one, 0, over)), abs=1e-9)


@given(LOGITS, st.sampled_from(["others", "mean", 1]))
def test_weights_are_a_mixture_without_the_token_among_the_others(logits: list[float], over: Over) -> None:
    found = weights(torch.tensor([logits]), [0], over)
    assert found is not None
    mixture = found[0]
    assert float(mixture.sum()) == pytest.approx(1)
    assert bool((mixture >= 0).all())
    assert over != "others" or float(mixture[0]) == 0


def test_the_log_odds_of_a_certain_token_are_finite() -> None:
    logits = torch.tensor([60.0, 0.0, 0.0])
    assert float(explained(logits, 0, "others")) == pytest.approx(60 - 0.6931472, abs=1e-6)  # p rounds to 1


def test_a_mixture_of_rows_is_their_sum_in_float64_and_a_rival_is_its_own_row(
    model: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pos, target, rival = ends(trace)
    readout = trace.readout
    mixture = weights(trace.logits[[pos, 0]], [target, rival], "others")
    assert mixture is not None
    torch.testing.assert_close(readout.mixed(mixture), mixture @ readout.W_U.double(), atol=1e-6, rtol=1e-5)
    few = replace(readout, W_U=readout.W_U[:1500], b_U=None)  # no whole number of parts
    torch.testing.assert_close(few.mixed(mixture[:, :1500]), mixture[:, :1500] @ few.W_U.double(), atol=1e-6, rtol=1e-5)
    one = weights(trace.logits[[pos]], [target], rival)
    assert one is not None
    assert torch.equal(readout.mixed(one)[0], readout.W_U[rival].double())
    monkeypatch.setattr(type(readout), "mixed", lambda *_: pytest.fail("a rival alone needs one row of W_U"))
    assert attribute(trace, [pos], [target], rival)[0].error < 1e-3
