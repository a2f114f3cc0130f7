"""The report on specialisation: a mixture of experts and its twins on the whole held-out text, as Markdown.

Held-out loss comes from what the training recorded; load and information are measured here, on windows spread evenly
over the held-out part of every text that the model was trained on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from explorer import zoo
from explorer.corpora import texts
from explorer.errors import NotApplicableError
from explorer.experiments.architectures import experts
from explorer.experiments.architectures.experts_said import verdicts
from explorer.fetching.progress import Progress, silent
from explorer.stack.architectures.moe_parameters import from_hf, parameters
from explorer.stack.architectures.mutual_information import purity
from explorer.stack.pretraining.batches import held_out_windows
from explorer.tracing.probes import corpus
from explorer.training import tokens
from explorer.zoo import card
from explorer.zoo.model import Model

#: Tokens of a window, as in training; windows of each kind.
WIDTH, WINDOWS = 256, 64
#: An expert that takes less than this part of an even share is called idle.
IDLE = 0.1
TITLES = {
    "kind": "text kind",
    "class": "token class",
    "token": "token",
    "kind_given_token": "text kind, given the token",
}


@dataclass(frozen=True)
class Subject:
    """One model of the report."""

    name: str
    training: dict[str, Any]
    """Its training.json."""
    active: int
    """Parameters that one token uses."""
    analysis: experts.Analysis | None
    """None for a dense model."""


def measure(
    name: str, windows: int = WINDOWS, progress: Progress = silent, shuffles: int = experts.SHUFFLES
) -> Subject:
    """A model of the shelf that was trained here. Raises NotApplicableError for any other."""
    record = card.shelf_folder() / name / "training.json"
    if not record.is_file():
        raise NotApplicableError(f"{name} was not trained here: it has no training.json.")
    trained, model = json.loads(record.read_text(encoding="utf-8")), zoo.load(name, progress=progress)
    if not model.dims.n_experts:
        return Subject(name, trained, trained["parameters"], None)
    kinds, rows, kind_of_row = _windows(model, [each["name"] for each in trained["texts"]], windows)
    routing = corpus.routing_over(model, rows, progress)
    labels = experts.labels(routing, kinds, torch.tensor(kind_of_row), model.vocabulary.bytes)
    progress("Shuffle the labels", 0, 1)
    active = parameters(from_hf(model.hf.config)).active
    return Subject(name, trained, active, experts.analyse(routing, labels, shuffles=shuffles))


def _windows(model: Model, names: Sequence[str], windows: int) -> tuple[list[str], list[list[int]], list[int]]:
    tokenizer: Any = model.tokenizer
    kinds, rows, kind_of_row = [], [], []
    for at, name in enumerate(names):
        text = texts.load(name)
        stream = tokens.stream(tokenizer.backend_tokenizer, text.held_out)
        kinds.append(text.source.kind)
        for row in held_out_windows(stream, WIDTH, windows)[:, :WIDTH].tolist():
            rows.append(row)
            kind_of_row.append(at)
    return kinds, rows, kind_of_row


def markdown(subjects: Sequence[Subject]) -> str:
    """The whole report; the first subject is the one that it is about."""
    routed = [each for each in subjects if each.analysis is not None]
    parts = [f"# What the experts of {subjects[0].name} do", _losses(subjects)]
    parts += [_routing(each.name, each.analysis) for each in routed if each.analysis is not None]
    if routed:
        parts.append(_how(routed[0].analysis))
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [list(head), ["---", *["---:"] * (len(head) - 1)], *map(list, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _losses(subjects: Sequence[Subject]) -> str:
    kinds = list(dict.fromkeys(k for each in subjects for k in each.training["held_out_loss"] if k != "mean"))
    rows = []
    for each in subjects:
        losses = each.training["held_out_loss"]
        numbers = [f"{losses[kind]:.3f}" if kind in losses else "" for kind in kinds]
        sizes = [f"{n:,}" for n in (each.training["parameters"], each.active, each.training["tokens"])]
        rows.append([each.name, *sizes, *numbers, f"**{losses['mean']:.3f}**"])
    table = _table(["model", "parameters", "active", "tokens trained on", *kinds, "mean"], rows)
    first, mean = subjects[0], subjects[0].training["held_out_loss"]["mean"]
    said = [
        f"{first.name} is {abs(gap):.3f} nats {'below' if gap > 0 else 'above'} {other.name}."
        for other in subjects[1:]
        if (gap := other.training["held_out_loss"]["mean"] - mean)
    ]
    return f"## Held-out loss, nats a token\n\n{table}" + ("\n\n" + " ".join(said) if said else "")


def _routing(name: str, made: experts.Analysis) -> str:
    layers, load = made.routing.layers, made.routing.load
    even, n = 1 / made.routing.n_experts, made.routing.n_experts
    rows = []
    for at, layer in enumerate(layers):
        f = load[at]
        spread = float(f.std(unbiased=False) / f.mean())
        idle = [str(e) for e in range(n) if float(f[e]) < IDLE * even]
        shares = f"{100 * float(f.min()):.1f}", f"{100 * float(f.max()):.1f}", f"{spread:.2f}"
        rows.append([str(layer), *shares, ", ".join(idle) or "none", *(f"{100 * float(each):.1f}" for each in f)])
    head = ["layer", "least, %", "most, %", "coefficient of variation", "idle", *(f"e{e}" for e in range(n))]
    total_idle = int((load < IDLE * even).sum())
    said = f"An even share is {100 * even:.1f} %. Idle, with less than a tenth of that: {total_idle} of {load.numel()}."
    sentences = "\n".join(f"- {sentence}" for sentence in verdicts(made))
    return "\n\n".join(
        [
            f"## {name}: load",
            f"{said}\n\n{_table(head, rows)}",
            f"## {name}: bits that the choice of an expert shares with a label",
            sentences,
            _information(made),
            f"### {name}: purity\n\n{_purities(made)}",
        ]
    )


def _information(made: experts.Analysis) -> str:
    head = ["layer", "all bits in the routing"]
    for title in TITLES.values():
        head += [title, "shuffled, 95 %", "beyond, of the routing"]
    rows = []
    for at, layer in enumerate(made.routing.layers):
        row = [str(layer), f"{float(made.measured[0].available[at]):.3f}"]
        for one in made.measured:
            share = f"{100 * float(one.of_routing[at]):.1f} %" if bool(one.beyond[at]) else "chance"
            band = f"{float(one.low[at]):.3f} to {float(one.high[at]):.3f}"
            row += [f"{float(one.bits[at]):.3f}", band, share]
        rows.append(row)
    return _table(head, rows)


def _purities(made: experts.Analysis) -> str:
    """The kind of text guessed from the expert alone, against the commonest kind."""
    counts = torch.bincount(made.labels.kind).double()
    table = made.by_kind.share * counts[:, None]  # layer label expert
    right = ", ".join(
        f"{100 * float(p):.1f} % of the choices in layer {layer}"
        for layer, p in zip(made.routing.layers, purity(table), strict=True)
    )
    alone = 100 * float(counts.max() / counts.sum())
    return (
        f"If one guesses, for each expert, the kind of text that it takes most, the guess is right for {right}. "
        f"The commonest kind of all is right for {alone:.1f} %."
    )


def _how(made: experts.Analysis | None) -> str:
    assert made is not None
    shuffles = len(made.measured[0].shuffled)
    kinds = ", ".join(made.labels.kinds)
    return (
        "## How it was measured\n\n"
        f"{made.routing.n_passages:,} windows of at most {WIDTH} tokens, {len(made.routing.ids):,} tokens in all, "
        f"spread evenly over the held-out documents of {len(made.labels.kinds)} kinds ({kinds}). Each token counts "
        f"once, 1/{made.routing.indices.shape[-1]} for each of its experts. Labels were shuffled "
        f"{shuffles} times. Text kind: the kinds of whole windows are permuted. Token class and token: the labels of a "
        "window are rotated by a random number of places. Text kind, given the token: kinds are permuted among the "
        "occurrences of one token. “Beyond, of the routing” is the measured value minus the mean of the shuffled ones, "
        "divided by all bits in the routing, H(expert) − H(expert | occurrence); “chance” means inside the band of "
        "95 %. It is a cautious figure: where a label determines much of the choice, the shuffled mean is larger than "
        "the bias.\n\n"
        "Each kind is one source, so its effect cannot be separated from that of its author, age or language. Windows "
        "of one document are not independent, and the novel's held-out part is three chapters."
    )
