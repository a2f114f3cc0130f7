"""Which reference makes shares agree best with causes: over which a part's direct share tells what its removal does.

At the end of each prompt a part's share of the likeliest token's lead is held against the change of that token's
``log p`` when the part is removed from the whole run (zeroed at every position). Shares see what a part writes toward
the token itself; a removal changes what later blocks read as well, so that no reference can agree wholly.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer import zoo
from explorer.bench import Report
from explorer.corpora import passages
from explorer.experiments.overview.heads_and_causes import without
from explorer.stack.transformer.references import NAMED
from explorer.tracing.bridge.hooking import RUNNING, edit_hooks, hooked
from explorer.tracing.capturing.capture import capture
from explorer.tracing.changes.edits import Run
from explorer.tracing.changes.interventions import AblateHead, AblateMLP, Intervention
from explorer.tracing.key import TraceKey
from explorer.tracing.probes.causes import block_arguments

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

DESCRIPTION = "over which reference direct shares agree best with what removals do to log p, on real prompts"
#: Tokens of a prompt, and heads of it that are removed one by one: a draw of all.
LENGTHS, HEADS = (12, 40), 60
SEED = 0
#: Nats from which on a removal's sign is told from nothing.
FELT = 0.05
RIVAL = "rival"


@dataclass
class Agreement:
    """Shares over one reference beside effects, prompt by prompt."""

    shares: list[Float[Tensor, " part"]] = field(default_factory=list)
    effects: list[Float[Tensor, " part"]] = field(default_factory=list)

    def add(self, shares: Float[Tensor, " part"], effects: Float[Tensor, " part"]) -> None:
        self.shares.append(shares)
        self.effects.append(effects)

    @property
    def ranks(self) -> list[float]:
        """Spearman's correlation within each prompt."""
        return [_pearson(_ranks(one), _ranks(other)) for one, other in zip(self.shares, self.effects, strict=True)]

    @property
    def pooled(self) -> float:
        """Spearman's correlation over all parts of all prompts."""
        return _pearson(_ranks(torch.cat(self.shares)), _ranks(torch.cat(self.effects)))

    @property
    def signs(self) -> float:
        """Of the parts whose removal is felt, those whose share has the effect's sign."""
        shares, effects = torch.cat(self.shares), torch.cat(self.effects)
        felt = effects.abs() >= FELT
        return float((shares.sign() == effects.sign())[felt].double().mean())


def run(report: Report, prompts: int = 100) -> None:
    """Add each reference's agreement, for heads and for whole attentions and MLPs."""
    model = zoo.load(zoo.DEFAULT)
    kinds = ("heads", "attentions and MLPs")
    found = {(kind, over): Agreement() for kind in kinds for over in (*NAMED, RIVAL)}
    draw = torch.Generator().manual_seed(SEED)
    for text in _prompts(model, prompts, draw):
        trace = capture(model, TraceKey(model=model.name, text=text))
        pos = len(trace) - 1
        target, rival = trace.logits[pos].topk(2).indices.tolist()
        drawn = torch.randperm(trace.dims.n_layers * trace.dims.n_heads, generator=draw)[:HEADS].tolist()
        heads = sorted(divmod(each, trace.dims.n_heads) for each in drawn)
        effects = dict(zip(kinds, _effects(model, trace, pos, target, heads), strict=True))
        for over in (*NAMED, RIVAL):
            share = trace.attribution(pos, target, rival if over == RIVAL else over)
            layers, numbers = zip(*heads, strict=True)
            found[kinds[0], over].add(share.heads[list(layers), list(numbers)], effects[kinds[0]])
            found[kinds[1], over].add(torch.cat([share.attn, share.mlp]), effects[kinds[1]])
    for kind in kinds:
        for over in (*NAMED, RIVAL):
            _report(report, f"{kind}, over {over}", found[kind, over], prompts)
        for over in (*NAMED[1:], RIVAL):
            ahead = [
                one - other for one, other in zip(found[kind, NAMED[0]].ranks, found[kind, over].ranks, strict=True)
            ]
            middle, margin = _interval(ahead)
            case = f"{kind}: Spearman over {NAMED[0]} less that over {over}, prompt by prompt"
            report.add(f"{case}: mean", "explorer", middle, "correlation")
            report.add(f"{case}: half of its 95 % interval", "explorer", margin, "correlation")


def _report(report: Report, case: str, found: Agreement, prompts: int) -> None:
    low, middle, high = statistics.quantiles(found.ranks, n=4)
    report.add(f"{case}: Spearman within a prompt, median of {prompts}", "explorer", middle, "correlation")
    report.add(f"{case}: its quartiles", "explorer", low, "correlation")
    report.add(f"{case}: its quartiles", "explorer", high, "correlation")
    report.add(f"{case}: Spearman over all prompts' parts", "explorer", found.pooled, "correlation")
    report.add(f"{case}: same sign, of removals of {FELT} nats or more", "explorer", found.signs, "share")


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and how far its 95 % interval reaches to either side, by the normal distribution: for many values."""
    return statistics.mean(values), 1.96 * statistics.stdev(values) / len(values) ** 0.5


def _prompts(model: Model, n: int, draw: torch.Generator) -> list[str]:
    """Beginnings of held-out passages of six kinds, of a length drawn for each."""
    texts = [excerpt.text for each in passages.read() for excerpt in each.excerpts]
    found, at = list[str](), 0
    while len(found) < n:
        length = int(torch.randint(LENGTHS[0], LENGTHS[1] + 1, (), generator=draw))
        ids = list(model.vocabulary.encode(texts[at % len(texts)]))[:length]
        at += 1
        try:
            found.append(b"".join(map(model.vocabulary.bytes, ids)).decode())
        except UnicodeDecodeError:  # cut within a character
            continue
    return found


@torch.inference_mode()
def _effects(
    model: Model, trace: Trace, pos: int, target: int, heads: Sequence[tuple[int, int]]
) -> tuple[Float[Tensor, " head"], Float[Tensor, " sublayer"]]:
    """How far log p falls without each head, and without each attention and MLP, nats."""
    n, base = pos + 1, trace.logits[pos].double().log_softmax(-1)[target]
    with RUNNING:
        arguments = block_arguments(model, trace.ids)
    said = without(model, trace, n, heads, arguments, lambda _: None)
    dims = trace.dims
    every: list[tuple[Intervention, ...]] = [
        tuple(AblateHead(layer, head) for head in range(dims.n_heads)) for layer in range(dims.n_layers)
    ]
    every += [(AblateMLP(layer),) for layer in range(dims.n_layers)]
    rows: list[Tensor] = []
    for edits in every:
        with RUNNING, hooked(model, edit_hooks(model, edits, Run(trace.n_prompt, width=n, constants={}))):
            rows.append(model.bridge(trace.ids[None], return_type="logits", use_cache=False, logits_to_keep=1)[0, -1])
    left = (each.double().log_softmax(-1)[:, target] for each in (said, torch.stack(rows)))
    heads_off, sublayers_off = (base - each for each in left)
    return heads_off, sublayers_off


def _ranks(values: Float[Tensor, " part"]) -> Float[Tensor, " part"]:
    return values.argsort().argsort().double()


def _pearson(one: Float[Tensor, " part"], other: Float[Tensor, " part"]) -> float:
    return float(torch.corrcoef(torch.stack([one, other]))[0, 1])
