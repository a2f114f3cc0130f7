"""The panel's numbers against the run's own, against the library, and on models that turn nothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.experiments.embeddings import positions_reach
from explorer.experiments.embeddings import positions_scaling as speeds
from explorer.figures.embeddings import positions as figure
from explorer.figures.embeddings import positions_scaling as slower
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.embeddings import positions_views as panel
from explorer.panels.protocol import Check, Rendered, whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.embeddings import rope_scaling
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.embeddings.rope_scaling import Linear, YaRN
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing import TraceKey, capture, parse_intervention
from tests.panels.both_runs import drawn

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

TEXT = "When Mary and John went to the store, John gave a drink to"
HERE, LAYER, HEAD = 9, 1, 2


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return capture(model, TraceKey(model.name, TEXT))


@pytest.fixture
def scene(model: Model, trace: Trace) -> Scene:
    return Scene(model, trace, None, Focus(position=HERE, layer=LAYER, head=HEAD))


@pytest.mark.thorough
def test_pairs_add_up_to_the_runs_scores(scene: Scene) -> None:
    made = panel.rotation(scene)
    assert all(check.holds for check in made.checks), made.checks
    trace, data = scene.trace, made.data
    config = figure.config_of(scene.model)
    rope = figure.rope_of(config, LAYER)
    hands = figure.hands(trace, rope, LAYER, HEAD, HERE)
    expected = trace.scores(LAYER)[HEAD, HERE, : HERE + 1].double()
    torch.testing.assert_close(hands.parts.sum(-1) * data.scale, expected, rtol=1e-4, atol=1e-4)
    assert hands.parts.shape == (HERE + 1, 32)
    torch.testing.assert_close(data.attention, trace.pattern[LAYER, HEAD, HERE, : HERE + 1])
    pack(data)


def test_a_wrong_rotation_is_found_out(scene: Scene) -> None:
    """The checks are no decoration: another base fails all that compare with the run."""
    rope = figure.rope_of(figure.config_of(scene.model), LAYER)
    made = figure.hands(scene.trace, replace(rope, theta=10_000.0), LAYER, HEAD, HERE)
    assert made.attention_error > 1e-3
    speeds = figure.inv_freq(replace(rope, theta=10_000.0))
    assert slower.table_error(scene.trace, LAYER, speeds) > 0.1


def test_interventions_are_compared_with_the_unchanged_run(scene: Scene) -> None:
    model = scene.model
    changed = capture(model, TraceKey(model.name, TEXT, interventions=(parse_intervention("ablate:0.1"),)))
    made, _, there = drawn("positions", "rotation", replace(scene, run=changed, base=scene.trace))
    assert there is not None
    assert all(check.holds and check.statement.endswith(", in both runs") for check in made.checks)
    plain = panel.rotation(scene)
    torch.testing.assert_close(there.made.data.attention, plain.data.attention)
    assert float((made.data.attention - plain.data.attention).abs().max()) > 1e-4


def test_maps(scene: Scene) -> None:
    made = panel.maps(scene)
    assert all(check.holds for check in made.checks)
    assert made.data.rope.theta == 1e5
    assert made.data.alibi.bias.shape == (9, panel.MAP_POSITIONS)
    assert made.data.alibi.bias[0, :3].tolist() == [0, -0.5, -1.0]
    pack(made.data)


def test_scaling_equals_the_library_at_every_factor(scene: Scene) -> None:
    for factor in panels()["positions"].settings["factor"].values:
        made = panel.scaling(replace(scene, controls={"factor": factor}))
        assert all(check.holds for check in made.checks), made.checks
    made = panel.scaling(replace(scene, controls={"factor": "a link may say anything"}))
    assert made.data.factor == 4
    linear = made.data.schemes[0]
    torch.testing.assert_close(linear.kept, torch.full((32,), 0.25))
    pack(made.data)


def test_peer_error_sees_a_wrong_speed() -> None:
    rope = RopeConfig(1e4, 64)
    found = {name: speeds.slowed(rope, scheme, 4096) for name, scheme in positions_reach.schemes(4, 1024).items()}
    assert speeds.peer_error(rope, found, 4, 1024, 4096) < 1e-5
    found["yarn"] = speeds.slowed(rope, YaRN(4.0, 2048), 4096)
    assert speeds.peer_error(rope, found, 4, 1024, 4096) > 1e-2


@pytest.mark.thorough
def test_the_model_reads_within_its_length_and_not_past_it(scene: Scene) -> None:
    """Sixteen tokens are enough to see the cliff of the plain rotation, and dynamic NTK reach past it."""
    told: list[tuple[int, int]] = []
    controls = {"tokens": "16", "factor": "4"}
    made = whole(panel.reach(replace(scene, run=None, controls=controls, progress=lambda _, *n: told.append(n))))
    assert all(check.holds for check in made.checks), made.checks
    perplexity, first = made.data.perplexity, made.data.first_perplexity
    own, dynamic = (made.data.names.index(name) for name in ("own", "dynamic"))
    assert float(perplexity[own, 0]) < first / 5
    past = made.data.distances.index(14_336)
    assert float(perplexity[own, past]) > first / 2
    assert float(perplexity[dynamic, past]) < first / 5
    within = [d <= 8192 - 16 for d in made.data.distances]
    assert torch.equal(perplexity[own, within], perplexity[dynamic, within])
    assert told[-1][0] == told[-1][1]
    pack(made.data)


def quick(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A small model, trained on 256 tokens as its card says, and two cheap places."""
    monkeypatch.setattr(positions_reach, "reading_distances", lambda n, n_ctx, factor: [n, n_ctx // 2])
    return Scene(zoo.load("six-kinds-moe"), controls={"tokens": "16"})


def test_the_trained_length_is_the_cards(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    scene = quick(monkeypatch)
    assert figure.length_of(scene.model) == (256, True)
    assert figure.length_of(model) == (8192, False)
    first, *_, made = panel.reach(replace(scene, controls={"tokens": "16", "text": "python"}))
    assert (made.data.n_ctx, made.data.trained, made.data.text) == (256, True, "python")
    assert first.checks == ()
    assert first.data.perplexity[0].isfinite().all()
    assert first.data.perplexity[1:].isnan().any()
    assert "whole text moves by 256 positions" in made.checks[1].statement
    assert all(check.holds for check in made.checks), made.checks
    pack(first.data)


def test_what_reads_no_prompt_says_so() -> None:
    declared = panels()["positions"]
    assert [view.name for view in declared.views if declared.reads(view) == "run"] == ["rotation", "scaling"]


@given(n=st.integers(8, 64), n_ctx=st.integers(128, 131_072), factor=st.sampled_from([2, 4, 8]))
def test_reading_distances_stay_within_what_is_reached(n: int, n_ctx: int, factor: int) -> None:
    found = positions_reach.reading_distances(n, n_ctx, factor)
    assert found == sorted(set(found))
    assert found[0] == n
    assert found[-1] <= factor * n_ctx
    assert any(n < d < n_ctx for d in found)


def tiny(positions: str) -> Any:
    """A model's decoder and sizes without its weights' meaning: what the panel asks of one that turns nothing."""
    config = DecoderConfig(
        n_layers=1, d_model=8, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=8, d_vocab=9, n_ctx=200,
        positions=cast(Any, positions),
    )  # fmt: skip
    dims = SimpleNamespace(d_model=8, n_heads=2, n_layers=1, d_vocab=9, n_experts=0)
    decoder = Decoder(config)
    return SimpleNamespace(config=config, decoder=decoder, plain_decoder=decoder, dims=dims)


def test_a_learned_table_is_drawn_and_the_rotations_say_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny("learned")
    monkeypatch.setattr(figure, "config_of", lambda m: m.config)
    scene = Scene(model, cast(Any, SimpleNamespace(dims=model.dims, tokens=[0])), None)
    made = panel.maps(scene)
    assert made.data.learned.table.shape == (128, 8)
    assert float(made.data.learned.similarity[0]) == pytest.approx(1)
    assert made.data.rope is None
    for render in (panel.rotation, panel.scaling, panel.reach):
        with pytest.raises(NotApplicableError, match="learned positions"):
            whole(render(scene))


def test_similarity_of_a_slowed_rotation() -> None:
    """Interpolation by 4 makes distance 4 look like distance 1."""
    at, rope = torch.tensor([1, 4]), RopeConfig(1e4, 32)
    plain = figure.rope_similarity(figure.inv_freq(rope), at)
    slow = figure.rope_similarity(figure.inv_freq(replace(rope, scaling=Linear(4.0))), at)
    assert float(slow[1]) == pytest.approx(float(plain[0]), abs=1e-6)


# ---- what the checks see -------------------------------------------------------------------------------------------


def checks_of(name: str, scene: Scene) -> dict[str, bool]:
    made: Rendered = panels()["positions"].render(name, scene)
    return {check.statement.split(",")[0]: check.holds for check in made.checks}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Scene:
    model = zoo.load("six-kinds-moe")
    return Scene(model, capture(model, TraceKey(model.name, TEXT)), None, Focus(HERE, LAYER, HEAD))


@pytest.mark.breaks("positions.rotation", "pairs, scaled, through softmax, give the model's attention")
@pytest.mark.breaks("positions.rotation", "computed from the stream and rotated here, equal the run's")
@pytest.mark.breaks("positions.scaling", "The model's own speeds give this run's table")
def test_another_base_is_found_out(small: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all([*checks_of("rotation", small).values(), *checks_of("scaling", small).values()])
    rope_of = figure.rope_of
    monkeypatch.setattr(figure, "rope_of", lambda config, layer: replace(rope_of(config, layer), theta=500.0))
    assert list(checks_of("rotation", small).values()) == [False, True, False]
    assert list(checks_of("scaling", small).values()) == [False, True]


@pytest.mark.breaks("positions.rotation", "depends on m − n only")
def test_a_rotation_that_forgets_the_key_is_found_out(small: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    turned = figure.turned
    monkeypatch.setattr(figure, "turned", lambda rope, x, at: turned(rope, x, at if len(at) == 1 else at * 0))
    assert list(checks_of("rotation", small).values()) == [True, False, True]


@pytest.mark.breaks("positions.maps", "The products of all pairs of .* positions depend")
def test_a_table_that_knows_where_it_stands_is_found_out(small: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(checks_of("maps", replace(small, run=None)).values())
    table = panel.sinusoidal.sinusoidal
    monkeypatch.setattr(panel.sinusoidal, "sinusoidal", lambda at, d: table(at, d) * (1 + at[:, None] / 100))
    assert not any(checks_of("maps", replace(small, run=None)).values())


@pytest.mark.breaks("positions.scaling", "^The speeds of .* schemes equal those of transformers")
def test_a_scheme_that_is_another_is_found_out(small: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    schemes = positions_reach.schemes
    monkeypatch.setattr(
        positions_reach, "schemes", lambda factor, n_ctx: schemes(factor, n_ctx) | {"yarn": YaRN(factor, 2 * n_ctx)}
    )
    assert list(checks_of("scaling", small).values()) == [True, False]


@pytest.mark.parametrize("stretch", [1, 1.5, 4, 32, "x", 1e9])
def test_the_base_of_a_stretch(small: Scene, stretch: float | str) -> None:
    scene = replace(small, controls={"stretch": stretch})
    assert all(checks_of("ntk", scene).values())
    data = panels()["positions"].render("ntk", scene).data
    s = data.stretch
    assert s == panels()["positions"].settings["stretch"].read(stretch)
    assert data.base == pytest.approx(data.theta * s ** (data.d_rotary / (data.d_rotary - 2)))
    assert float(data.inv_freq[-1] / data.ntk[-1]) == pytest.approx(s, rel=1e-4)
    assert data.ntk[0] == data.inv_freq[0] == 1


@pytest.mark.breaks("positions.ntk", "^The base equals one found by bisection")
@pytest.mark.breaks("positions.ntk", "^The turns of all schemes equal")
def test_a_base_without_its_exponent_is_found_out(small: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rope_scaling, "ntk_base", lambda theta, d_rotary, factor: theta * factor)
    assert not any(checks_of("ntk", small).values())


@pytest.mark.breaks("positions.reach", "^The first reading equals the logits")
@pytest.mark.breaks("positions.reach", "^The loss stays when the whole text moves")
@pytest.mark.breaks("positions.reach", "^Interpolation by .* gives the same loss")
def test_readings_of_a_decoder_that_counts_otherwise_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def held(scene: Scene) -> list[bool]:
        checks: tuple[Check, ...] = whole(panel.reach(scene)).checks
        return [check.holds for check in checks]

    scene = quick(monkeypatch)
    assert held(scene) == [True, True, True]
    forward = Decoder.forward

    def later_is_louder(self: Decoder, ids: Any, positions: Any = None, *more: Any, **how: Any) -> torch.Tensor:
        """Logits that grow with the absolute position."""
        at = torch.arange(ids.shape[1]) if positions is None else positions
        return forward(self, ids, positions, *more, **how) * (1 + at[..., None] / 500)

    monkeypatch.setattr(Decoder, "forward", later_is_louder)
    assert held(scene) == [False, False, False]
