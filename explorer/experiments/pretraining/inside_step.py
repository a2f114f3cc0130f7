"""Inside a step: one matrix of a model is trained on a text for some steps, and the last of them is opened.

All other weights stay as they are, so that each step costs one reading of the text. Both optimizers are asked for the
last step from the same weights, after the same gradients: the state of the other one is made by giving it the gradients
that the first one met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor
from torch.func import functional_call

from explorer.errors import NotApplicableError
from explorer.stack.pretraining.optimizers.adam import Adam
from explorer.stack.pretraining.optimizers.lion import Lion
from explorer.stack.pretraining.optimizers.muon import SMALLEST, Muon, iterates, polynomial
from explorer.stack.pretraining.optimizers.sgd import SGD
from explorer.stack.pretraining.optimizers.stepped import Rule, Stepped
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

#: Tokens of the text that are read.
READ = 128
#: Rules by the names of the control, and the learning rate that is usual for each.
RULES: Mapping[str, tuple[Rule, float]] = {
    "sgd": (SGD(momentum=0.9), 0.1),
    "adamw": (Adam(betas=(0.9, 0.95), weight_decay=0.1), 1e-3),
    "lion": (Lion(weight_decay=0.1), 1e-4),
    "muon": (Muon(), 0.02),
}
#: torch's own of them.
PEERS: Mapping[str, Callable[[list[Tensor], float], torch.optim.Optimizer]] = {
    "sgd": lambda weights, lr: torch.optim.SGD(weights, lr, momentum=0.9),
    "adamw": lambda weights, lr: torch.optim.AdamW(weights, lr, betas=(0.9, 0.95), weight_decay=0.1),
    "muon": lambda weights, lr: torch.optim.Muon(weights, lr),
}
#: A block's matrices, by the names of the control.
MATRICES = {
    "q": "attn.W_Q.weight",
    "k": "attn.W_K.weight",
    "v": "attn.W_V.weight",
    "o": "attn.W_O.weight",
    "gate": "mlp.W_gate.weight",
    "in": "mlp.W_in.weight",
    "out": "mlp.W_out.weight",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Taken:
    """The last step by one optimizer."""

    name: str
    lr: float
    step: Stepped
    loss: float
    """After it, on the same text; nats a token."""
    predicted: float
    """What the loss changes by to first order: minus the gradient times the update."""
    peer_error: float
    """Largest difference to torch's step from the same start, by the largest update; of Lion, from one length."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Inside:
    """One step of one matrix, opened."""

    matrix: str
    t: int
    read: int
    """Tokens of the text."""
    losses: tuple[float, ...]
    """Before each step, the opened one included."""
    weight: Float[Tensor, "row column"]
    """Before the step."""
    gradient: Float[Tensor, "row column"]
    taken: Taken
    other: Taken


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectra:
    """Singular values, the largest first."""

    weight: Float[Tensor, " value"]
    gradient: Float[Tensor, " value"]
    updates: tuple[Float[Tensor, " value"], Float[Tensor, " value"]]
    iterates: tuple[Float[Tensor, " value"], ...]
    """Of what Muon would orthogonalise: by its norm, and after each iteration, in float32."""
    polynomial_error: float
    """Largest distance of the iterates' values from what the polynomial makes of those before."""


def matrix_name(decoder: Decoder, layer: int, matrix: str) -> str:
    """The parameter's name. Raises NotApplicableError where the block has no such matrix."""
    name = f"blocks.{layer}.{MATRICES[matrix]}"
    if name not in dict(decoder.named_parameters()):
        raise NotApplicableError(
            f"Block {layer} of this model has no matrix {MATRICES[matrix].split('.')[1]}.",
            "Choose another matrix: the query's is there in every model.",
        )
    return name


def opened(
    decoder: Decoder,
    ids: Int[Tensor, " pos"],
    name: str,
    rules: tuple[str, str],
    steps: int,
    times: float,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Inside]:
    """Train the matrix on the text with the first rule, and open each step, under the other rule too.

    times: of the usual learning rate. Yields the first step, then the last one.
    """
    ids = ids[:READ]
    one, two = rules
    weight = decoder.get_parameter(name).detach().clone()
    losses, gradients, starts = [], [], [weight]
    states: dict[str, dict[str, Tensor]] = {rule: {} for rule in rules}
    for t in range(1, steps + 1):
        loss, gradient = loss_and_gradient(decoder, ids, name, weight)
        losses.append(loss)
        gradients.append(gradient)
        made = {rule: RULES[rule][0].step(weight, gradient, states[rule], t, _lr(rule, times)) for rule in rules}
        if t in (1, steps):
            taken = [
                Taken(
                    name=rule,
                    lr=_lr(rule, times),
                    step=made[rule],
                    loss=loss_of(decoder, ids, name, made[rule].weight),
                    predicted=-float((gradient * made[rule].moved).sum()),
                    peer_error=peer_error(rule, made[rule], starts, gradients, _lr(rule, times)),
                )
                for rule in (one, two)
            ]
            yield Inside(
                matrix=name,
                t=t,
                read=len(ids),
                losses=tuple(losses),
                weight=weight,
                gradient=gradient,
                taken=taken[0],
                other=taken[1],
            )
        states = {rule: made[rule].state for rule in rules}
        weight = made[one].weight
        starts.append(weight)
        if progress:
            progress(t, steps)


def loss_and_gradient(
    decoder: Decoder, ids: Int[Tensor, " pos"], name: str, weight: Float[Tensor, "row column"]
) -> tuple[float, Float[Tensor, "row column"]]:
    """The mean loss of the next token, nats, and its gradient by that matrix."""
    with torch.enable_grad():
        held = weight.clone().requires_grad_()
        loss = _loss(decoder, ids, name, held)
        (gradient,) = torch.autograd.grad(loss, held)
    return float(loss.detach()), gradient


@torch.no_grad()
def loss_of(decoder: Decoder, ids: Int[Tensor, " pos"], name: str, weight: Float[Tensor, "row column"]) -> float:
    """The mean loss with that matrix in its place."""
    return float(_loss(decoder, ids, name, weight))


def _loss(decoder: Decoder, ids: Int[Tensor, " pos"], name: str, weight: Tensor) -> Tensor:
    logits: Tensor = functional_call(decoder, {name: weight}, (ids[None, :-1],))
    return F.cross_entropy(logits[0].float(), ids[1:])


def _lr(rule: str, times: float) -> float:
    return RULES[rule][1] * times


def peer_error(rule: str, made: Stepped, starts: list[Tensor], gradients: list[Tensor], lr: float) -> float:
    """Largest difference of the step from torch's on the same weights and gradients, by the largest update.

    Lion is none of torch's: every weight must have moved by lr, besides decay, or not at all.
    """
    largest = float(made.moved.abs().max()) or 1.0
    if rule not in PEERS:
        step = made.terms["update"].abs()
        wanted = torch.where(made.terms["c"] == 0, torch.zeros_like(step), torch.full_like(step, lr))
        return float((step - wanted).abs().max()) / largest
    held = starts[0].clone().requires_grad_()
    optimizer = PEERS[rule]([held], lr)
    for start, gradient in zip(starts, gradients, strict=True):
        with torch.no_grad():
            held.copy_(start)
        held.grad = gradient.clone()
        optimizer.step()
    return float((held.detach() - (starts[-1] - made.moved)).abs().max()) / largest


def spectra(inside: Inside) -> Spectra:
    """The singular values of what the step is made of."""
    muon = Muon()
    direction = next(
        (each.step.terms["direction"] for each in (inside.taken, inside.other) if each.name == "muon"),
        inside.gradient,
    )
    found = [torch.linalg.svdvals(each) for each in iterates(direction.float(), muon.coefficients)]
    error = 0.0
    for before, after, triple in zip(found, found[1:], muon.coefficients, strict=False):
        wanted = torch.tensor([abs(polynomial(float(each), triple)) for each in before]).sort(descending=True).values
        error = worst(error, float((wanted - after).abs().max()))
    return Spectra(
        weight=torch.linalg.svdvals(inside.weight),
        gradient=torch.linalg.svdvals(inside.gradient),
        updates=tuple(torch.linalg.svdvals(each.step.terms["update"]) for each in (inside.taken, inside.other)),  # pyright: ignore[reportArgumentType]
        iterates=tuple(found),
        polynomial_error=error,
    )


def stable_rank(values: Float[Tensor, " value"]) -> float:
    """The sum of squared singular values by the largest one's square: how many directions carry the matrix."""
    return float(values.square().sum() / values[0].square().clamp(min=SMALLEST**2))
