"""Both layouts of RoPE's pairs on one model: equal with the rows in the right order, and what the wrong order costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor

from explorer.stack.context.extrapolation import token_losses
from explorer.stack.embeddings.rope import Layout, RopeConfig, attention_factor, inv_freq, to_interleaved
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from transformers import PreTrainedModel

LAYOUTS: tuple[Layout, Layout] = ("halves", "interleaved")
#: The matrices, biases and norms of queries and keys: under our names, and under those of transformers.
OURS = (
    "attn.W_Q.weight",
    "attn.W_K.weight",
    "attn.W_Q.bias",
    "attn.W_K.bias",
    "attn.q_norm.weight",
    "attn.k_norm.weight",
)
THEIRS = ("q_proj.weight", "k_proj.weight", "q_proj.bias", "k_proj.bias", "q_norm.weight", "k_norm.weight")
#: What TransformerLens' bridge puts between the names of a model's parts.
WRAPPED = "._original_component"


@dataclass(frozen=True, eq=False)
class Reading:
    """One text read with the rows in one order and turned in one layout."""

    rows: Layout
    rotation: Layout
    losses: Float[Tensor, " token"]
    """-ln p of each token but the first, in nats."""
    likeliest: Int[Tensor, " pos"]
    """The token that the model names first, after each position."""

    @property
    def right(self) -> bool:
        return self.rows == self.rotation


@dataclass(frozen=True)
class Held:
    """How far the readings are from what they must equal."""

    right_error: float
    """Largest difference of a logit from those of transformers' own forward pass, over both right readings."""
    wrong_error: float
    """The same for the rows in the wrong order, which transformers was given too; NaN where its names are others."""
    complex_error: float
    """Scores of one block's heads turned by complex multiplication of adjacent pairs, from those turned in halves."""


def reordered(state: dict[str, Tensor], names: tuple[str, ...], rope: RopeConfig) -> dict[str, Tensor]:
    """Those of the weights that feed a rotation, their rows in the order that suits adjacent pairs."""
    return {
        name: to_interleaved(weight, rope.d_head, rope.d_rotary)
        for name, weight in state.items()
        if name.replace(WRAPPED, "").endswith(names)
    }


def with_layout(decoder: Decoder, rows: Layout, rotation: Layout) -> Decoder:
    """A decoder of halves, its rows in one order and its rotation in one layout. What is not reordered is shared."""
    config = decoder.config
    assert config.rope is not None
    state = decoder.state_dict()
    if rows == "interleaved":
        state = {**state, **reordered(state, OURS, config.rope)}
    local = config.rope_local and replace(config.rope_local, layout=rotation)
    turned: DecoderConfig = replace(config, rope=replace(config.rope, layout=rotation), rope_local=local)
    with torch.device("meta"):
        made = Decoder(turned)
    made.load_state_dict(state, assign=True)
    return made.eval().requires_grad_(False)


def layouts(
    hf: PreTrainedModel, decoder: Decoder, ids: Int[Tensor, " pos"], layer: int, ticks: Callable[[int, int], None]
) -> Iterator[tuple[list[Reading], Held | None]]:
    """The text read in all four ways; with the last, how far they are from what they must equal."""
    rope = decoder.config.rope_of(layer)
    assert rope is not None
    readings: list[Reading] = []
    logits: dict[tuple[Layout, Layout], Tensor] = {}
    for done, (rows, rotation) in enumerate(product(LAYOUTS, LAYOUTS)):
        ticks(done, 5)
        with torch.inference_mode():
            said = with_layout(decoder, rows, rotation)(ids[None])[0]  # pos d_vocab
        logits[rows, rotation] = said
        readings.append(Reading(rows, rotation, token_losses(said, ids), said.argmax(-1)))
        yield readings, None
    ticks(4, 5)
    with torch.inference_mode():
        theirs = hf(ids[None], use_cache=False).logits[0]
        right = worst(_apart(logits[one, one], theirs) for one in LAYOUTS)
        swapped = reordered(dict(hf.named_parameters()), THEIRS, rope)
        wrong = float("nan")
        if len(swapped) >= 2 * decoder.config.n_layers:
            with exchanged(hf, swapped):
                mixed = hf(ids[None], use_cache=False).logits[0]
            wrong = _apart(logits["interleaved", "halves"], mixed)
        held = Held(right, wrong, complex_error(decoder, ids, layer, rope))
    ticks(5, 5)
    yield readings, held


@contextmanager
def exchanged(model: PreTrainedModel, weights: dict[str, Tensor]) -> Iterator[None]:
    """A model with other weights under some of its names, and afterwards as it was.

    `torch.func.functional_call` does not put all of them back where modules have two names, as under the bridge.
    """
    held = {name: model.get_parameter(name) for name in weights}
    kept = {name: parameter.data for name, parameter in held.items()}
    try:
        for name, parameter in held.items():
            parameter.data = weights[name]
        yield
    finally:
        for name, parameter in held.items():
            parameter.data = kept[name]


def _apart(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())


def turned_as_complex(
    x: Float[Tensor, "pos head d_head"], angles: Float[Tensor, "pos half"], factor: float | int = 1
) -> Float[Tensor, "pos head d_head"]:
    """Adjacent pairs as complex numbers, multiplied by e^(i angle): Meta's way of turning.

    >>> turned_as_complex(torch.tensor([[[1.0, 0.0]]]), torch.tensor([[torch.pi / 2]])).round().abs().tolist()
    [[[0.0, 1.0]]]
    """
    half = angles.shape[-1]
    pairs: Complex[Tensor, "pos head half"] = torch.view_as_complex(x[..., : 2 * half].unflatten(-1, (half, 2)))
    turned = torch.view_as_real(pairs * torch.polar(torch.full_like(angles, factor), angles)[:, None])
    return torch.cat([turned.flatten(-2), x[..., 2 * half :]], -1)  # pos head d_head


def complex_error(decoder: Decoder, ids: Int[Tensor, " pos"], layer: int, rope: RopeConfig) -> float:
    """One block's scores q.k, all heads: halves as the decoder turns them, against `turned_as_complex` of reordered
    rows; the largest difference as a share of the largest score."""
    at = f"blocks.{layer}.attn."
    wanted = [at + hook for hook in ("hook_q", "hook_k", "hook_rot_q", "hook_rot_k")]
    _, own = decoder.run_with_cache(ids[None], names_filter=wanted)
    other = with_layout(decoder, "interleaved", "interleaved")
    _, given = other.run_with_cache(ids[None], names_filter=wanted)
    angles = torch.arange(len(ids))[:, None] * inv_freq(rope, len(ids))  # pos half
    q, k = given[at + "hook_q"][0], given[at + "hook_k"][0]  # pos head d_head
    if decoder.config.qk_norm:
        attention = other.blocks[layer].get_submodule("attn")
        q, k = attention.get_submodule("q_norm")(q), attention.get_submodule("k_norm")(k)
    q, k = (turned_as_complex(x, angles, attention_factor(rope)) for x in (q, k))
    theirs = _scores(q, k)
    return float(
        (theirs - _scores(own[at + "hook_rot_q"][0], own[at + "hook_rot_k"][0])).abs().max() / theirs.abs().max()
    )


def _scores(q: Float[Tensor, "query head d_head"], k: Float[Tensor, "key kv d_head"]) -> Tensor:
    k = k.repeat_interleave(q.shape[1] // k.shape[1], 1)  # key head d_head
    return torch.einsum("qhd,khd->hqk", q, k)
