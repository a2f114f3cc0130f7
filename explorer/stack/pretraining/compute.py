"""What a training costs: floating-point operations, days, energy and money, from inputs that are stated.

A matrix multiplies each token once forward and twice backward, for its input's gradient and its own: 2 + 4 operations
a weight and token. Hence ``C = 6 N D`` (Kaplan et al. 2020, arXiv 2001.08361, section 2.1). The exact count of a
decoder has no embedding table that is looked up, and has attention, which grows with the length (`block_work`). PaLM's
model FLOPs utilization, MFU (Chowdhery et al. 2022, arXiv 2204.02311, appendix B), divides ``6 N + 12 L H Q T`` a token
by the peak: L blocks, H heads of Q dimensions, T tokens of a sequence, the causal half not subtracted. PaLM reads
238,300 tokens a second on 6,144 chips of 275 TFLOP/s:

>>> weights, attention = 6 * 540.35e9, attention_of_a_token(118, 48, 256, 2048)
>>> [round(100 * mfu(238.3e3 * each, 6144, 275e12), 1) for each in (weights + attention, weights)]
[46.2, 45.7]

A run that computes activations again in the backward pass takes 8 N D: the days of Narayanan et al. 2021 (arXiv
2104.04473, section 5.1), ``8 T P / (n X)`` for X operations a second, for GPT-3 and for a trillion parameters:

>>> runs = (300e9, 175e9, 1024, 140e12), (450e9, 1008e9, 3072, 163e12)
>>> [round(8 * t * p / (n * x) / DAY, 1) for t, p, n, x in runs]
[33.9, 83.9]

Worked example: 70e9 parameters, 2e12 tokens, 2,048 devices of 989.5 TFLOP/s at half of their peak, 700 W, $2 an hour.

>>> cost = training(70e9, 2e12, Fleet(2048, 989.5e12, 0.5, 700, 2))
>>> f"{cost.flops:.2e}", round(cost.days, 2), round(cost.device_hours), round(cost.megawatt_hours), round(cost.price)
('8.40e+23', 9.6, 471619, 330, 943237)
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.stack.pretraining.scaling_law import FLOPS
from explorer.stack.transformer.block_work import block_work
from explorer.stack.transformer.config import DecoderConfig

DAY, HOUR = 86_400, 3600
#: Passes over the matrices: one forward, and twice as much backward.
PASSES = 3


@dataclass(frozen=True)
class Fleet:
    """What trains. Raises ValueError for one that computes nothing."""

    devices: float | int
    peak: float | int
    """Operations a second, of each."""
    mfu: float | int
    """Of the peak."""
    watts: float | int
    """Of each device, with its share of what is counted."""
    price: float | int
    """Of a device and an hour."""

    def __post_init__(self) -> None:
        if min(self.devices, self.peak, self.mfu) <= 0:
            raise ValueError("a fleet needs devices, a peak and an MFU above 0")


@dataclass(frozen=True)
class Cost:
    """What a training takes."""

    flops: float
    seconds: float
    fleet: Fleet

    @property
    def days(self) -> float:
        return self.seconds / DAY

    @property
    def device_hours(self) -> float:
        return self.seconds * self.fleet.devices / HOUR

    @property
    def megawatt_hours(self) -> float:
        return self.device_hours * self.fleet.watts / 1e6

    @property
    def price(self) -> float:
        return self.device_hours * self.fleet.price


def six_n_d(parameters: float | int, tokens: float | int) -> float:
    """Operations of a training, without attention's scores."""
    return float(FLOPS * parameters * tokens)


def training(parameters: float | int, tokens: float | int, fleet: Fleet) -> Cost:
    flops = six_n_d(parameters, tokens)
    return Cost(flops, flops / (fleet.devices * fleet.peak * fleet.mfu), fleet)


def mfu(flops_per_second: float | int, devices: float | int, peak: float | int) -> float:
    """Of the peak, what the model's own operations take."""
    return flops_per_second / (devices * peak)


def attention_of_a_token(blocks: int, heads: int, dims: int, length: int) -> int:
    """Operations of scores and mix in training, as PaLM counts them: 12 L H Q T."""
    return 12 * blocks * heads * dims * length


@dataclass(frozen=True)
class Part:
    """What one kind of product takes, forward, in all blocks."""

    name: str
    flops: int


def parts(config: DecoderConfig, length: int) -> tuple[Part, ...]:
    """Of a forward pass over so many tokens. Tables that are looked up, norms and activations multiply no matrices.

    >>> tiny = DecoderConfig(n_layers=1, d_model=2, n_heads=1, n_kv_heads=1, d_head=2, d_mlp=4, d_vocab=8, n_ctx=16)
    >>> [(each.name, each.flops) for each in parts(tiny, 10)]
    [('projections', 320), ('scores', 400), ('mix', 400), ('feed-forward', 480), ('unembedding', 320)]
    """
    work, blocks = block_work(config, length), config.n_layers
    return (
        Part("projections", blocks * work.projections),
        Part("scores", blocks * work.scores),
        Part("mix", blocks * work.mix),
        Part("feed-forward", blocks * work.feed_forward),
        Part("unembedding", 2 * length * config.d_model * config.d_vocab),
    )


def trained(config: DecoderConfig, length: int) -> int:
    """Operations of one training step on so many tokens, forward and backward.

    >>> smollm2 = DecoderConfig(30, 576, 9, 3, 64, 1536, 49152, 8192)
    >>> f"{2e12 * trained(smollm2, 2048) / 2048:.2e}", f"{six_n_d(134.5e6, 2e12):.2e}"
    ('2.46e+21', '1.61e+21')
    """
    return PASSES * sum(each.flops for each in parts(config, length))
