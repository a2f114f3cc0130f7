"""The walk's numbers: shares that add up, targets, the draw; against plain transformers where the model is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.overview import walk as figure
from explorer.panels import panels
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.inference.decoding.sampling import Sampler
from tests.panels.both_runs import drawn
from tests.tiers import spread
from tests.tracing.tiny_configs import tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

TEXT = "When Mary and John went to the store, John gave a drink to"


@given(u=st.floats(0, 1, exclude_max=True), seed=st.integers(0, 30), top_p=st.floats(0.2, 1))
def test_the_drawn_interval_holds_the_random_number(u: float, seed: int, top_p: float) -> None:
    logits = torch.randn(300, generator=torch.Generator().manual_seed(seed)) * 3
    stages = Sampler(temperature=1.3, top_p=top_p).stages(logits)
    chosen = stages.choose(u)
    draw = figure.drawn(stages.probabilities, [chosen, int(logits.argmin())], chosen, u)
    assert draw.low <= u < draw.high + 1e-9
    assert draw.high - draw.low == pytest.approx(float(stages.probabilities[chosen]))
    assert draw.kept == int(stages.kept.sum())
    assert draw.kept_shown[0] is True
    assert sum(draw.probabilities) + draw.rest == pytest.approx(1)


def test_ends_account_for_everything() -> None:
    p = torch.randn(1000, generator=torch.Generator().manual_seed(1)).softmax(-1)
    ends = figure.ends(p)
    assert ends.ids == p.topk(figure.SHOWN_NEXT).indices.tolist()
    assert sum(ends.probabilities) + ends.rest == pytest.approx(1, abs=1e-6)
    assert figure.ends(p, [3, 1]).ids == [3, 1]


def test_cosines_are_of_unit_range_and_zero_for_no_write() -> None:
    toward = torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64)
    writes = torch.tensor([[2.0, 2.0, 0.0], [0.0, 0.0, 0.0], [-1.0, -1.0, 0.0]])
    assert figure.cosines(writes, toward).tolist() == pytest.approx([1, 0, -1])


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    from explorer.tracing import TraceKey, capture

    return capture(model, TraceKey(model.name, TEXT, max_new_tokens=3, sampler=Sampler(temperature=0.0)))


@pytest.fixture(scope="module")
def mixture() -> Model:
    from explorer import zoo

    return zoo.load("six-kinds-moe")


def render(name: str, model: Model, trace: Trace, focus: Focus, base: Trace | None = None) -> Rendered:
    made = panels()["walk"].render(name, Scene(model, trace, base, focus))
    assert all(check.holds for check in made.checks), made.checks
    return made


@pytest.mark.parametrize(("kind", "word"), [("gpt2", "deviation"), ("llama", "rms")])
def test_what_the_final_norm_divides_by_is_named_as_the_model_has_it(
    folder_of: Callable[[Any], Path], d_vocab: int, empty_cache: Path, kind: str, word: str
) -> None:
    from explorer import zoo
    from explorer.tracing import TraceKey, capture

    model = zoo.load(str(folder_of(tiny(kind, d_vocab))))
    run = capture(model, TraceKey(model.name, "Once upon a time"))
    data, x = render("river", model, run, Focus(position=2)).data, run.resid_post[-1, 2].double()
    assert data.norm_word == word
    divisors = {"rms": float(x.square().mean().sqrt()), "deviation": float(x.std(correction=0))}
    assert abs(divisors["rms"] / divisors["deviation"] - 1) > 1e-3, "else the word would not matter"
    assert data.rms == pytest.approx(divisors[word], rel=1e-4)


def test_the_river_adds_up_to_an_independent_forward_pass(model: Model, trace: Trace) -> None:
    at = trace.n_prompt - 1
    data = render("river", model, trace, Focus(position=at)).data
    with torch.inference_mode():
        out = model.hf(trace.ids[None, : at + 1], output_hidden_states=True)
    logits = out.logits[0, -1].double()
    assert data.target == int(logits.argmax())
    total = data.embed + float(data.attn.sum() + data.mlp.sum())
    others = logits.clone()
    others[data.target] = -torch.inf
    assert total == pytest.approx(float(logits.max() - others.softmax(-1) @ logits), abs=1e-4)
    assert data.next.probabilities[0] == pytest.approx(float(logits.softmax(-1).max()), abs=1e-5)
    lengths = [float(h[0, -1].norm()) for h in out.hidden_states[:-1]]  # the last is normalised
    assert data.norms[:-1].tolist() == pytest.approx(lengths, rel=1e-4)
    last = model.dims.n_layers
    assert int(data.lens_ids[last]) == data.target
    assert int(data.target_rank[last]) == 1
    # |write| x |direction| x cosine is the share that the bar shows
    shares = data.attn_norms.double() * data.direction * data.attn_cosines.double()
    assert torch.allclose(shares, data.attn.double(), atol=1e-4)
    assert data.token.is_row


def test_inside_the_prompt_nothing_is_drawn_and_after_it_the_steps_are(model: Model, trace: Trace) -> None:
    assert render("river", model, trace, Focus(position=3)).data.sample is None
    data = render("river", model, trace, Focus(position=trace.n_prompt)).data
    assert data.sample.chosen == trace.tokens[trace.n_prompt + 1].id
    assert data.sample.kept == 1
    last = render("river", model, trace, Focus(position=len(trace.tokens) - 1)).data
    assert last.sample.chosen is None
    assert last.next_given is None


def test_targets_hold_what_really_came_next_and_the_chosen_one(model: Model, trace: Trace) -> None:
    goals = figure.targets(trace, 3, chosen=77)
    assert goals[:3] == trace.logits[3].topk(3).indices.tolist()
    assert trace.tokens[4].id in goals
    assert goals[-1] == 77
    assert len(goals) == len(set(goals)) == 5


def test_a_block_opens_into_heads_and_neurons(model: Model, trace: Trace) -> None:
    at = trace.n_prompt - 1
    data = render("block", model, trace, Focus(position=at, layer=23, head=1)).data
    assert float(data.heads.sum()) == pytest.approx(data.attn, abs=1e-4)
    shares = [abs(n.share) for n in data.neurons]
    assert shares == sorted(shares, reverse=True)
    first = data.neurons[0]
    W_out = model.hf.model.layers[23].mlp.down_proj.weight[:, first.index]
    others, rows = trace.logits[at].clone(), model.hf.lm_head.weight
    others[data.target] = -torch.inf
    ahead = rows[data.target] - others.softmax(-1) @ rows
    toward = ahead * model.hf.model.norm.weight / trace.ln_final_scale[at]
    assert first.share == pytest.approx(first.activation * float(W_out @ toward), rel=1e-3)
    lengths = data.lengths
    assert lengths[0] == pytest.approx(float(data.before.norm()), rel=1e-5)
    assert lengths[4] == pytest.approx(float(data.after.norm()), rel=1e-5)


@pytest.mark.parametrize("edit", ["", "forbid:2:4:1", "experts:2:3", "mlp:2"])
def test_a_block_of_a_mixture_opens_into_the_experts_that_ran(mixture: Model, edit: str) -> None:
    from explorer.tracing import TraceKey, capture, parse_intervention

    trace = capture(mixture, TraceKey(mixture.name, TEXT, interventions=(parse_intervention(edit),) if edit else ()))
    made = render("block", mixture, trace, Focus(position=4, layer=2))
    experts = made.data.experts
    if edit == "mlp:2":  # what the layer wrote was taken away
        assert experts == []
        return
    assert len(experts) == (3 if "experts" in edit else mixture.dims.experts_per_token)
    assert sum(e.weight for e in experts) == pytest.approx(1, abs=1e-5)
    assert sum(e.share for e in experts) == pytest.approx(made.data.mlp, abs=1e-4)
    assert all(check.holds for check in made.checks)
    render("river", mixture, trace, Focus(position=4))
    if edit == "forbid:2:4:1":
        assert 1 not in [e.expert for e in experts]


@pytest.mark.parametrize("edit", spread(["ablate:23.1", "mlp:28", "scale:10:all:0.5", "add:20:13:288:30"], 2))
def test_interventions_keep_the_sum_and_show_the_base(model: Model, edit: str) -> None:
    from explorer.tracing import TraceKey, capture, parse_intervention

    key = TraceKey(model.name, TEXT, interventions=(parse_intervention(edit),))
    changed, base = capture(model, key), capture(model, key.without_interventions())
    at = len(base.tokens) - 1
    data = render("river", model, changed, Focus(position=at, target=int(base.logits[at].argmax())), base).data
    assert data.base.logit == pytest.approx(float(base.logits[at].max()), abs=1e-5)
    assert data.base.next.ids == data.next.ids
    assert data.base.kl >= 0
    scene = Scene(model, changed, base, Focus(position=at, layer=23, head=1))
    made, _, there = drawn("walk", "block", scene)
    assert all(check.holds for check in made.checks), made.checks
    assert there is not None
    expected = base.attribution(at, scene.target, scene.over).heads[23]  # of this run's target
    torch.testing.assert_close(there.made.data.heads, expected)


@pytest.mark.parametrize("edit", ["mlp:2", "mlp:2:mean", "ablate:2.1:mean", "scale:1:all:0.5"])
def test_a_mixtures_logit_is_the_sum_of_its_experts(mixture: Model, edit: str) -> None:
    from explorer.tracing import TraceKey, capture, parse_intervention

    trace = capture(mixture, TraceKey(mixture.name, TEXT, interventions=(parse_intervention(edit),)))
    statement = render("river", mixture, trace, Focus(position=4)).checks[0].statement
    layers = mixture.dims.n_layers - edit.startswith("mlp")
    assert f"{layers * mixture.dims.experts_per_token} experts run one by one" in statement
    assert ("1 MLPs as the stream shows them" in statement) == (edit == "mlp:2:mean")


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize(
    ("architecture", "formula"),
    spread(
        [
            ("llama", ("x' = x + attn(norm(x))", "x'' = x' + mlp(norm(x'))")),
            ("gpt2", ("x' = x + attn(norm(x))", "x'' = x' + mlp(norm(x'))")),
            ("gemma3_text", ("x' = x + norm(attn(norm(x)))", "x'' = x' + norm(mlp(norm(x')))")),
            ("olmo2", ("x' = x + norm(attn(x))", "x'' = x' + norm(mlp(x'))")),
            ("gpt_neox", ("x' = x + attn(norm(x))", "x'' = x' + mlp(norm(x))")),
            ("mixtral", ("x' = x + attn(norm(x))", "x'' = x' + experts(norm(x'))")),
            ("granite", ("x' = x + 0.5 · attn(norm(x))", "x'' = x' + 0.5 · mlp(norm(x'))")),
        ],
        3,
    ),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_formula_is_the_models_and_its_parts_make_the_logit(
    folder_of: Any, d_vocab: int, architecture: str, formula: tuple[str, str]
) -> None:
    from explorer.tracing import TraceKey, capture
    from explorer.zoo.loading import open_folder
    from tests.tracing.tiny_configs import tiny

    settings = {"residual_multiplier": 0.5} if architecture == "granite" else {}
    folder = folder_of(tiny(architecture, d_vocab, **settings))
    model = open_folder(str(folder), None, folder)
    trace = capture(model, TraceKey(str(folder), TEXT))
    made = render("block", model, trace, Focus(position=9, layer=1))
    assert tuple(made.data.formula) == formula
    statement = render("river", model, trace, Focus(position=9)).checks[0].statement
    assert ("experts" if architecture == "mixtral" else "neurons") in statement
    assert "stream" not in statement


# ---- what the checks see -------------------------------------------------------------------------------------------


def holding(name: str, model: Model, trace: Trace, focus: Focus) -> list[bool]:
    return [check.holds for check in panels()["walk"].render(name, Scene(model, trace, None, focus)).checks]


def altered(trace: Trace, **fields: Any) -> Trace:
    return replace(trace, **fields, _kept=type(trace._kept)())


@pytest.mark.breaks("walk.river", "^Embedding .* = the lead over the other tokens")
@pytest.mark.parametrize("field", ["z", "mlp_pre", "resid_mid", "embed", "logits"])
def test_the_river_fails_on_numbers_of_another_run(model: Model, trace: Trace, field: str) -> None:
    focus = Focus(position=5, target=288)
    assert holding("river", model, trace, focus)[0]
    moved = getattr(trace, field).roll(1, 0 if field in ("embed", "logits") else 1)  # of the position before
    assert not holding("river", model, altered(trace, **{field: moved}), focus)[0]


@pytest.mark.breaks("walk.river", r"^The named parts, again from .* = what the stream gained with them")
@pytest.mark.parametrize("field", ["pattern", "v", "mlp_pre", "resid_mid"])
def test_the_named_parts_fail_on_numbers_of_another_run(model: Model, trace: Trace, field: str) -> None:
    focus = Focus(position=trace.n_prompt - 1)
    assert holding("river", model, trace, focus) == [True, True]
    moved = getattr(trace, field).roll(1, 1)  # of the position before; of another head
    whole, named = holding("river", model, altered(trace, **{field: moved}), focus)
    assert not named
    assert whole == (field in ("pattern", "v"))  # the logit itself is made of z, which is their product


@pytest.mark.breaks("walk.river", "experts run one by one")
@pytest.mark.breaks("walk.block", "experts, run one by one, add up")
def test_the_experts_checks_fail_on_other_weights(mixture: Model) -> None:
    from explorer.tracing import TraceKey, capture

    trace, focus = capture(mixture, TraceKey(mixture.name, TEXT)), Focus(position=4, layer=2)
    assert trace.expert_weights is not None
    assert all(holding("block", mixture, trace, focus))
    other = altered(trace, expert_weights=trace.expert_weights.roll(1, -1))
    assert holding("block", mixture, other, focus) == [True, True, False]
    assert not holding("river", mixture, other, focus)[0]


@pytest.mark.breaks("walk.block", "The expert, run alone, adds up")
def test_one_expert_alone_is_held_against_its_mixture(mixture: Model) -> None:
    from explorer.tracing import TraceKey, capture, parse_intervention

    one = TraceKey(mixture.name, TEXT, interventions=(parse_intervention("experts:2:1"),))
    trace, focus = capture(mixture, one), Focus(position=4, layer=2)
    assert trace.expert_weights is not None
    assert holding("block", mixture, trace, focus) == [True, True, True]
    other = altered(trace, expert_weights=trace.expert_weights.roll(1, -1))
    assert holding("block", mixture, other, focus) == [True, True, False]


@pytest.mark.breaks("walk.block", "heads add up to what attention added to the stream")
def test_the_blocks_heads_fail_when_one_is_exchanged(model: Model, trace: Trace) -> None:
    z = trace.z.clone()
    z[23, :, [0, 1]] = trace.z[23, :, [1, 0]]
    focus = Focus(position=trace.n_prompt - 1, layer=5)
    assert holding("block", model, trace, focus) == [True, True]
    assert holding("block", model, altered(trace, z=z), focus) == [False, True]
