"""QLoRA measured: bytes of each part, the gradient through NF4, and an adapter merged before and after quantizing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning.sft import roles_of
from explorer.experiments.finetuning.worn import Worn, answers, loss_of
from explorer.fetching.progress import Progress
from explorer.stack.finetuning import counts, methods, qlora
from explorer.stack.finetuning.adapter import Adapter, adapted, merged
from explorer.stack.finetuning.conversations import Example, Rows, padded
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.systems.quantization.format import Packed
from explorer.stack.systems.quantization.matrices import PackedLinear, matrices
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

R, ALPHA = 8, 16
BITS = 4 + 8 / 64 + 32 / (64 * 256)
#: LLaMA 65B: blocks, width, neurons, vocabulary (Touvron et al. 2023, arXiv 2302.13971; its released config).
LARGE = (80, 8192, 22016, 32000)
RANKS = (8, 16, 64)


def fresh(decoder: Decoder, seed: int) -> Adapter:
    """A LoRA at every linear layer, before its first step."""
    return methods.lora(decoder, roles_of(decoder), R, ALPHA, generator=torch.Generator().manual_seed(seed))


def once(decoder: Decoder) -> dict[str, Packed]:
    """Its matrices in NF4: rounded once for all views of a model."""
    if decoder not in _packed:
        _packed[decoder] = qlora.packed(decoder)
    return _packed[decoder]


_packed: WeakKeyDictionary[Decoder, dict[str, Packed]] = WeakKeyDictionary()


def packed_of(decoder: Decoder) -> list[Packed]:
    return [each.packed for each in decoder.modules() if isinstance(each, PackedLinear)]


def fits(decoder: Decoder) -> None:
    """Raises NotApplicableError for a model whose matrices NF4 does not take."""
    wrong = [
        each.name for each in matrices(decoder) if each.role != "unembed" and qlora.DOUBLE.misfit(each.weight.shape[1])
    ]
    if wrong or decoder.config.n_experts:
        why = f"{wrong[0]} has rows that NF4 does not take" if wrong else "its experts are stacked in one tensor"
        raise NotApplicableError(f"QLoRA is not measured on this model: {why}.", "Choose a dense model.")


@dataclass(frozen=True)
class Part:
    """Of the memory."""

    name: str
    numbers: int
    bytes: int
    plain: int
    """Of full fine-tuning in float32."""


@dataclass(frozen=True)
class Memory:
    """Of one step on a batch."""

    parts: tuple[Part, ...]
    tokens: int
    bits: float
    """Of a number in a packed matrix, counted."""
    optimizer_per_number: float


def memory(decoder: Decoder, rows: Rows, seed: int, progress: Progress) -> Memory:
    """A QLoRA's first step, each part measured from the tensors that are there."""
    progress("Rounding the matrices to NF4", 0, 3)
    base = qlora.rounded(decoder, once(decoder))
    packed = packed_of(base)
    numbers = sum(each.shape[0] * each.shape[1] for each in packed)
    own = sum(each.parts[name].nbytes for each in packed for name in ("codes", "absmax", "unit"))
    tuned = Tuned(base, fresh(base, seed))
    progress("Measuring what a step keeps", 1, 3)
    kept = counts.kept(lambda: tuned.loss(rows).parts["lm"], [*base.parameters(), *tuned.parameters()])
    optimiser = torch.optim.AdamW(tuned.parameters())
    progress("Taking a step", 2, 3)
    with torch.enable_grad():
        tuned.loss(rows).parts["lm"].backward()
    optimiser.step()
    trained = counts.trained_numbers(tuned)
    # A table that is tied is two parameters on the same numbers.
    whole = sum({(each.data_ptr(), each.numel()): each.numel() for each in decoder.parameters()}.values())
    rest = whole - numbers
    state, gradients = counts.state_bytes(optimiser), counts.gradient_bytes(tuned.parameters())
    parts = (
        Part("matrices", numbers, sum(each.nbytes for each in packed), 4 * numbers),
        Part("table and norms", rest, 4 * rest, 4 * rest),
        Part("adapter", trained, sum(each.nbytes for each in tuned.parameters()), 0),
        Part("gradients", trained, gradients, 4 * whole),
        Part("optimizer", 2 * trained, state, 8 * whole),
        Part("activations", kept // 4, kept, 0),
    )
    return Memory(parts, int(rows.ids.numel()), 8 * own / numbers, state / trained)


@dataclass(frozen=True)
class Large:
    """The reference's 65B, by the same arithmetic, in bytes; without activations."""

    r: int
    trained: int
    base: float
    rest: float
    """The adapter, its gradients and moments."""


def large() -> list[Large]:
    """LLaMA 65B with a LoRA at every linear layer; tables in 16 bits.

    >>> [(each.r, each.trained, round((each.base + each.rest) / 1e9, 1)) for each in large()]
    [(8, 99942400, 36.1), (16, 199884800, 37.7), (64, 799539200, 47.2)]
    """
    blocks, d, ff, vocabulary = LARGE
    found = list[Large]()
    for r in RANKS:
        trained = blocks * r * (4 * 2 * d + 3 * (d + ff))
        by = counts.by_formula(blocks * (4 * d * d + 3 * d * ff), trained, BITS)
        found.append(Large(r, trained, by.base + 2 * 2 * vocabulary * d, by.total - by.base))
    return found


@dataclass(frozen=True)
class Gradient:
    """Of one B, through NF4 and through the exact matrix."""

    layer: str
    block: int
    role: str
    cosine: float
    ratio: float
    """Of the norms, NF4's first."""


@dataclass(frozen=True)
class Gradients:
    """Of the first step."""

    each: tuple[Gradient, ...]
    whole: float
    """The cosine of all of them as one vector."""
    exact_loss: float
    rounded_loss: float
    apart: float
    """From the gradient through the same numbers in float32, by its norm."""


def gradients(decoder: Decoder, rows: Rows, seed: int, progress: Progress) -> Gradients:
    """At a LoRA before its first step, where only B has one."""
    bases: tuple[Callable[[], Decoder], ...] = (
        lambda: decoder,
        lambda: qlora.rounded(decoder, once(decoder)),
        lambda: qlora.widened(decoder, once(decoder)),
    )
    found = list[tuple[float, dict[str, Tensor]]]()
    for at, base in enumerate(bases):
        progress("Gradients through exact matrices, NF4, and NF4 widened", at, len(bases))
        found.append(_gradient(base(), rows, seed))
    (exact_loss, exact), (loss, ours), (_, wide) = found
    each = tuple(
        Gradient(
            name, int(name.split(".")[1]), name.split(".")[-1], _cosine(ours[name], of), _norm(ours[name]) / _norm(of)
        )
        for name, of in exact.items()
    )
    flat, other, third = (torch.cat([of[name].flatten() for name in exact]) for of in (exact, ours, wide))
    return Gradients(each, _cosine(other, flat), exact_loss, loss, _norm(other - third) / _norm(third))


def _gradient(base: Decoder, rows: Rows, seed: int) -> tuple[float, dict[str, Tensor]]:
    tuned = Tuned(base, fresh(base, seed))
    with torch.enable_grad():
        loss = tuned.loss(rows).parts["lm"]
        loss.backward()
    made: dict[str, Tensor] = {}
    for name, parameter in tuned.named_parameters():
        if name.endswith(".B") and parameter.grad is not None:
            made[name.removeprefix("adapter.parts.").removesuffix(".B").replace("/", ".")] = parameter.grad
    return float(loss.detach()), made


def _norm(of: Tensor) -> float:
    return max(float(of.double().norm()), 1e-30)


def _cosine(one: Tensor, other: Tensor) -> float:
    return float((one.double() * other.double()).sum()) / (_norm(one) * _norm(other))


@dataclass(frozen=True)
class Merged:
    """One of the models that a base, a format and an adapter make."""

    name: str
    losses: tuple[float, ...]
    """Of each item, nats a token."""
    kl: float
    """From the adapter on exact matrices, mean of the answers' tokens, nats."""


@dataclass(frozen=True)
class Merging:
    """All of them."""

    models: tuple[Merged, ...]
    apart: float | None = None
    """Losses of NF4 with the adapter beside it, from the same numbers in float32 with the adapter merged."""


def merging(decoder: Decoder, worn: Worn, items: Sequence[Example], progress: Progress) -> Iterator[Merging]:
    """The exact model with the adapter first: the others are measured against it."""
    wear = (worn.adapter, 1.0)
    made: dict[str, Callable[[], Decoder]] = {
        "exact": lambda: adapted(decoder, wear),
        "base": lambda: decoder,
        "base rounded": lambda: qlora.rounded(decoder, once(decoder)),
        "beside": lambda: adapted(qlora.rounded(decoder, once(decoder)), wear),
        "merged, rounded": lambda: qlora.rounded(merged(decoder, wear)),
        "rounded, merged, rounded": lambda: qlora.rounded(merged(qlora.widened(decoder, once(decoder)), wear)),
    }
    done, exact = list[Merged](), list[Tensor]()
    for at, (name, make) in enumerate(made.items()):
        progress("Losses of each model", at, len(made) + 1)
        logp, losses = _answers(make(), items)
        exact = exact or logp
        far = torch.cat([(p.exp() * (p - q)).sum(-1) for p, q in zip(exact, logp, strict=True)])
        done.append(Merged(name, tuple(losses), float(far.mean())))
        yield Merging(tuple(done))
    progress("Losses of each model", len(made), len(made) + 1)
    _, wide = _answers(merged(qlora.widened(decoder, once(decoder)), wear), items)
    off = worst(abs(one - other) for one, other in zip(done[3].losses, wide, strict=True))
    yield Merging(tuple(done), off)


def _answers(decoder: Decoder, items: Sequence[Example]) -> tuple[list[Float[Tensor, "token d_vocab"]], list[float]]:
    """Log-probabilities at the answers' tokens, and the mean loss of each item."""
    found = answers(decoder, items)
    return [logp for logp, _ in found], [loss_of(each) for each in found]


def batch(items: Sequence[Example]) -> Rows:
    return padded(list(items))
