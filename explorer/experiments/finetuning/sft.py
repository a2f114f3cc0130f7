"""One conversation as supervised fine-tuning reads it, and one step on it: what the step does to every token, and to a
text that it should not touch.

The step is plain gradient descent on a LoRA at all linear layers, from the gradient of the loss on the answer, of the
length that is asked for: A is what it is at random and B is nought, so that at the first step only B moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.conversations import Example, Told, learnt, padded, told
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.tokenization.chat_template import turn
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.chat import ChatTemplate
from explorer.zoo.model import Model

#: For a model that has no template.
PLAIN = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
LONGEST = 160
R, ALPHA = 8, 16
#: The length of a step by which a slope is measured.
NUDGE = 0.006


@dataclass(frozen=True, eq=False)
class Conversation:
    """A conversation in tokens."""

    told: Told
    template: bool
    """Whether the template is the model's own."""
    example: Example
    by_prefix: int
    """Where the answer begins by trl's way: at the first token at which the prompt alone and the whole differ."""
    by_length: int
    """Where it would begin by the number of the prompt's own tokens."""
    mark: Int[Tensor, " token"]
    """Of each token, 1 if the template wrote all of it, else 0."""

    @property
    def first(self) -> int:
        """The first token that is learnt."""
        return self.example.learnt.index(True)


def conversation(model: Model, request: str, answer: str) -> Conversation:
    """Raises BadRequestError for a conversation that is too long, or that says one of the template's marks."""
    own = ChatTemplate.of(model.tokenizer)
    template = own or ChatTemplate(PLAIN, {})
    made = told(template.source, [turn("user", request), turn("assistant", answer)], template.variables)
    for special in model.tokenizer.all_special_tokens:
        if special in request or special in answer:
            raise BadRequestError(f"A turn holds {special!r}, which ends or begins turns.", "Leave it out.")
    ids, places = _tokens(model, made.text)
    if len(ids) > LONGEST:
        raise BadRequestError(
            f"This conversation has {len(ids)} tokens, and {LONGEST} are taken.", "Write a shorter one."
        )
    begin = made.answers[0][0]
    prompt, _ = _tokens(model, made.text[:begin])
    same = zip(prompt, ids, strict=False)
    by_prefix = next((at for at, (one, other) in enumerate(same) if one != other), min(len(prompt), len(ids)))
    said = [_place(made.text, request, 0), _place(made.text, answer, begin)]
    marks = [not any(start < last and first < end for first, last in said) for start, end in places]
    example = Example(tuple(ids), learnt(places, made.answers))
    return Conversation(made, own is not None, example, by_prefix, len(prompt), torch.tensor(marks).long())


def _place(text: str, said: str, begin: int) -> tuple[int, int]:
    at = text.find(said.strip(), begin)
    return at, at + len(said.strip())


def _tokens(model: Model, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    made = model.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return list(made["input_ids"]), [(int(first), int(last)) for first, last in made["offset_mapping"]]


@torch.no_grad()
def losses(logits: Callable[[Tensor], Tensor], ids: Int[Tensor, " token"]) -> Float[Tensor, " token"]:
    """-ln p of every token but the first, which has none (NaN)."""
    logp = torch.log_softmax(logits(ids[None])[0].float(), -1)
    found = -logp[:-1].gather(1, ids[1:, None])[:, 0]
    return torch.cat([torch.tensor([float("nan")]), found])


@torch.no_grad()
def of_transformers(model: Model, made: Conversation) -> float:
    """transformers' own mean loss, with labels of -100 on what is not learnt."""
    ids = torch.tensor(made.example.ids)[None]
    labels = ids.clone()
    labels[0, ~torch.tensor(made.example.learnt)] = -100
    return float(model.hf(input_ids=ids.to(model.device), labels=labels.to(model.device)).loss)


@dataclass(frozen=True, eq=False)
class Stepped:
    """Losses before and after one step."""

    conversation: Conversation
    before: Float[Tensor, " token"]
    after: Float[Tensor, " token"]
    other: Int[Tensor, " other"]
    """The text that is not trained on."""
    other_before: Float[Tensor, " other"]
    other_after: Float[Tensor, " other"]
    trained: int
    """Numbers."""
    gradient: float
    """Its norm."""
    length: float
    slope: float
    """By how much the loss falls over the first 0.006 of the step, for each unit of length."""
    by_layer: Float[Tensor, " layer"] = field(default_factory=lambda: torch.zeros(0))
    """Of the gradient's square, the share of each block."""


def stepped(decoder: Decoder, made: Conversation, other: Int[Tensor, " other"], length: float, seed: int) -> Stepped:
    """One step of this length down the gradient. Raises BadRequestError where the gradient is nought."""
    adapter = methods.lora(
        decoder, roles_of(decoder), R, ALPHA, start="gaussian", generator=torch.Generator().manual_seed(seed)
    )
    tuned, rows = Tuned(decoder, adapter), padded([made.example])
    ids = torch.tensor(made.example.ids)
    before, other_before = losses(tuned, ids), losses(tuned, other)
    with torch.enable_grad():
        tuned.loss(rows).parts["lm"].backward()
    grads = {name: p.grad.clone() for name, p in tuned.named_parameters() if p.grad is not None}
    norm = float(torch.stack([grad.square().sum() for grad in grads.values()]).sum().sqrt())
    if not norm:
        raise BadRequestError("The gradient is nought: the answer cannot get likelier.", "Write another answer.")
    start = float(tuned.loss(rows).parts["lm"].detach())
    _move(tuned, grads, -NUDGE / norm)
    nudged = float(tuned.loss(rows).parts["lm"].detach())
    _move(tuned, grads, -(length - NUDGE) / norm)
    after, other_after = losses(tuned, ids), losses(tuned, other)
    return Stepped(
        made, before, after, other, other_before, other_after, sum(p.numel() for p in tuned.parameters()), norm,
        length, (start - nudged) / NUDGE, _by_layer(grads, decoder.config.n_layers, norm),
    )  # fmt: skip


def roles_of(decoder: Decoder) -> tuple[str, ...]:
    if decoder.config.n_experts:
        return methods.ATTENTION
    return methods.LINEAR if decoder.config.gated else tuple(role for role in methods.LINEAR if role != "W_gate")


@torch.no_grad()
def _move(tuned: Tuned, grads: dict[str, Tensor], by: float) -> None:
    for name, parameter in tuned.named_parameters():
        if name in grads:
            parameter.add_(grads[name], alpha=by)


def _by_layer(grads: dict[str, Tensor], n_layers: int, norm: float) -> Float[Tensor, " layer"]:
    shares = torch.zeros(n_layers)
    for name, grad in grads.items():
        layer = name.partition("blocks/")[2].partition("/")[0]
        shares[int(layer)] += grad.square().sum() / norm**2
    return shares
