from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.experiments.overview import block_writes
from explorer.figures.overview import residual_stream as figure
from explorer.panels import panels
from explorer.panels.overview import residual_stream_views as panel
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import TraceKey, capture
from explorer.tracing.result_cache import ResultCache
from explorer.tracing.trace import Trace
from explorer.zoo.model import Model
from tests.panels.both_runs import there


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return capture(model, TraceKey(model.name, "When Mary and John went to the store, John gave a drink to"))


@given(n=st.integers(1, 600), position=st.integers(0, 599))
def test_a_window_holds_its_position_and_is_never_wider_than_allowed(n: int, position: int) -> None:
    position = min(position, n - 1)
    window = figure.lens_window(n, position)
    assert position in window
    assert len(window) == (n if n <= figure.LENS_WHOLE else figure.LENS_WIDTH)
    assert window.start >= 0
    assert window.stop <= n


def test_a_step_mostly_stays_in_its_window() -> None:
    starts = [figure.lens_window(576, p).start for p in range(576)]
    assert len(set(starts)) <= 576 // figure.LENS_STRIDE
    assert starts == sorted(starts)


def test_a_window_reads_what_the_whole_lens_reads(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trace.logit_lens(5)
    monkeypatch.setattr(figure, "lens_window", lambda n, position: range(4, 9))
    grid = figure.lens_grid(replace(trace, _kept=ResultCache()), 6)
    assert grid.start == 4
    assert torch.equal(grid.ids, whole.ids[:, 4:9])
    torch.testing.assert_close(grid.probabilities.float(), whole.probs[:, 4:9], atol=1e-6, rtol=1e-4)


def test_a_column_is_read_once(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, widths, read = replace(trace, _kept=ResultCache()), [], figure.lens.likeliest

    def counted(run: Trace, stream: Tensor, k: int, whole: Tensor | None = None) -> tuple[Tensor, Tensor]:
        widths.append(stream.shape[0])
        return read(run, stream, k, whole)

    monkeypatch.setattr(figure.lens, "likeliest", counted)
    for start, stop in ((4, 9), (4, 9), (7, 12), (0, 12)):
        monkeypatch.setattr(figure, "lens_window", lambda n, position, at=range(start, stop): at)
        grid = figure.lens_grid(fresh, 8)
        assert grid.start == start
        assert grid.ids.shape[1] == stop - start
    assert widths == [5, 3, 4]
    whole = trace.logit_lens(5)
    assert torch.equal(grid.ids, whole.ids[:, :12])
    torch.testing.assert_close(grid.probabilities, whole.probs[:, :12], atol=1e-6, rtol=1e-4)


def test_last_row_is_an_independent_softmax(trace: Trace) -> None:
    grid = figure.lens_grid(trace, 3)
    assert figure.last_row_error(grid, trace) < 1e-5
    wrong = trace.logits.clone()
    wrong[3] = wrong[3].roll(1)
    assert figure.last_row_error(grid, replace(trace, logits=wrong)) > 1e-3


@given(st.lists(st.integers(1, 5), min_size=1, max_size=12))
def test_lead_by_its_definition(ranks: list[int]) -> None:
    found = figure.lead(ranks)
    assert found.first == (ranks.index(1) if 1 in ranks else None)
    leads_at_the_end = ranks[-1] == 1
    assert (found.stays is not None) == leads_at_the_end
    if found.stays is not None:
        assert all(r == 1 for r in ranks[found.stays :])
        assert found.stays == 0 or ranks[found.stays - 1] != 1


def test_followed_keeps_the_target_in_front_once() -> None:
    logits = torch.tensor([0.0, 9.0, 8.0, 7.0, 6.0])
    assert figure.followed(logits, 1) == [1, 2, 3, 4]
    assert figure.followed(logits, 0) == [0, 1, 2, 3]
    assert figure.followed(torch.tensor([1.0, 0.0]), 1) == [1, 0]


def test_norms_are_lengths_of_the_stream(trace: Trace) -> None:
    found = figure.norms(trace)
    assert found.stream.shape == (trace.dims.n_layers + 1, len(trace.tokens))
    torch.testing.assert_close(found.stream[1:], trace.resid_post.norm(dim=-1))
    torch.testing.assert_close(found.attn[3], (trace.resid_mid[3] - trace.resid_post[2]).norm(dim=-1))


def test_heads_together_are_what_attention_wrote(trace: Trace) -> None:
    assert block_writes.writes_error(trace, len(trace.tokens) - 1) < 1e-4
    together = trace.head_out(5)[:, 4].sum(0).double()
    torch.testing.assert_close(block_writes.heads_write(trace, 5, 4), together, atol=1e-4, rtol=1e-4)


def test_views_say_the_known_answer_and_hold_their_checks(model: Model, trace: Trace) -> None:
    scene = Scene(model, trace, None, Focus(position=13))
    mary = model.vocabulary.encode(" Mary")[0]
    ranked = panel.rank(scene)
    assert ranked.data.ids[0] == mary
    assert ranked.data.first == 30  # after block 29
    assert ranked.about is not None
    assert "·Mary" in ranked.about
    for view in panels()["residual_stream"].views:
        assert all(check.holds for check in panels()["residual_stream"].render(view.name, scene).checks), view.name


def test_shares_with_an_intervention_in_the_stream_still_add_up(model: Model) -> None:
    from explorer.tracing import parse_intervention

    key = TraceKey(model.name, "The capital of France is", interventions=(parse_intervention("scale:10:all:0.5"),))
    changed, plain = capture(model, key), capture(model, key.without_interventions())
    scene = Scene(model, changed, plain, Focus(position=4))
    made = panel.waterfall(scene)
    shares = made.data
    total = shares.embed + float(shares.attn.sum() + shares.mlp.sum()) + shares.constant
    total += sum(e.share for e in shares.edits)
    assert [e.layer for e in shares.edits] == [10]
    assert total == pytest.approx(shares.measured.lead, abs=1e-3)
    assert there("residual_stream", "waterfall", scene).edits == []
    assert all(check.holds for check in made.checks)


@pytest.fixture(scope="module")
def changed(model: Model) -> tuple[Trace, Trace]:
    """A run that writes other tokens than the unchanged one from position 17 on, and that one."""
    from explorer.stack.inference.decoding.sampling import Sampler
    from explorer.tracing import parse_intervention

    text, off = "When Mary and John went to the store, John gave a drink to", (parse_intervention("ablate:29.1"),)
    key = TraceKey(model.name, text, max_new_tokens=6, sampler=Sampler(temperature=0), interventions=off)
    return capture(model, key), capture(model, key.without_interventions())


@pytest.mark.thorough
def test_the_lens_compares_the_columns_that_both_runs_read(changed: tuple[Trace, Trace]) -> None:
    trace, base = changed
    grid = figure.lens_grid(trace, 13)
    before = figure.lens_before(base, trace, grid, 17, 13)
    assert before is not None
    assert base.ids[16] == trace.ids[16]
    assert base.ids[17] != trace.ids[17]
    assert before.ids.shape == before.probabilities.shape == (31, 17)
    ours = trace.logits[:17].argmax(-1)
    theirs = base.logits[:17].argmax(-1)
    assert torch.equal(before.ids[-1], theirs)  # the last depth is the model's own answer
    assert torch.equal(before.ids[-1] != grid.ids[-1, :17, 0], ours != theirs)
    # A head of the last block is off: no earlier depth can change.
    assert before.changed == int((ours != theirs).sum()) > 0
    p = base.logits[:17].double().softmax(-1).amax(-1)
    torch.testing.assert_close(before.probabilities[-1].double(), p, atol=1e-5, rtol=1e-4)


@pytest.mark.thorough
def test_a_long_text_compares_its_window(changed: tuple[Trace, Trace], monkeypatch: pytest.MonkeyPatch) -> None:
    trace, base = changed
    whole = figure.lens_before(base, trace, figure.lens_grid(trace, 13), 17, 13)
    assert whole is not None
    monkeypatch.setattr(figure, "LENS_WIDTH", 8)
    monkeypatch.setattr(figure, "lens_window", lambda n, position: range(12, 20))
    part = figure.lens_before(base, trace, figure.lens_grid(trace, 13), 17, 13)
    assert part is not None
    assert torch.equal(part.ids, whole.ids[:, 12:])
    torch.testing.assert_close(part.probabilities.float(), whole.probabilities[:, 12:].float(), atol=1e-6, rtol=1e-4)
    monkeypatch.setattr(figure, "lens_window", lambda n, position: range(17, 20))
    assert figure.lens_before(base, trace, figure.lens_grid(trace, 18), 17, 18) is None


def test_views_hold_the_unmodified_run_where_it_read_the_same_text(model: Model, changed: tuple[Trace, Trace]) -> None:
    trace, base = changed
    here, apart = (Scene(model, trace, base, Focus(position=p)) for p in (13, 18))
    ranked = there("residual_stream", "rank", here)
    assert ranked.ids[0] == here.target
    assert int(ranked.ranks[0, -1]) == int((base.logits[13] > base.logits[13, here.target]).sum()) + 1
    own = float(base.logits[13].double().softmax(-1)[here.target])
    assert float(ranked.probs[0, -1]) == pytest.approx(own, abs=1e-6)
    lengths = there("residual_stream", "norms", here)
    torch.testing.assert_close(lengths.stream[1:, 13], base.resid_post[:, 13].norm(dim=-1))
    assert panel.lens(here).data.base.n == 17
    alone = Scene(model, base, None, Focus(position=13))
    for view in ("rank", "norms", "waterfall"):
        assert there("residual_stream", view, apart) is there("residual_stream", view, alone) is None


# ---- what the checks see -------------------------------------------------------------------------------------------


def holding(name: str, model: Model, trace: Trace) -> list[bool]:
    scene = Scene(model, trace, None, Focus(position=7, target=288))
    return [check.holds for check in panels()["residual_stream"].render(name, scene).checks]


@pytest.mark.breaks("residual_stream.waterfall", "^Embedding .* = the lead over the other tokens")
@pytest.mark.breaks("residual_stream.waterfall", "^Each bar, read off the stream")
@pytest.mark.breaks("residual_stream.norms", "heads together are what attention wrote")
def test_a_stream_of_random_numbers_is_not_what_the_parts_wrote(model: Model, trace: Trace) -> None:
    streams = {name: torch.randn_like(getattr(trace, name)) for name in ("resid_mid", "resid_post", "embed")}
    random = replace(trace, **streams, _kept=type(trace._kept)())
    for name, checks in (("waterfall", 2), ("norms", 1)):
        assert holding(name, model, trace) == [True] * checks
        assert holding(name, model, random) == [False] * checks


@pytest.mark.breaks("residual_stream.lens", "^The last row equals the model's distribution")
@pytest.mark.breaks("residual_stream.rank", "^The last depth's rank is the model's own")
def test_a_lens_through_another_norm_ends_elsewhere(model: Model, trace: Trace) -> None:
    other = replace(trace.readout, norm_weight=trace.readout.norm_weight.flip(0))
    for name in ("lens", "rank"):
        assert holding(name, model, trace) == [True]
        assert holding(name, model, replace(trace, readout=other, _kept=type(trace._kept)())) == [False]
        none = replace(trace.readout, norm_weight=trace.readout.norm_weight * torch.nan)
        assert holding(name, model, replace(trace, readout=none, _kept=type(trace._kept)())) == [False]
