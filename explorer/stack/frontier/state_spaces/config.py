"""The sizes of a model whose layers carry a state, or look back, or take turns.

The published counts, on tensors that hold no numbers:

>>> import torch
>>> from explorer.stack.frontier.state_spaces.model import StateSpaceModel
>>> def count(config):
...     with torch.device("meta"):
...         return sum(each.numel() for each in StateSpaceModel(config).parameters())
>>> count(StateSpaceConfig(d_model=768, d_vocab=50280, kinds=("mamba",) * 24))  # mamba-130m
129135360
>>> count(StateSpaceConfig(d_model=768, d_vocab=50288, kinds=("mamba2",) * 24, d_state=128, d_head=64))  # mamba2-130m
128989632

A state's bytes do not depend on the length; a cache's do:

>>> small = StateSpaceConfig(d_model=768, d_vocab=50280, kinds=("mamba",) * 24)
>>> small.state_numbers(0), small.state_numbers(0) == small.state_numbers(16_384)
(700416, True)
"""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("mamba", "mamba2", "gla", "attention", "mlp")


@dataclass(frozen=True)
class StateSpaceConfig:
    """A stack of layers; each is norm(x) through one mixer, added to the stream; a feed-forward is one of them."""

    d_model: int
    d_vocab: int
    kinds: tuple[str, ...]
    """Of each layer, one of KINDS."""
    expand: int = 2
    """Channels of a mixer, in widths of the stream."""
    d_state: int = 16
    d_conv: int = 4
    """Positions that the convolution before the scan sees."""
    dt_rank: int | None = None
    """Of the map that makes dt; None for a sixteenth of the stream, rounded up."""
    d_head: int = 64
    """Of Mamba-2, gated linear attention and attention."""
    d_mlp: int = 0
    """Of a feed-forward layer."""
    inner_norms: bool = False
    """Whether a Mamba layer norms its dt, B and C, as Jamba's do."""
    rope: bool = True
    """Whether attention turns queries and keys; beside Mamba layers Jamba's does not."""
    n_ctx: int = 1024
    """What the saved config promises; a state knows no limit."""
    eps: float = 1e-5

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.kinds) - set(KINDS)):
            raise ValueError(f"unknown layer {unknown[0]!r} ({', '.join(KINDS)})")

    @property
    def n_layers(self) -> int:
        return len(self.kinds)

    @property
    def d_inner(self) -> int:
        """Channels of a mixer."""
        return self.expand * self.d_model

    @property
    def rank(self) -> int:
        return self.dt_rank or -(-self.d_model // 16)

    def layer_numbers(self, layer: int, length: int) -> int:
        """Numbers that one layer carries from token to token behind so many of them."""
        match self.kinds[layer]:
            case "mamba":
                return self.d_inner * (self.d_state + self.d_conv - 1)
            case "mamba2":
                return self.d_inner * self.d_state + (self.d_inner + 2 * self.d_state) * (self.d_conv - 1)
            case "gla":
                return self.d_model * self.d_head
            case "mlp":
                return 0
            case _:
                return 2 * self.d_model * length

    def state_numbers(self, length: int) -> int:
        """Numbers that all layers carry."""
        return sum(self.layer_numbers(layer, length) for layer in range(self.n_layers))


def hybrid(layers: int, every: int = 4) -> tuple[str, ...]:
    """Mamba with one attention layer in so many, as Jamba has it (Lieber et al. 2024, arXiv 2403.19887).

    >>> hybrid(4)
    ('mamba', 'mamba', 'attention', 'mamba')
    """
    return tuple("attention" if layer % every == every // 2 else "mamba" for layer in range(layers))


def jamba(layers: int, every: int = 4) -> tuple[str, ...]:
    """The same with a feed-forward layer behind each.

    >>> jamba(3)
    ('mamba', 'mlp', 'mamba', 'mlp', 'attention', 'mlp')
    """
    return tuple(kind for mixer in hybrid(layers, every) for kind in (mixer, "mlp"))
