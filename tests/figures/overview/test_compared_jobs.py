"""Views that are measured, with a second run beside the page's: what they show of it is what it shows by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.transformer import norms as gradients
from explorer.figures.overview.compared import Compared
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.controls import WITH
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.shell.service import Explorer
from explorer.shell.views.other_run import of_each
from explorer.tracing import TraceKey
from tests.figures.overview.test_compared import AT, BEGIN, DENSE, END, LONG, MIXED, ran
from tests.tiers import spread

HERE = 1
#: Views that show an example of their own by a text whose words stand whole in every vocabulary; texts that they show.
OWN_EXAMPLE = {"wordpiece.greedy", "wordpiece.before", "tokenizers_compared.lanes"}
SPELT, SPELT_ANEW = "In Xylqua 7,219 zebroids", "In Zwiebelqua 83,156 quaggas, naïve"
#: Claims of which another text finds something else.
OF_THE_TEXT = ("top-p", "rejected-draft")
Read = Callable[[Any], Any]
#: What a view shows of the other run (nothing where it is rendered for that run as well), and where that run's own view
#: has the same; with these controls.
SAME: dict[str, tuple[str, Read | None, Read, dict[str, str]]] = {
    "bpe_encoding.steps": (DENSE, lambda d: [d.base.n_tokens, d.base.pieces, d.base.path],
                           lambda d: [d.n_tokens, d.pieces, d.path], {"source": "prompt"}),
    "wordpiece.greedy": (DENSE, lambda d: [d.base.words, d.base.n_tokens], lambda d: [d.words, d.n_tokens], {}),
    "wordpiece.before": (DENSE, lambda d: [d.base.text, d.base.stages, d.base.decoded],
                         lambda d: [d.text, d.stages, d.decoded], {}),
    "window_reach.cone": (DENSE, None, lambda d: d.change, {"window": "2"}),
    "kv_cache.policies": (DENSE, None, lambda d: [p.kl for p in d.policies],
                          {"budget": "3"}),
    "kv_cache.growth": (DENSE, lambda d: [d.base.start, d.base.bytes], lambda d: [d.start, d.bytes], {}),
    "norms.gradients": (DENSE, None, lambda d: [d.read, d.distinct, d.found], {}),
    "counterfactuals.counts": (MIXED, None, lambda d: d.rows, {"where": "layer"}),
    "counterfactuals.table": (MIXED, None, lambda d: d.rows, {"scope": "layer"}),
    "counterfactuals.continuation": (MIXED, None,
                                     lambda d: (d.parting, d.plain[d.parting].id), {"pick": "k1", "new": "8"}),
    "grouped_query.pooled": (DENSE, None, lambda d: d.layers.mean(-1), {}),
    "position_schemes.shuffle": (DENSE, None, lambda d: d.causal, {}),
    "fp8_attention.errors": (DENSE, None, lambda d: [d.rmse, d.helped], {}),
    "fp8_attention.turned": (DENSE, None,
                             lambda d: [d.after.largest, d.before.scores], {}),
    "beam_search.tree": (DENSE, None, lambda d: d.nodes.total[list(d.texts[0].nodes)].tolist(),
                         {"beams": "2", "steps": "3"}),
    "contrastive_search.steps": (DENSE, None,
                                 lambda d: [row[at] for row, at in zip(d.penalties.tolist(), d.chosen, strict=True)],
                                 {"k": "2", "steps": "3"}),
    "contrastive_search.likeness": (DENSE, None,
                                    lambda d: [d.contrastive.cosines.tolist(), d.greedy.mean],
                                    {"k": "2", "steps": "3"}),
    "contrastive_search.trade": (DENSE, None,
                                 lambda d: [each.mean_logprob for each in d.texts], {"k": "2", "length": "32"}),
    "constrained.steps": (DENSE, None, lambda d: [each.forbidden for each in d.steps],
                          {"form": "name", "new": "4"}),
    "flash_backward.kept": (DENSE, None, lambda d: [d.n_tokens, d.standard, d.flash, d.backward_flops], {}),
    "flash_backward.tile": (DENSE, None, lambda d: [d.value, d.lengths, d.lse, d.delta], {"tile": "8"}),
    "paged_cache.blocks": (DENSE, None,
                           lambda d: [d.n_prompt, [each.bytes for each in d.frames], d.sizes], {"block": "2"}),
    "positions.scaling": (DENSE, None, lambda d: [d.length, d.theta, d.inv_freq], {}),
    "tokenizers_compared.lanes": (DENSE, lambda d: list(d.base.tokens), lambda d: [len(each.ids) for each in d.lanes],
                                  {"lineup": "model,smollm2"}),
    "tokens.chat": (DENSE, None,
                    lambda d: [d.plain.ids, d.plain.special, d.has_template], {}),
    "tokens.merges": (DENSE, None,
                      lambda d: [d.position, len(d.start), [each.bytes[each.index] for each in d.steps]], {}),
    "speculative.rounds": (DENSE, None,
                           lambda d: [d.tested, d.accepted, d.overlap],
                           {"draft": "skip", "blocks": "4", "new": "6", "temperature": "1"}),
    "speculative.drafts": (DENSE, None, lambda d: [each.alpha for each in d.drafts], {"temperature": "1"}),
    "three_shapes.shapes": (DENSE, None, lambda d: d.encoder.ahead, {}),
    "three_shapes.reach": (DENSE, None,
                           lambda d: [d.encoder.stirred, round(float(last(d.encoder.moved).mean()), 4)],
                           {"word": "3", "by": "water"}),
    "errata.top_p": (DENSE, None,
                     lambda d: [d.kept, d.distance, d.outside], {"top_p": "0.8"}),
    "errata.draft": (DENSE, None, lambda d: [d.blocks, d.kept, d.bias],
                     {"blocks": "1"}),
    "errata.rope": (DENSE, None,
                    lambda d: [len(d.ways[1].kl), d.ways[1].error, d.ways[1].changed, float(d.ways[1].kl.mean())], {}),
    "errata.entries": (DENSE, None,
                       lambda d: [each.found for each in d.entries if each.name in OF_THE_TEXT], {}),
}  # fmt: skip


def scene(both: Compared, controls: dict[str, str], position: int = HERE) -> Scene:
    focus = Focus(position, 1, 1, 300)
    return Scene(both.one.model, both.one.trace, focus=focus, controls=controls, other=both)


@pytest.fixture(autouse=True)
def few_decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradients, "DEPTHS", (2, 3))
    monkeypatch.setattr(gradients, "DRAWS", 1)


@pytest.mark.parametrize("name", spread(SAME, 3))
def test_the_second_run_has_the_numbers_that_it_shows_by_itself(name: str) -> None:
    model, there, own, controls = SAME[name]
    panel, _, view = name.partition(".")
    both = Compared(ran(BEGIN, model), ran(END if view in ("table", "continuation", "tile") else LONG, model))
    if name in OWN_EXAMPLE:
        both = Compared(ran(SPELT, model), ran(SPELT_ANEW, model))
    here = AT if view == "continuation" else HERE
    position = both.there(here)
    assert position is not None
    made, shown = of_both(panel, view, scene(both, controls, here), there, own)
    assert all(check.holds for check in made.checks), made.checks
    alone = scene(Compared(both.other, both.one), controls)
    alone = replace(alone, other=None, focus=replace(alone.focus, position=position))
    expected = panels()[panel].render(view, alone)
    assert len(made.checks) >= len(expected.checks)
    assert same(shown, own(expected.data))
    assert not same(shown, own(made.data))
    pack(made.data)


def of_both(name: str, view: str, scene: Scene, there: Read | None, own: Read) -> tuple[Rendered, Any]:
    """What the view shows, and what of the other run."""
    panel = panels()[name]
    if there is not None:
        made = panel.render(view, scene)
        return made, there(made.data)
    *_, (made, _, other) = of_each(panel, panel.view(view), scene)
    assert other is not None
    assert any(check.statement.endswith((", in both runs", ", in the other run")) for check in made.checks)
    return made, own(other.made.data)


def last(moved: torch.Tensor) -> torch.Tensor:
    return moved[-1][moved[-1] > 0]


def same(one: Any, other: Any) -> bool:
    """To the last digit but for sums in another order; NaN is NaN."""
    if isinstance(one, torch.Tensor):
        return one.shape == other.shape and torch.allclose(one, other, atol=1e-5, equal_nan=True)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return abs(one - other) < 1e-5 or (one != one and other != other)
    if hasattr(one, "__dataclass_fields__"):
        return all(same(getattr(one, each), getattr(other, each)) for each in one.__dataclass_fields__)
    return one == other


def test_a_position_is_held_against_the_one_that_belongs_to_it() -> None:
    longer = Compared(ran(BEGIN), ran(LONG))
    assert longer.said("place", HERE).text == "Position 1 of this run corresponds to position 2 of that run."
    assert longer.said("any", HERE).text == ""
    more = Compared(ran("In the very very beginning God made"), ran(BEGIN))
    without = [left for left, right in more.pairs if left is not None and right is None]
    assert without
    assert not more.said("place", without[0]).fits
    assert "no token that corresponds" in more.said("place", without[0]).text


def test_a_second_model_that_lacks_what_a_view_requires_is_named() -> None:
    service, query = Explorer(), TraceKey(MIXED, BEGIN).query()
    controls = {WITH: TraceKey(DENSE, BEGIN).query()}
    made = service.views(query, "counterfactuals", ["counts"], {"position": HERE}, controls)["views"]["counts"]
    assert not made["compared"]["fits"]
    assert "dense model" in made["compared"]["text"]
    assert "there" not in made


def test_what_a_decoder_leaves_out_is_said_of_either_run() -> None:
    both = Compared(ran(BEGIN), ran(END))
    assert scene(both, {}).left_out == ""
    from explorer.tracing import parse_intervention

    key = replace(both.other.trace.key, interventions=(parse_intervention("mlp:1"),))
    edited = Compared(both.one, both.other._replace(trace=replace(both.other.trace, key=key)))
    assert scene(edited, {}).left_out == "The interventions of either run are not applied here."
    key = replace(key, interventions=(parse_intervention("quant:all:int8"),))
    edited = Compared(both.one, both.other._replace(trace=replace(both.other.trace, key=key)))
    assert scene(edited, {}).left_out == ""
