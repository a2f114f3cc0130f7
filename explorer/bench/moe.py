"""A mixture's layer computed in three ways, and what it costs to trace one.

Every round draws new tokens, so that the experts' loads, and with them the shapes of the products, are new each time,
as they are in training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer import zoo
from explorer.bench import Report, peers
from explorer.bench.passage import of_length
from explorer.compat.transformers import run_experts_by
from explorer.stack.transformer.experts import Experts, dispatch, grouped
from explorer.stack.transformer.feed_forward import FeedForward
from explorer.stack.transformer.router import softmax_top_k
from explorer.tracing.capturing.capture import capture
from explorer.tracing.key import TraceKey

DESCRIPTION = "8 and 64 experts: grouped products, the loop and transformers; a mixture's trace against its forward"
MODEL = "six-kinds-moe"
ROUNDS = 7
#: texts that are decoded together
ROWS = (2, 4, 8, 16)
#: the ways in which transformers computes experts on a processor: one after another, and torch's grouped product
PEERS = {"transformers eager": "eager", "transformers grouped_mm": "grouped_mm"}


@dataclass(frozen=True)
class Size:
    """One layer and how much it is given."""

    tokens: int
    d_model: int
    d_expert: int
    n_experts: int
    k: int
    dtype: torch.dtype = torch.float32

    def __str__(self) -> str:
        kind = str(self.dtype).removeprefix("torch.")
        return (
            f"{self.n_experts} experts of {self.d_expert}, top-{self.k}, d_model {self.d_model}, "
            f"{self.tokens:,} tokens, {kind}"
        )


#: the layer of our trained mixture; its experts cut into eight (equal parameters, half the work at top-8); a wider one
SIZES = (
    Size(4608, 192, 384, 8, 2),
    Size(4608, 192, 48, 64, 8),
    Size(4608, 192, 384, 8, 2, torch.bfloat16),
    Size(4608, 192, 48, 64, 8, torch.bfloat16),
    Size(2048, 512, 1024, 8, 2),
)


def run(report: Report) -> None:
    """Add the layers' times, tokens a second and ratios, then the trace's."""
    report.add("threads of every subject", "explorer", torch.get_num_threads(), "threads")
    for size in SIZES:
        _layer(report, size)
    for rows in ROWS:
        _step(report, Size(rows, 192, 384, 8, 2))
    _trace(report)


def _layer(report: Report, size: Size) -> None:
    generator = torch.Generator().manual_seed(0)
    batches = [torch.randn(size.tokens, size.d_model, generator=generator).to(size.dtype) for _ in range(ROUNDS + 1)]
    experts, router, blocks = _made(size, generator)

    def ours(way: Callable[..., Tensor], x: Tensor) -> Tensor:
        routing = softmax_top_k(F.linear(x.float(), router), size.k)
        return way(x, routing.indices, routing.weights)

    ways: dict[str, Callable[[Tensor], Tensor]] = {
        "explorer grouped": partial(ours, experts),
        "explorer loop": partial(ours, experts.loop),
        **{name: lambda x, block=block: block(x[None])[0] for name, block in blocks.items()},
    }
    with torch.no_grad():
        reference = ways["explorer loop"](batches[0])
        for name, way in ways.items():
            # In bfloat16 transformers rounds the router's logits too, so a few tokens go elsewhere: the median token.
            error = (way(batches[0]) - reference).norm(dim=-1) / reference.norm(dim=-1)
            report.add(f"{size}: relative difference from the loop, median token", name, float(error.median()), "")
    for case, step in (("forward", _forward), ("training", _training)):
        subjects = {name: partial(step, way, cycle(batches)) for name, way in ways.items()}
        medians = report.time(f"{size}: {case}", subjects, ROUNDS)
        for name, milliseconds in medians.items():
            report.add(f"{size}: {case}", name, size.tokens / milliseconds * 1e3, "tokens/s")
        for name in ("explorer loop", *PEERS):
            speed = medians[name] / medians["explorer grouped"]
            report.add(f"{size}: {case}, speed, of {name}", "explorer grouped", speed, "times")


def _step(report: Report, size: Size) -> None:
    """A few rows, as in decoding for several texts, against the dense layer with as many weights for each token."""
    generator = torch.Generator().manual_seed(0)
    experts, router, _ = _made(size, generator)
    twin = FeedForward(size.d_model, size.k * size.d_expert, gated=True, activation="silu").requires_grad_(False)
    batches = cycle([torch.randn(size.tokens, size.d_model, generator=generator) for _ in range(9)])

    def ours(way: Callable[..., Tensor], x: Tensor) -> Tensor:
        routing = softmax_top_k(F.linear(x, router), size.k)
        return way(x, routing.indices, routing.weights)

    def grouped_products(x: Tensor, indices: Tensor, weights: Tensor) -> Tensor:
        return grouped(x, weights, experts.gate_in, experts.out, dispatch(indices, size.n_experts))

    ways: dict[str, Callable[[Tensor], Tensor]] = {
        "explorer": partial(ours, experts),
        "explorer grouped": partial(ours, grouped_products),
        "explorer dense twin": twin,
    }
    case = f"{size}: a step"
    medians = report.time(case, {name: partial(_forward, way, batches) for name, way in ways.items()}, 101)
    for name in ("explorer", "explorer grouped"):
        report.add(f"{case}, of its twin's time", name, medians[name] / medians["explorer dense twin"], "times")


def _made(size: Size, generator: torch.Generator) -> tuple[Experts, Tensor, dict[str, Any]]:
    """Our experts and router, and transformers' blocks, all on the same weights."""
    from transformers import MixtralConfig
    from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock

    experts = Experts(size.n_experts, size.d_model, size.d_expert)
    router = torch.nn.Parameter(torch.randn(size.n_experts, size.d_model, generator=generator) / size.d_model**0.5)
    blocks: dict[str, Any] = {}
    with torch.no_grad():
        for weight in experts.parameters():
            weight.normal_(std=0.02, generator=generator)
        experts.to(size.dtype)
        for name, way in PEERS.items():
            config = MixtralConfig(
                hidden_size=size.d_model, intermediate_size=size.d_expert, num_local_experts=size.n_experts,
                num_experts_per_tok=size.k,
            )  # fmt: skip
            run_experts_by(config, way)
            block: Any = MixtralSparseMoeBlock(config)
            block.gate.weight.copy_(router)
            block.experts.gate_up_proj.copy_(experts.gate_in)
            block.experts.down_proj.copy_(experts.out)
            blocks[name] = block.to(size.dtype)
        router.copy_(router.to(size.dtype))  # what transformers' router holds in bfloat16
    return experts, router, blocks


def _forward(way: Callable[[Tensor], Tensor], batches: cycle[Tensor]) -> object:
    with torch.inference_mode():
        return way(next(batches))


def _training(way: Callable[[Tensor], Tensor], batches: cycle[Tensor]) -> None:
    """Forward and backward, to the tokens and to all weights."""
    x = next(batches).detach().requires_grad_()
    y = way(x)
    y.backward(torch.ones_like(y))


def _trace(report: Report) -> None:
    """Capture of a text against a plain forward pass of the same model in transformers."""
    model = zoo.load(MODEL)
    plain = peers.transformers_model(model, torch.float32, "eager")
    for length in (64, 256):
        text = of_length(model, length)
        ids = torch.tensor([model.vocabulary.encode(text)])

        def forward(ids: Tensor = ids) -> object:
            with torch.inference_mode():
                return plain(ids).logits

        case = f"{MODEL}, {length} tokens"
        ours = partial(capture, model, TraceKey(model=model.name, text=text))
        medians = report.time(case, {"transformers": forward, "explorer": ours}, 31 if length < 100 else 15)
        report.add(
            f"{case}: trace, of a plain forward", "explorer", medians["explorer"] / medians["transformers"], "times"
        )
