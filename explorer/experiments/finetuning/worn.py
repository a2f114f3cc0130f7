"""An adapter and what it learnt: which there are for a model, and the held-out items that it is measured by."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import instructions
from explorer.errors import ExplorerError, NotApplicableError
from explorer.experiments.finetuning.sft import conversation
from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.conversations import Example, padded
from explorer.stack.finetuning.lora import LoRA
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.adapters import adapter, adapters, committed
from explorer.zoo.model import Model


@dataclass(frozen=True)
class Worn:
    """A LoRA on a model."""

    name: str
    adapter: Adapter
    learnt: str
    """The set of instructions that it was trained on; nothing where that is not known."""
    r: int
    scale: float

    def pair(self, layer: str) -> LoRA:
        change = self.adapter[layer]
        assert isinstance(change, LoRA)
        return change


def offered(model: Model, own: bool) -> tuple[str, ...]:
    """The shelf's adapters of this model, then the machine's. `own`: the server is its visitor's own; nobody else is
    told of the machine's. Raises NotApplicableError where there is none."""
    shelf = committed(model.name)
    there = (*shelf, *(each for each in (adapters() if own else ()) if each not in shelf))
    if not there:
        raise NotApplicableError("The shelf has no adapter of this model.", "Open SmolLM2-135M.")
    return there


def worn(decoder: Decoder, name: str) -> Worn:
    """The adapter of that name on a model. Raises NotApplicableError where it is no LoRA, or another model's."""
    try:
        found = adapter(name)
        made = found.on(decoder)
    except ExplorerError as error:
        raise NotApplicableError.of(error) from error
    if not isinstance(made, Adapter) or not all(isinstance(each, LoRA) for each in made.changes.values()):
        raise NotApplicableError(
            f"The adapter “{found.folder.name[:60]}” is a {found.settings.title}, which has no A and B.", "Name a LoRA."
        )
    about = found.folder / "training.json"
    data = json.loads(about.read_text(encoding="utf-8")).get("data", {}) if about.is_file() else {}
    return Worn(
        found.folder.name, made.requires_grad_(False), str(data.get("name", "")), found.settings.r, found.settings.scale
    )


def held_out(model: Model, task: str, items: int) -> list[Example]:
    """The first held-out conversations of a set, in the model's own template."""
    pairs = instructions.made(task).held_out[:items]
    return [conversation(model, each.request, each.answer).example for each in pairs]


@torch.no_grad()
def answers(
    decoder: Decoder, examples: Sequence[Example]
) -> list[tuple[Float[Tensor, "token d_vocab"], Int[Tensor, " token"]]]:
    """Log-probabilities where an answer's tokens are predicted, and these tokens: one pass for all examples."""
    rows = padded(examples)
    learnt = rows.learnt[:, 1:]
    logp = torch.log_softmax(decoder.unembedded(decoder.stream(rows.ids)[:, :-1][learnt][None])[0].float(), -1)
    counts = learnt.sum(1).tolist()
    return list(zip(logp.split(counts), rows.ids[:, 1:][learnt].split(counts), strict=True))


def loss_of(answer: tuple[Float[Tensor, "token d_vocab"], Int[Tensor, " token"]]) -> float:
    """The mean of its tokens, nats."""
    logp, tokens = answer
    return float(-logp.gather(1, tokens[:, None]).mean())


def losses(decoder: Decoder, examples: Sequence[Example]) -> list[float]:
    """The mean loss of each answer's tokens."""
    return [loss_of(each) for each in answers(decoder, examples)]
