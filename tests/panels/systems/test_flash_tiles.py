"""The tiles on real heads: what is drawn is what the loops did, and each check finds its mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.systems import flash_tiles as experiment
from explorer.experiments.systems import rescaled_head
from explorer.experiments.systems.rescaled_head import SEEN
from explorer.experiments.systems.traced_head import TracedHead
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.payload import pack
from explorer.figures.systems import flash_tiles as figure
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.systems import flash_tiles_views as panel
from explorer.stack.systems import flash_attention, memory_meter
from explorer.tracing import TraceKey, capture, parse_intervention
from explorer.tracing.windows import windows
from explorer.zoo.loading import open_folder

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

TEXT = "Then Mary and John went to the store, and John gave a drink to Mary, who was thirsty after the long walk."
LAYER, HEAD = 2, 1


@pytest.fixture(scope="module")
def small() -> Model:
    from explorer import zoo

    return zoo.load("six-kinds-dense")


@pytest.fixture(scope="module")
def trace(small: Model) -> Trace:
    return capture(small, TraceKey(small.name, TEXT))


def rendered(model: Model, trace: Trace, view: str = "tiles", layer: int = LAYER, **controls: Any) -> Rendered:
    scene = Scene(model, trace, None, Focus(layer=layer, head=HEAD), controls)
    made = getattr(panel, view)(scene)
    pack(made.data)
    return made


def held(made: Rendered) -> list[bool]:
    return [check.holds for check in made.checks]


@pytest.mark.parametrize("algorithm", list(experiment.ALGORITHMS))
@pytest.mark.parametrize("mask", ["own", "none"])
@pytest.mark.parametrize("numbers", list(experiment.DTYPES))
@pytest.mark.parametrize(("rows", "columns"), [(4, 16), (16, 4), (8, 8)])
def test_every_choice_of_the_page_holds(
    small: Model, trace: Trace, algorithm: str, mask: str, numbers: str, rows: int, columns: int
) -> None:
    asked = {"algorithm": algorithm, "mask": mask, "numbers": numbers, "rows": rows, "columns": columns}
    made = rendered(small, trace, **asked)
    data = made.data
    assert held(made) == [True] * (3 if mask == "own" else 2), made.checks
    assert (data.rows, data.columns, data.algorithm, data.causal) == (rows, columns, algorithm, mask == "own")
    # The columns of numbers add up to the sums beside them.
    mine = next(each for each in data.sums if each.algorithm == algorithm)
    steps, moves = data.run.steps, data.run.moves
    assert int(moves[moves[:, 1] == 0, 4].sum()) == mine.read
    assert int(moves[moves[:, 1] == 1, 4].sum()) == mine.written
    assert int(steps[:, 3].sum()) == mine.flops
    assert len(steps) == mine.steps


def test_the_rows_that_are_drawn_end_in_the_output(small: Model, trace: Trace) -> None:
    """FlashAttention-2's last O of each block, divided by l, is the output; m + ln l its log-sum-exp."""
    data = rendered(small, trace, algorithm="fa2", rows=8, columns=8).data
    n = len(data.q)
    last: dict[int, int] = {int(step[1]): at for at, step in enumerate(data.run.steps)}
    for i, at in last.items():
        kept, height = int(data.run.kept[at]), min(n, 8 * i + 8) - 8 * i
        m, sums = data.run.m[kept, :height], data.run.l[kept, :height]
        out = data.run.held[kept, :height] * data.run.unit / sums[:, None]
        torch.testing.assert_close(out, data.out[8 * i : 8 * i + height], rtol=0, atol=1e-3)
        torch.testing.assert_close(m + sums.log(), data.lse[8 * i : 8 * i + height])
    causal = torch.ones(n, n, dtype=torch.bool).tril()
    torch.testing.assert_close(data.scores.masked_fill(~causal, -torch.inf).logsumexp(-1), data.lse)
    torch.testing.assert_close(data.scores.masked_fill(~causal, -torch.inf).softmax(-1), trace.pattern[LAYER, HEAD])


def test_the_other_order_reads_output_again(small: Model, trace: Trace) -> None:
    data = rendered(small, trace, algorithm="fa2", rows=8, columns=8).data
    blocks = -(-len(data.q) // 8)
    assert data.other.sum(0).tolist() == [blocks * (blocks - 1) // 2, blocks * (blocks + 1) // 2]
    written = [move for move in data.run.moves.tolist() if move[1] == 1 and figure.NAMES[move[2]] == "O"]
    assert len(written) == blocks


def test_a_long_text_is_drawn_in_windows_and_proved_whole(small: Model) -> None:
    long = capture(small, TraceKey(small.name, " ".join([TEXT] * 8)))
    n = len(long.tokens)
    assert n > 140
    first = rendered(small, long, window=0)
    last = rendered(small, long)
    assert (first.data.first, last.data.first, len(last.data.q)) == (0, n - 128, 128)
    assert "merged with the keys before the window" in last.checks[1].statement
    assert held(first) == held(last) == [True] * 3
    for made in (first, last):  # the counts are the window's; for the whole text there is the formula
        assert made.data.whole[2] > sum((made.data.sums[2].read, made.data.sums[2].written)) * (n / 128)
    assert f"positions {n - 128} to {n - 1} of {n}" in rendered(small, long, "questions").note
    # Left out, the keys before the window are missed.
    sliding = windows(small.hf.config)[LAYER]
    head = TracedHead.of(long, LAYER, HEAD, sliding, figure.window_of(n, small.dims.d_head, n))
    made = experiment.run(experiment.Asked(head, head.mask, 16, 16, "float32"), "fa2").made
    assert head.z_error(made) < 1e-5
    assert replace(head, earlier=None).z_error(made) > 1e-2


def test_sliding_windows_and_soft_caps(folder_of: Callable[[Any], Path]) -> None:
    from transformers import Gemma2Config

    config = Gemma2Config(
        vocab_size=6144, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=8, max_position_embeddings=512, sliding_window=6, attn_logit_softcapping=0.5,
        query_pre_attn_scalar=8,
    )  # fmt: skip
    folder = folder_of(config)
    model = open_folder(str(folder), None, folder)
    run = capture(model, TraceKey(model.name, TEXT))
    for layer, window in ((0, 6), (1, None)):
        made = rendered(model, run, layer=layer, rows=4, columns=4)
        assert held(made) == [True] * 3, made.checks
        assert (made.data.sliding, made.data.softcap) == (window, 0.5)
        assert float(made.data.scores.abs().max()) <= 0.5
    few, many = (rendered(model, run, layer=at, rows=4, columns=4).data.sums[-1] for at in (0, 1))
    assert few.steps < many.steps  # what lies before the window is skipped
    answers = rendered(model, run, "questions", layer=0, rows=4, columns=4)
    assert held(answers) == [True]


def test_an_ablated_head_is_not_held_against_its_z(small: Model) -> None:
    cut = parse_intervention(f"ablate:{LAYER}.{HEAD}")
    made = rendered(small, capture(small, TraceKey(small.name, TEXT, interventions=(cut,))))
    assert [check.statement.endswith("z") for check in made.checks] == [False, False]
    assert held(made) == [True] * 2


def test_the_questions_count_what_was_counted(small: Model, trace: Trace) -> None:
    data = rendered(small, trace, "questions", rows=8, columns=8).data
    n, d = data.n, data.d_head
    blocks = -(-n // 8)
    assert data.output[1:] == ((blocks * (blocks - 1) // 2, blocks * (blocks + 1) // 2), (0, blocks))
    assert data.keys == (2 * blocks**2, 2 * blocks, blocks * (blocks + 1))
    own = next(side for side in data.sides if side.side == 8)
    assert (own.moved, own.again) == (data.sums[2].read + data.sums[2].written, data.again)
    assert own.first == data.sums[1].read + data.sums[1].written
    tiles = blocks * (blocks + 1) // 2
    computed = data.sums[2].flops - data.rescale
    assert computed % (4 * d + 5) == 0
    assert n * n / 2 < computed // (4 * d + 5) <= tiles * 64


def beside(model: Model, trace: Trace, other: Trace, **controls: Any) -> Rendered:
    both = Compared(Run(model, trace), Run(model, other))
    made = panel.tiles(Scene(model, trace, None, Focus(layer=LAYER, head=HEAD), controls, other=both))
    pack(made.data)
    return made


def test_the_same_head_of_another_text_is_counted_beside_this_one(small: Model, trace: Trace) -> None:
    short = capture(small, TraceKey(small.name, "In the beginning", max_new_tokens=0))
    made, d = beside(small, trace, short, rows=4, columns=4), small.dims.d_head
    base, n = made.data.base, len(short.tokens)
    assert base is not None
    assert n <= 4
    assert (base.n, base.d_head, base.rises) == (n, d, 0)
    mine = base.sums[2]  # one tile: Q, K and V are read once, O and L written
    assert (mine.read, mine.written, mine.steps) == (3 * n * d * 4, n * d * 4 + n * 4, 1)
    alone = [rendered(small, each, rows=4, columns=4).checks[0].error for each in (trace, short)]
    assert [base.here, base.error] == alone
    assert all(held(made))
    assert [each.statement.endswith(", in both runs") for each in made.checks] == [True, False, True]


def test_both_runs_are_cut_into_the_same_tiles(small: Model, trace: Trace) -> None:
    """A short text alone is cut finer than a long one: their counts would not be alike."""
    short = capture(small, TraceKey(small.name, "In the beginning God created", max_new_tokens=0))
    assert rendered(small, short).data.rows < rendered(small, trace).data.rows
    for one, other in ((trace, short), (short, trace)):
        data = beside(small, one, other).data
        assert data.base is not None
        assert (data.rows, data.columns) == (data.base.rows, data.base.columns)


def test_it_opens_on_a_head_that_is_rescaled_in_the_selected_row(
    small: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    last, changed = len(trace.tokens) - 1, 0
    for layer, head in product(range(small.dims.n_layers), range(small.dims.n_heads)):
        monkeypatch.setattr(rescaled_head, "telling_head", lambda *_: (layer, head))  # noqa: B023
        focus = Focus(position=last, layer=layer, head=head)
        data = panel.tiles(Scene(small, trace, None, focus)).data
        row = data.scores[last, : last + 1]
        tops = torch.stack([part.max() for part in row.split(data.columns)]).cummax(0).values
        assert float((tops[:-1] - tops[1:]).exp().min()) < SEEN, "every factor is 1: there is nothing to see"
        changed += data.selected is not None
        kept = panel.tiles(Scene(small, trace, None, focus, {"head": "selected"})).data
        assert (kept.layer, kept.head, kept.selected) == (layer, head, None)
    assert changed


def test_a_rise_is_a_later_tile_with_a_larger_score(small: Model, trace: Trace) -> None:
    data = rendered(small, trace, rows=4, columns=4).data
    n = len(data.q)
    seen = data.scores.masked_fill(~torch.ones(n, n, dtype=torch.bool).tril(), -torch.inf)
    of_tile = torch.nn.functional.pad(seen, (0, -n % 4), value=-torch.inf).view(n, -1, 4).amax(-1)
    assert data.rises == int((of_tile.cummax(-1).values.diff(dim=-1) > 0).sum()) > 0
    assert rendered(small, trace, algorithm="fa1", rows=4, columns=4).data.rises == data.rises
    assert rendered(small, trace, algorithm="standard", rows=4, columns=4).data.rises == 0


# ---- each check finds its mistake ------------------------------------------------------------------------------------


@pytest.mark.breaks("flash_tiles.tiles", "^Attention in tiles = torch’s")
def test_a_sum_that_is_not_rescaled(small: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = flash_attention.share

    def never(part: Tensor, whole: Tensor) -> Tensor:  # scores have an axis more than maxima
        return real(part, whole) if part.ndim > 3 else torch.ones_like(part)

    monkeypatch.setattr(flash_attention, "share", never)
    assert held(rendered(small, trace, rows=4, columns=4)) == [False, False, True]


@pytest.mark.breaks("flash_tiles.tiles", "= the model’s own z$")
def test_values_of_other_positions(small: Model, trace: Trace) -> None:
    turned = trace.v.clone()
    turned[LAYER] = turned[LAYER].roll(1, 0)
    wrong = replace(trace, v=turned, _kept=type(trace._kept)())
    assert held(rendered(small, wrong)) == [True, False, True]


def test_values_of_other_positions_in_the_other_run(small: Model, trace: Trace) -> None:
    turned = trace.v.clone()
    turned[LAYER] = turned[LAYER].roll(1, 0)
    wrong = replace(trace, v=turned, _kept=type(trace._kept)())
    assert held(beside(small, trace, wrong)) == [True, False, True]


@pytest.mark.breaks("flash_tiles.tiles", "^Bytes counted in the loops")
@pytest.mark.breaks("flash_tiles.questions", "^Formula = bytes counted")
def test_a_meter_that_forgets_a_write(small: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = memory_meter.Ledger.write

    def forgets(self: memory_meter.Ledger, name: str, block: int, tensor: Tensor) -> None:
        if (name, block) != ("L", 0):
            real(self, name, block, tensor)

    monkeypatch.setattr(memory_meter.Ledger, "write", forgets)
    assert held(rendered(small, trace)) == [True, True, False]
    assert held(rendered(small, trace, "questions")) == [False]


def test_values_of_another_width_are_refused(small: Model, trace: Trace) -> None:
    narrow = replace(trace, v=trace.v[..., :8], z=trace.z[..., :8], _kept=type(trace._kept)())
    with pytest.raises(NotApplicableError, match="values have 8 coordinates"):
        rendered(small, narrow)
