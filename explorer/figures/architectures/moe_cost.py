"""What the cost panel draws: parameters by part, experts that batches visit, and decode steps against the clock."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.architectures import moe_cost
from explorer.stack.architectures.moe_parameters import Shape, parameters
from explorer.stack.inference.engine import Engine
from explorer.stack.inference.roofline import experts_read
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

#: Context at which the page's own sum is compared with the module's.
PROVED = 4096
#: Total parameters in billions, as the makers state them.
STATED = {
    "Mixtral 8x7B": 46.7,
    "Mixtral 8x22B": 141,
    "Grok-1": 314,
    "DeepSeek-V2": 236,
    "DeepSeek-V3": 671,
    "DBRX": 132,
}
BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
DRAWS = 400


def row(shape: Shape, windows: Sequence[tuple[int, int | None]] | None = None, here: bool = False) -> dict[str, Any]:
    """One model, ready for the page, which multiplies by context, bits and memory.

    >>> from explorer.stack.architectures.moe_parameters import MIXTRAL_8X7B
    >>> made = row(MIXTRAL_8X7B)
    >>> made["total"], made["active"], made["parts"]["experts"]
    (46702792704, 12879925248, [45097156608, 11274289152])
    """
    count = parameters(shape)
    whole = {
        "embedding": count.embedding, "attention": count.attention, "router": count.router, "shared": count.shared,
        "dense": count.dense, "experts": count.experts, "norms": count.norms,
    }  # fmt: skip
    used = whole | {"experts": count.experts * shape.k // shape.n_experts}
    return {
        "name": shape.name,
        "here": here,
        "total": count.total,
        "active": count.active,
        "parts": {part: [whole[part], used[part]] for part in whole if whole[part]},
        "n_experts": shape.n_experts if count.experts else 0,
        "k": shape.k,
        "n_shared": shape.n_shared,
        "n_layers": shape.n_layers,
        "lookup": moe_cost.lookup(shape),
        # of one layer: FLOPs against a cached token, numbers that a token leaves; and how many layers look how far back
        "attention": moe_cost.attention_flops(shape),
        "kv": moe_cost.kv_numbers(shape),
        "windows": [list(each) for each in windows or [(shape.n_layers, None)]],
        "proved": moe_cost.flops(shape, PROVED).total if windows is None else None,
    }


def stated_error(shape: Shape) -> float:
    """The counted total against the maker's own number, relative."""
    return abs(parameters(shape).total / 1e9 / STATED[shape.name] - 1)


# ---- experts that a batch visits -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """One size of batch, in one layer."""

    batch: int
    even: float
    """The formula for an even router and tokens that choose each for itself."""
    expected: float
    """The same with this layer's own load: the mean over all batches of these tokens."""
    random: moe_cost.Touched
    consecutive: moe_cost.Touched | None
    """None where no text is long enough."""


def readings(
    indices: Int[Tensor, "token slot"],
    passage: Int[Tensor, " token"],
    n_experts: int,
    generator: torch.Generator,
    batches: Sequence[int] = BATCHES,
) -> list[Reading]:
    """Random batches from all tokens, and batches of neighbours that never cross from one passage to the next."""
    k, made = indices.shape[1], []
    texts = [indices[passage == each] for each in passage.unique().tolist()]
    for batch in batches:
        if batch > len(indices):
            break
        pieces = [text[i : i + batch] for text in texts for i in range(0, len(text) - batch + 1, batch)]
        near = moe_cost.touched([moe_cost.distinct(piece, n_experts) for piece in pieces]) if pieces else None
        made.append(
            Reading(
                batch,
                experts_read(n_experts, k, batch),
                moe_cost.expected_distinct(indices, n_experts, batch),
                moe_cost.drawn(indices, n_experts, batch, DRAWS, generator),
                near,
            )
        )
    return made


def drawn_error(found: Sequence[Reading]) -> float:
    """Random batches against the mean over all batches: the largest difference, in standard errors."""
    return max(
        abs(r.random.mean - r.expected) / max(r.random.standard_error, 1e-9 + 0.5 / r.random.batches) for r in found
    )


# ---- decode speed --------------------------------------------------------------------------------------------------


def dense_twin(config: DecoderConfig, d_mlp: int, seed: int = 0) -> Decoder:
    """A dense decoder of the same sizes, its one feed-forward `d_mlp` wide, on random weights: a step takes as long
    whatever the weights are."""
    twin = Decoder(replace(config, n_experts=0, k=0, d_mlp=d_mlp))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in twin.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.02, generator=generator)
    return twin.eval().requires_grad_(False)


def counted(decoder: Decoder) -> int:
    """Numbers in its tensors, a tied table once."""
    return sum(p.numel() for p in {p.data_ptr(): p for p in decoder.parameters()}.values())


@dataclass(frozen=True)
class Speed:
    """One decoder at one size of batch."""

    name: str
    batch: int
    step: float
    """Median seconds of a decode step."""
    quartiles: tuple[float, float]
    """A quarter of the steps are faster than the first, a quarter slower than the second."""
    steps: int
    ids: tuple[tuple[int, ...], ...]
    """What each row wrote in the first round."""

    @property
    def tokens_per_second(self) -> float:
        return self.batch / self.step


def speeds(
    decoders: dict[str, Decoder],
    prompts: Sequence[Sequence[int]],
    batches: Sequence[int],
    new: int,
    rounds: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Speed]:
    """Greedy decoding by one engine, the decoders in turns, so that a slow moment of the machine falls on all."""
    taken: dict[tuple[str, int], list[float]] = {(name, b): [] for b in batches for name in decoders}
    wrote: dict[tuple[str, int], tuple[tuple[int, ...], ...]] = {}
    total, done = len(taken) * rounds, 0
    for _ in range(rounds):
        for name, batch in taken:
            if progress:
                progress(done, total)
            with torch.inference_mode():
                made = Engine(decoders[name]).generate(prompts[:batch], new + 1)
            taken[name, batch] += made[0].step_seconds[1:]  # the first step meets its shapes for the first time
            wrote.setdefault((name, batch), tuple(tuple(one.new_ids) for one in made))
            done += 1
    made = []
    for (name, batch), times in taken.items():
        low, middle, high = statistics.quantiles(times, n=4, method="inclusive")
        made.append(Speed(name, batch, middle, (low, high), len(times), wrote[name, batch]))
    return made


def alone_error(found: Sequence[Speed], name: str) -> int:
    """Tokens that the first row wrote otherwise in a batch than alone."""
    rows = [speed.ids[0] for speed in found if speed.name == name]
    return sum(a != b for row in rows for a, b in zip(rows[0], row, strict=True))
