"""Why this word: parts that add up, sources that make heads, rules on numbers alone; against plain transformers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from explorer.figures.overview import why as figure
from explorer.figures.overview.why import WhyPart
from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.inference.decoding.sampling import Sampler

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

TEXT = "When Mary and John went to the store, John gave a drink to"
MARY = 5099


def capture(model: Model, *edits: str) -> Trace:
    from explorer.tracing import TraceKey, parse_intervention
    from explorer.tracing import capture as run

    interventions = tuple(parse_intervention(edit) for edit in edits)
    return run(model, TraceKey(model.name, TEXT, sampler=Sampler(temperature=0.0), interventions=interventions))


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return capture(model)


def reasons(trace: Trace, target: int, other: int | None = None) -> figure.Why:
    at = len(trace.tokens) - 1
    contrast = None if other is None else trace.attribution(at, target, other)
    return figure.why(trace, trace.attribution(at, target), contrast)


def shown(why: figure.Why) -> list[WhyPart]:
    return [*why.named, *([why.against] if why.against else [])]


def test_mary_is_said_because_a_block_reads_mary(trace: Trace) -> None:
    why = reasons(trace, MARY)
    assert [(part.kind, part.layer) for part in why.named] == [("mlp", 29), ("attention", 23), ("mlp", 28)]
    read = why.named[1].read
    assert read is not None
    assert (read.position, read.token) == (1, MARY)
    assert read.share > why.named[1].share / 2
    assert [reader.head for reader in read.readers] == [0, 1]
    assert why.against is not None
    assert (why.against.kind, why.against.layer) == ("attention", 24)
    assert why.against.share < 0


def test_named_and_other_parts_make_the_lead(model: Model, trace: Trace) -> None:
    at = len(trace.tokens) - 1
    with torch.inference_mode():
        logits = model.hf(trace.ids[None]).logits[0, at].double()
    best, second = logits.topk(2).indices.tolist()
    why = reasons(trace, best, second)
    others = logits.clone()
    others[best] = -torch.inf
    lead = float(logits[best] - others.softmax(-1) @ logits)
    assert sum(part.share for part in shown(why)) + why.rest == pytest.approx(lead, abs=1e-3)
    assert why.explained == pytest.approx(sum(part.share for part in why.named))
    assert why.toward + why.back == pytest.approx(lead, abs=1e-3)
    assert len(shown(why)) + why.others == 1 + 2 * model.dims.n_layers
    assert why.ahead is not None
    assert why.ahead.lead == pytest.approx(float(logits[best] - logits[second]), abs=1e-3)
    assert why.ahead.p == pytest.approx(float(logits.softmax(-1)[second]), abs=1e-5)
    behind = reasons(trace, second, best).ahead
    assert behind is not None
    assert (behind.lead, behind.part.share) == (pytest.approx(-why.ahead.lead), pytest.approx(-why.ahead.part.share))


@pytest.mark.parametrize("layer", [0, 23, 29])
def test_what_was_read_makes_each_heads_share(model: Model, trace: Trace, layer: int) -> None:
    at = len(trace.tokens) - 1
    share = trace.attribution(at, MARY)
    brought = figure.by_position(trace, share, layer)
    assert brought.shape == (model.dims.n_heads, at + 1)
    assert torch.allclose(brought.sum(-1), share.heads[layer], atol=1e-4)
    # one head and one position, from the model's own weights
    head, position, d = 1, 1, model.dims.d_head
    attention: Any = model.hf.model.layers[layer].self_attn
    with torch.inference_mode():
        stream = trace.stream(layer)[position]
        value = attention.v_proj(model.hf.model.layers[layer].input_layernorm(stream))[:d]
        written = attention.o_proj.weight[:, head * d : (head + 1) * d] @ value
        others = trace.logits[at].double().clone()
        others[MARY] = -torch.inf
        rows = model.hf.lm_head.weight.double()
        toward = ((rows[MARY] - others.softmax(-1) @ rows) * model.hf.model.norm.weight / share.scale).float()
        mine = float(trace.pattern[layer, head, at, position] * (written @ toward))
    assert float(brought[head, position]) == pytest.approx(mine, abs=1e-4)


def test_rules_name_by_size_alone() -> None:
    def named(*shares: float) -> list[float]:
        return [
            p.share for p in figure._strongest([WhyPart(kind="mlp", layer=i, share=s) for i, s in enumerate(shares)])
        ]

    assert named(9.0, 2.0, -4.0) == [9.0]  # 80 % of all that pushes toward it is enough
    assert named(9.0, 5.0, -4.0) == [9.0, 5.0]
    assert named(4.0, 3.0, 2.0, 1.0) == [4.0, 3.0, 2.0]  # three at most
    assert named(-1.0, -2.0) == []  # nothing pushes toward it
    assert named(2.0, 1.0, -9.0) == [2.0, 1.0]  # nor does what pushes against it change who is named


def test_a_head_that_was_taken_away_brought_nothing(model: Model) -> None:
    gone = capture(model, "ablate:23.1", "ablate:23.0:mean", "scale:10:all:0.5")
    at = len(gone.tokens) - 1
    share = gone.attribution(at, MARY)
    brought = figure.by_position(gone, share, 23)
    assert float(brought[:2].abs().sum()) == 0
    assert torch.allclose(brought[2:].sum(-1), share.heads[23, 2:], atol=1e-4)
    assert float(share.heads[23, 0].abs()) > 0  # its mean is written, from no position
    made = panels()["walk"].render("river", Scene(model, gone, None, Focus(position=at, target=MARY)))
    assert all(check.holds for check in made.checks), made.checks
    parts = [part for part in figure._parts(share) if part.kind == "intervention"]
    assert [part.layer for part in parts] == [10]


def test_what_cannot_be_told_apart_is_not_told(model: Model, trace: Trace) -> None:
    refused = replace(trace, readout=replace(trace.readout, refused={"values": "they are not."}))
    why = reasons(refused, MARY)
    assert [part.read for part in why.named] == [None, None, None]
    at = len(trace.tokens) - 1
    made = panels()["walk"].render("river", Scene(model, refused, None, Focus(position=at, target=MARY)))
    assert "again from heads and neurons" in made.checks[1].statement
    assert made.checks[1].holds


def test_a_vocabulary_has_no_other_token(trace: Trace) -> None:
    assert reasons(trace, MARY, None).ahead is None
