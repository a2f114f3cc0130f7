"""Two models on a small one: itself in fewer bits and with a part taken out; checks that fail where they are broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import torch

from explorer.corpora import minimal_pairs
from explorer.experiments.evaluation import two_models as experiment
from explorer.experiments.evaluation.reader import Hooked
from explorer.figures.evaluation import two_models as figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.evaluation import scoring
from explorer.stack.evaluation.scoring import Request, Scored
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing import TraceKey, capture
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_a_model_in_two_bits_flips_items(view: View) -> None:
    shown = view("two_models.flips", items=60, second="int2")[-1]
    made, verdict = shown.data, shown.data.verdict
    assert all(check.holds for check in shown.checks)
    assert verdict.both + verdict.neither + verdict.only_first + verdict.only_second == len(made.items) == 60
    assert verdict.only_first == sum(item.first > 0 >= item.second for item in made.items)
    assert verdict.difference.mean == pytest.approx((verdict.only_second - verdict.only_first) / 60)
    assert verdict.difference.low <= verdict.difference.mean <= verdict.difference.high
    assert 0 < verdict.p <= 1


def test_a_model_with_a_part_taken_out(view: View, small: Model) -> None:
    made = view("two_models.flips", items=24, second="do", do="mlp:0, ablate:1.2")[-1].data
    assert "mlp:0" in made.second
    assert any(abs(item.first - item.second) > 1e-3 for item in made.items)
    hooked = experiment.contestant(small, "", (experiment_of("quant:all:fp16"),))
    assert not hooked.inside


def experiment_of(text: str) -> Any:
    from explorer.tracing.changes.interventions import parse_intervention

    return parse_intervention(text)


def test_choices_of_one_token_share_a_pass_under_hooks(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the margins are those of the same contestant, request by request."""
    items, passes = minimal_pairs.agreement()[:6], list[int]()
    one = experiment.contestant(small, "", (experiment_of("mlp:0"),))
    assert isinstance(one.reader, Hooked)
    cuts = [experiment.cut(small, item) for item in items]
    alone = [
        [dict(one.reader.score([Request(each.context, (verb,))]))[0].total for verb in (each.right, each.wrong)]
        for each in cuts
    ]
    real = Hooked._logits

    def counted(self: Hooked, *arguments: Any) -> torch.Tensor:
        passes.append(1)
        return real(self, *arguments)

    monkeypatch.setattr(Hooked, "_logits", counted)
    assert experiment.margins(one, items) == pytest.approx([right - wrong for right, wrong in alone])
    assert len(passes) == 6


def test_nothing_inside_is_the_model_itself(small: Model) -> None:
    """Hooks of an ablation at a strength of nothing: transformers under hooks = the decoder."""
    items = minimal_pairs.agreement()[:6]
    plain = experiment.margins(experiment.contestant(small, "plain"), items)
    same = experiment.contestant(small, "scaled", (experiment_of("scale:1:all:1.0"),))
    if same.inside:
        assert experiment.margins(same, items) == pytest.approx(plain, abs=1e-3)


def test_a_contrast_is_read_as_its_run_is_traced(small: Model) -> None:
    """What lies between two texts is found in their own runs first: the reader's surprise = the trace's."""
    edit = experiment_of("contrast:1:all:5:the%20king:the%20whale")
    trace = capture(small, TraceKey(small.name, "the whale swam", interventions=(edit,)))
    ids = trace.ids.tolist()
    one = experiment.contestant(small, "", (edit,))
    assert isinstance(one.reader, Hooked)
    found = one.reader.surprises(ids[:-1], ids[1:])
    traced = -trace.logits[:-1].log_softmax(-1).gather(-1, torch.tensor(ids[1:])[:, None])[:, 0]
    assert torch.allclose(found, traced, atol=1e-3)
    plain = experiment.contestant(small, "").reader.surprises(ids[:-1], ids[1:])
    assert (found - plain).abs().max() > 1e-2


@pytest.mark.parametrize("do", ["", "nonsense", "ablate:99.0", "scale:1:3:2.0", "quant:all:nothing"])
def test_a_change_that_cannot_be_made_is_said(view: View, do: str) -> None:
    made = view("two_models.flips", items=24, second="do", do=do or " ")[-1].data
    assert made.wrong
    assert not made.items


def test_the_second_is_called_by_its_format(view: View) -> None:
    made = view("two_models.flips", items=24, second="int4")[-1].data
    assert made.second == f"{made.first} in INT4"
    assert not made.given


def test_pairs_are_made_by_rules() -> None:
    items = minimal_pairs.agreement()
    plural = {noun for _, noun in minimal_pairs.NOUNS}
    for item in items:
        subject, nearer = item.prefix.split()[1], item.prefix.split()[-1]
        assert (subject in plural) != (nearer in plural)
        assert (item.right in {" are", " were", " have"}) == (subject in plural)
    assert {items.count(item) for item in items} == {1}


@pytest.mark.breaks("two_models.flips", r"^The margins of \d+ items = those that transformers computes$")
def test_a_decoder_that_reads_one_token_less(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = scoring.score

    def shorter(decoder: Decoder, requests: Sequence[Request]) -> Iterator[tuple[int, Scored]]:
        return real(decoder, [Request(each.context[1:], each.continuation) for each in requests])

    monkeypatch.setattr(scoring, "score", shorter)
    assert not check("two_models.flips", "The margins", items=24).holds


@pytest.mark.breaks("two_models.flips", r"^McNemar’s exact p")
def test_a_one_sided_test_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = figure.mcnemar
    monkeypatch.setattr(figure, "mcnemar", lambda first, second: real(first, second) / 2)
    assert not check("two_models.flips", "McNemar", items=60, second="int2").holds


def test_coins_are_fair() -> None:
    assert experiment.coin_rounds(5, 5, torch.Generator().manual_seed(0)) == 1
    assert experiment.coin_rounds(0, 0, torch.Generator().manual_seed(0)) == 1
    assert experiment.coin_rounds(10, 0, torch.Generator().manual_seed(0)) < 0.01
