"""Rotary position embedding: a position is an angle, and a score depends on the difference of two.

A head's query and key are cut into pairs of coordinates. At position m pair i is turned by the angle ``m * w_i`` with
``w_i = theta ** (-2i / d)`` (Su et al. 2021, arXiv 2104.09864):

    (x, y) -> (x cos a - y sin a, x sin a + y cos a),   a = m * w_i

Turning keeps lengths, and the score of a query at m with a key at n is a sum over pairs
``|q_i| |k_i| cos(angle between them + (m - n) w_i)``: only the distance m - n counts.

Which coordinates are a pair is a matter of layout: **halves** (i and i + d/2; Hugging Face) or **interleaved** (2i and
2i + 1; Meta's Llama, GGUF and the paper). One is the other with the rows of W_Q and W_K in another order.

Worked example: d = 4, theta = 100, so w = 1 and 0.1. At position 3, [1, 0, 0, 0] in halves is pair 0 turned by 3
radians:

>>> config = RopeConfig(theta=100.0, d_head=4)
>>> cos, sin = rotation(config, torch.tensor([3]))
>>> [round(v, 4) for v in rotate(torch.tensor([[[1.0, 0.0, 0.0, 0.0]]]), cos, sin).flatten().tolist()]
[-0.99, 0.0, 0.1411, 0.0]

The score of two vectors at positions 5 and 3 equals that at 105 and 103:

>>> q, k = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]]), torch.tensor([[[1.0, -1.0, 0.5, 2.0]]])
>>> def at(x, position):
...     return rotate(x, *rotation(config, torch.tensor([position]))).flatten()
>>> round(float(at(q, 5) @ at(k, 3)), 3), round(float(at(q, 105) @ at(k, 103)), 3)
(4.156, 4.156)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.embeddings import rope_scaling
from explorer.stack.embeddings.rope_scaling import DynamicNTK, Scaling, frequencies

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

Layout = Literal["halves", "interleaved"]


@dataclass(frozen=True)
class RopeConfig:
    """How one kind of layer turns its queries and keys."""

    theta: float | int = 10_000.0
    """The base of the wavelengths."""
    d_head: int = 64
    layout: Layout = "halves"
    scaling: Scaling | None = None
    fraction: float | int = 1.0
    """Share of a head's coordinates that is turned (the first ones); the rest carries no position."""

    def __post_init__(self) -> None:
        if self.theta <= 1:
            raise ValueError(f"a RoPE base of {self.theta} is not above 1")
        if self.d_rotary < 2 or self.d_rotary % 2 or self.d_rotary > self.d_head:
            raise ValueError(f"{self.d_rotary} of {self.d_head} coordinates cannot be turned in pairs")

    @property
    def d_rotary(self) -> int:
        """Coordinates that are turned."""
        return int(self.d_head * self.fraction)

    @classmethod
    def from_hf(cls, hf_config: PreTrainedConfig, layer_type: str | None = None) -> RopeConfig:
        """Read a transformers config: its `rope_parameters` (one dict, or one for each layer type as in Gemma 3), or
        the older `rope_theta` and `rope_scaling`. `layer_type` chooses among several, e.g. "sliding_attention"."""
        given: Mapping[str, Any] = getattr(hf_config, "rope_parameters", None) or {}
        if layer_type is not None and layer_type in given:
            given = given[layer_type] or {}
        elif any(isinstance(value, Mapping) for value in given.values()):
            raise ValueError(f"this config has a RoPE for each of {', '.join(given)}: say which")
        given = {**(getattr(hf_config, "rope_scaling", None) or {}), **given}
        d_head = getattr(hf_config, "head_dim", None) or hf_config.hidden_size // hf_config.num_attention_heads
        fraction = given.get("partial_rotary_factor") or getattr(hf_config, "partial_rotary_factor", None) or 1.0
        theta = given.get("rope_theta") or getattr(hf_config, "rope_theta", None) or cls.theta
        n_ctx = getattr(hf_config, "max_position_embeddings", None)
        return cls(float(theta), d_head, "halves", rope_scaling.from_hf(given, n_ctx), float(fraction))


def inv_freq(config: RopeConfig, length: int | None = None) -> Float[Tensor, " half"]:
    """Radians a position for each pair, after scaling. `length` is the text's, which dynamic NTK asks for."""
    if config.scaling is None:
        return frequencies(config.theta, config.d_rotary)
    return config.scaling.inv_freq(config.theta, config.d_rotary, length)


def attention_factor(config: RopeConfig) -> float:
    """What cos and sin are multiplied by (YaRN's temperature); a score is multiplied by its square."""
    return 1.0 if config.scaling is None else config.scaling.amplitude


def rotation(
    config: RopeConfig, positions: Int[Tensor, "*batch pos"], length: int | None = None
) -> tuple[Float[Tensor, "*batch pos d_rotary"], Float[Tensor, "*batch pos d_rotary"]]:
    """(cos, sin) for each position and coordinate, in the config's layout, the attention factor multiplied in.

    Both are float32. `length` defaults to the last position + 1 and matters to dynamic NTK only.
    """
    if length is None and isinstance(config.scaling, DynamicNTK):
        length = int(positions.max()) + 1
    angles = positions[..., None].float() * inv_freq(config, length).to(positions.device)  # *batch pos half
    if config.layout == "halves":
        angles = torch.cat([angles, angles], -1)  # *batch pos d_rotary
    else:
        angles = angles.repeat_interleave(2, -1)  # *batch pos d_rotary
    cos, sin = angles.cos(), angles.sin()
    factor = attention_factor(config)
    return (cos, sin) if factor == 1 else (cos * factor, sin * factor)


def rotate(
    x: Float[Tensor, "*batch head pos d_head"],
    cos: Float[Tensor, "*#batch pos d_rotary"],
    sin: Float[Tensor, "*#batch pos d_rotary"],
    layout: Layout = "halves",
) -> Float[Tensor, "*batch head pos d_head"]:
    """Queries or keys turned to their positions; coordinates beyond d_rotary stay as they are."""
    d_rotary = cos.shape[-1]
    cos, sin = cos.to(x.dtype).unsqueeze(-3), sin.to(x.dtype).unsqueeze(-3)  # *batch 1 pos d_rotary
    given = x if d_rotary == x.shape[-1] else x[..., :d_rotary]
    first, second = pair_members(d_rotary, layout)
    # (x, y) -> (x cos - y sin, y cos + x sin), in one new tensor: the pages of each further one would be cleared first.
    turned = given * cos  # *batch head pos d_rotary
    turned[..., first].addcmul_(given[..., second], sin[..., first], value=-1)
    turned[..., second].addcmul_(given[..., first], sin[..., second])
    return turned if d_rotary == x.shape[-1] else torch.cat([turned, x[..., d_rotary:]], -1)


def pair_members(d_rotary: int, layout: Layout) -> tuple[slice, slice]:
    """Where the first and the second members of all pairs lie.

    >>> pair_members(6, "halves"), pair_members(6, "interleaved")
    ((slice(0, 3, None), slice(3, 6, None)), (slice(0, 6, 2), slice(1, 6, 2)))
    """
    half = d_rotary // 2
    if layout == "halves":
        return slice(0, half), slice(half, d_rotary)
    return slice(0, d_rotary, 2), slice(1, d_rotary, 2)


def to_interleaved(
    W: Float[Tensor, " rows *d_model"], d_head: int, d_rotary: int | None = None
) -> Float[Tensor, " rows *d_model"]:
    """Rows of W_Q or W_K (or of its bias) that suit "halves", in the order that suits "interleaved".

    >>> to_interleaved(torch.arange(8.0), d_head=4).tolist()
    [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]
    """
    return _reordered(W, d_head, d_rotary, pairs_last=False)


def to_halves(
    W: Float[Tensor, " rows *d_model"], d_head: int, d_rotary: int | None = None
) -> Float[Tensor, " rows *d_model"]:
    """The other way round: rows that suit "interleaved", in the order that suits "halves".

    >>> to_halves(torch.arange(8.0), d_head=4).tolist()
    [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]
    """
    return _reordered(W, d_head, d_rotary, pairs_last=True)


def _reordered(W: Tensor, d_head: int, d_rotary: int | None, *, pairs_last: bool) -> Tensor:
    d_rotary = d_rotary or d_head
    heads = W.unflatten(0, (-1, d_head))  # head d_head *d_model
    shape = (d_rotary // 2, 2) if pairs_last else (2, d_rotary // 2)
    turned = heads[:, :d_rotary].unflatten(1, shape).transpose(1, 2).flatten(1, 2)  # head d_rotary *d_model
    return torch.cat([turned, heads[:, d_rotary:]], 1).flatten(0, 1)  # rows *d_model
