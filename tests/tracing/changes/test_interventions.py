"""Interventions: their text form, what they do to the run, with and without the cache, alone and together."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BadRequestError, NotFiniteError
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing import (
    AblateHead,
    AblateMLP,
    AddToken,
    Intervention,
    PatchPosition,
    ScaleResidual,
    Trace,
    TraceKey,
    capture,
    compare,
    parse_intervention,
)
from explorer.tracing.capturing.sources import Place, Sources
from explorer.tracing.key import MAX_INTERVENTIONS
from explorer.zoo import Model
from tests.tracing.conftest import PROMPT, reference

GREEDY = Sampler(temperature=0)
layers, numbers = st.integers(0, 99), st.floats(-1e6, 1e6)
places = st.none() | st.integers(0, 999)
modes = st.sampled_from(["zero", "mean"])
any_intervention = st.one_of(
    st.builds(AblateHead, layers, layers, modes),
    st.builds(AblateMLP, layers, modes),
    st.builds(ScaleResidual, layers, places, numbers),
    st.builds(AddToken, layers, places, layers, numbers),
    st.builds(PatchPosition, layers, layers, st.text(st.characters(exclude_categories=["Cs"])), layers),
)


@given(any_intervention)
def test_text_form_gives_it_back(intervention: Intervention) -> None:
    assert parse_intervention(intervention.text) == intervention
    assert intervention.label


@pytest.mark.parametrize(
    "text", ["", "ablate", "ablate:1", "ablate:1.2:max", "mlp:x", "scale:1:2", "add:1:2:3:y", "ablate:-1.0", "cut:1"]
)
def test_bad_text(text: str) -> None:
    with pytest.raises(BadRequestError):
        parse_intervention(text)


@pytest.mark.parametrize(
    "text",
    [
        "ablate:30.0",
        "ablate:0.9",
        "mlp:30",
        "scale:0:99:1",
        "add:0:0:99999999:1",
        "scale:0:0:nan",
        "patch:0:0:50:Hi",
        "patch:0:99:0:Hi",
    ],
)
def test_out_of_range(model: Model, text: str) -> None:
    with pytest.raises(BadRequestError):
        capture(model, TraceKey(model.name, "Hi", interventions=(parse_intervention(text),)))


def run(model: Model, *interventions: Intervention, new: int = 0, forced: tuple[tuple[int, int], ...] = ()) -> Trace:
    return capture(model, TraceKey(model.name, PROMPT, False, new, GREEDY, 0, forced, interventions))


@pytest.mark.thorough
def test_without_interventions_nothing_changes(model: Model, greedy: Trace) -> None:
    again = run(model, new=6)
    for name in ("logits", "pattern", "resid_post", "z"):
        assert torch.equal(getattr(again, name), getattr(greedy, name))


def test_ablated_head(model: Model, plain: Any) -> None:
    trace = run(model, AblateHead(18, 6), new=2)
    expected = reference(plain, trace.ids, zero=(18, 6))
    assert float((trace.logits - expected.logits).abs().max()) < 1e-3
    assert float(trace.z[18, :, 6].abs().max()) == 0
    assert float(trace.attribution(5, 11).heads[18, 6]) == 0


def test_mean_is_the_prompts_mean(model: Model, greedy: Trace) -> None:
    trace = run(model, AblateHead(3, 2, "mean"), AblateMLP(5, "mean"), new=3)
    mean = greedy.z[3, : greedy.n_prompt, 2].mean(0)
    assert torch.allclose(trace.z[3, :, 2], mean.expand(len(trace), -1), atol=1e-5)
    written = trace.mlp_out[5]
    assert float((written - written[0]).abs().max()) < 1e-3 * float(trace.resid_post[5].abs().max())
    found = trace.attribution(10, 17)
    assert found.error < 1e-4
    assert found.neurons(5).total == pytest.approx(float(found.mlp[5]), abs=1e-3)


def test_ablated_mlp(model: Model) -> None:
    trace = run(model, AblateMLP(7))
    assert float(trace.mlp_out[7].abs().max()) == 0
    assert trace.attribution(3, 17).neurons(7).total == 0


def test_scaled_stream(model: Model, greedy: Trace) -> None:
    trace = run(model, ScaleResidual(10, 3, 0.5))
    n = greedy.n_prompt
    assert torch.allclose(trace.resid_post[10, 3], greedy.resid_post[10, 3] * 0.5, atol=1e-4)
    assert torch.allclose(trace.resid_post[10, :3], greedy.resid_post[10, :3], atol=1e-3)
    assert torch.allclose(trace.mlp_out[10], greedy.mlp_out[10, :n], atol=1e-3)  # the edit is not the MLP's
    found = trace.attribution(3, 17)
    assert found.error < 1e-4
    assert abs(float(found.edits[10])) > 0


def test_everything_scaled_by_one_changes_nothing(model: Model, greedy: Trace) -> None:
    assert torch.equal(run(model, ScaleResidual(4, None, 1.0), new=6).logits, greedy.logits)


def test_added_token_raises_its_logit(model: Model, greedy: Trace) -> None:
    at, token = greedy.n_prompt - 1, 288
    trace = run(model, AddToken(28, at, token, 400.0))
    difference = compare(greedy, trace, at)
    assert difference is not None
    assert difference.logit_change(token) > 1
    added = trace.resid_post[28, at] - greedy.resid_post[28, at]
    unit = model.hf.get_output_embeddings().weight[token]  # pyright: ignore
    assert torch.allclose(added, 400 * unit / unit.norm(), atol=1e-2)


def test_patch_from_the_same_text_changes_nothing(model: Model, greedy: Trace) -> None:
    trace = run(model, PatchPosition(12, 9, PROMPT, 9), new=2)
    assert float((trace.logits - greedy.logits[: len(trace)]).abs().max()) < 1e-3


def test_patch_takes_the_other_runs_stream(model: Model) -> None:
    other = PROMPT.replace("Mary", "Anna")
    source = capture(model, TraceKey(model.name, other))
    trace = run(model, PatchPosition(12, 1, other, 1))
    assert torch.allclose(trace.resid_post[12, 1], source.resid_post[12, 1], atol=1e-3)


def test_on_a_generated_position(model: Model, greedy: Trace) -> None:
    """An edit at a position that only a cached step computes; equal to the same run read in one go."""
    at = greedy.n_prompt + 1
    edits = (ScaleResidual(6, at, 0.0), AblateHead(20, 3), AblateMLP(2))
    forced = tuple((i, int(t)) for i, t in enumerate(greedy.ids[greedy.n_prompt :]))
    cached = run(model, *edits, new=6, forced=forced)
    assert float(cached.resid_post[6, at].abs().max()) == 0
    text = b"".join(t.bytes for t in greedy.tokens).decode()
    whole = capture(model, TraceKey(model.name, text, interventions=edits))
    if torch.equal(whole.ids, cached.ids):
        assert float((whole.logits - cached.logits).abs().max()) < 1e-3


class TestCompare:
    def test_difference(self, model: Model, greedy: Trace) -> None:
        at = greedy.n_prompt - 1
        changed = run(model, AblateHead(1, 5))
        found = compare(greedy, changed, at)
        assert found is not None
        p, q = greedy.logits[at].double().softmax(-1), changed.logits[at].double().softmax(-1)
        assert found.kl == pytest.approx(float((p * (p / q).log()).sum()), rel=1e-6)
        token = int(p.argmax())
        assert found.probability(token) == pytest.approx((float(p[token]), float(q[token])))
        assert found.rank(token)[0] == 1

    def test_other_tokens_cannot_be_compared(self, model: Model, greedy: Trace) -> None:
        other = capture(model, TraceKey(model.name, "When Anna and John"))
        assert compare(greedy, other, 0) is not None
        assert compare(greedy, other, 1) is None
        assert compare(greedy, other, 99) is None


@pytest.fixture
def forwards(model: Model, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tokens each forward of the bridge was given, in order."""
    lengths: list[int] = []
    bridge: Any = model.bridge
    plain = bridge.forward

    def counted(ids: Any, *args: Any, **how: Any) -> Any:
        lengths.append(ids.shape[1])
        return plain(ids, *args, **how)

    monkeypatch.setattr(model.bridge, "forward", counted)
    return lengths


def test_a_text_is_run_once_for_all_that_is_patched_from_it(model: Model, forwards: list[int]) -> None:
    texts = ["The capital of Spain", "The capital of Italy is"]
    patches = [PatchPosition(layer, 2, text, at) for layer in range(4) for at in (1, 3) for text in texts]
    first = run(model, *patches)
    assert len(forwards) == len(texts) + 1
    again = run(model, *patches, ScaleResidual(5, 0, 1.0))
    assert len(forwards) == len(texts) + 2, "what was read before was read again"
    assert torch.equal(first.logits, again.logits)
    run(model, PatchPosition(9, 2, texts[0], 0))
    assert len(forwards) == len(texts) + 4  # another vector of the same text takes its forward, and the run its own


def test_each_patch_takes_its_own_vector(model: Model) -> None:
    text = "The capital of Norway is"
    other = capture(model, TraceKey(model.name, text))
    trace = run(model, PatchPosition(3, 5, text, 2), PatchPosition(3, 6, text, 4), PatchPosition(8, 2, text, 1))
    for layer, at, source in ((3, 5, 2), (3, 6, 4), (8, 2, 1)):
        assert torch.allclose(trace.resid_post[layer, at], other.resid_post[layer, source], atol=1e-3)


def test_stop_is_heard_between_the_texts_that_are_patched_from(model: Model, forwards: list[int]) -> None:
    class Stopped(Exception):
        pass

    def progress(stage: str, done: int, total: int) -> None:
        if len(forwards) == 2:
            raise Stopped

    patches = tuple(PatchPosition(0, 0, f"Some other text {n}", 1) for n in range(20))
    with pytest.raises(Stopped):
        capture(model, TraceKey(model.name, PROMPT, interventions=patches), progress)
    assert len(forwards) == 2
    assert not any(point.fwd_hooks for point in model.bridge.hook_dict.values())


def test_patched_vectors_are_bounded(model: Model) -> None:
    kept = Sources(3)
    for n in range(5):
        kept.keep(Place("text", False, 0, n), torch.zeros(4))
    assert len(kept) == 3
    assert kept.get(Place("text", False, 0, 1)) is None
    assert kept.get(Place("text", False, 0, 2)) is not None


def test_too_many_interventions_are_refused_with_their_number() -> None:
    most = ",".join(["mlp:1"] * MAX_INTERVENTIONS)
    assert len(TraceKey.parse(f"text=Hi&do={most}").interventions) == MAX_INTERVENTIONS
    with pytest.raises(BadRequestError, match="150 interventions pass the limit of 32"):
        TraceKey.parse("text=Hi&do=" + ",".join(["patch:0:0:0:Hi"] * 150))
    with pytest.raises(BadRequestError, match="33"):
        TraceKey("m", "Hi", interventions=(AblateMLP(1),) * 33)


def test_no_text_of_an_intervention_holds_half_a_character() -> None:
    assert PatchPosition(0, 0, "a\ud800", 0).text == "patch:0:0:0:a%EF%BF%BD"


@pytest.mark.parametrize(("new", "forced"), [(0, ()), (1, ((0, 5),)), (1, ())])
def test_logits_that_are_no_numbers_are_refused(model: Model, new: int, forced: tuple[tuple[int, int], ...]) -> None:
    edits = tuple(ScaleResidual(layer, None, 1e6) for layer in range(20, 28))
    with pytest.raises(NotFiniteError, match="not numbers"):
        capture(model, TraceKey(model.name, PROMPT, max_new_tokens=new, forced=forced, interventions=edits))
