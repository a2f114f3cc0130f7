"""A decoder's run, entered at any block: what a text leaves there, and what becomes of a stream that is changed.

`enter` gives the stream as block 0 meets it; `recorded` runs a text and keeps what its blocks, heads and MLPs gave;
`carry` takes a batch of streams from a block to the last; `say` reads the logits of the last position. All that patches
or differentiates a run of the explorer's own decoder is made of these.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> run = recorded(decoder, torch.tensor([1, 2, 3]))
>>> tuple(run.z.shape), tuple(run.resid.shape)  # layer pos head d_head; layer pos d_model
((2, 3, 2, 4), (2, 3, 8))
>>> with torch.no_grad():
...     again = say(decoder, carry(decoder, run.resid[1][None], run.at, start=1))[0]
>>> bool((again - run.logits).abs().max() < 1e-5)
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.block import Block, Pass
from explorer.stack.transformer.decoder import Decoder

#: Where a run can be changed: the stream into a block, what attention or the MLP adds to it, a head's weighted values.
Site: TypeAlias = Literal["resid", "attn", "mlp", "z"]
#: TransformerLens' names within a block.
HOOKS: dict[Site, str] = {
    "resid": "hook_resid_pre",
    "attn": "hook_attn_out",
    "mlp": "hook_mlp_out",
    "z": "attn.hook_z",
}
#: From logits of the last position, a row a run, to a number each.
Metric: TypeAlias = Callable[[Float[Tensor, "row d_vocab"]], Float[Tensor, " row"]]


@dataclass(frozen=True)
class Contrast:
    """The logit of a token less that of its rival, each the mean of several where several are named; without a rival,
    the logit itself, or its log-probability.

    >>> logits = torch.tensor([[1.0, 2.0, 4.0]])
    >>> float(Contrast(2, 0)(logits)), float(Contrast((1, 2), (0,))(logits)), float(Contrast(1)(logits))
    (3.0, 2.0, 2.0)
    """

    token: int | tuple[int, ...]
    rival: int | tuple[int, ...] | None = None
    log: bool = False

    def __call__(self, logits: Float[Tensor, "row d_vocab"]) -> Float[Tensor, " row"]:
        read = logits.log_softmax(-1) if self.log else logits
        own = _mean(read, self.token)
        return own if self.rival is None else own - _mean(read, self.rival)


def _mean(logits: Float[Tensor, "row d_vocab"], tokens: int | tuple[int, ...]) -> Float[Tensor, " row"]:
    return logits[:, tokens] if isinstance(tokens, int) else logits[:, list(tokens)].mean(-1)


@dataclass(frozen=True, eq=False)
class Recorded:
    """What one text leaves in a decoder."""

    ids: Int[Tensor, " pos"]
    resid: Float[Tensor, "layer pos d_model"]
    """The stream into each block."""
    attn: Float[Tensor, "layer pos d_model"]
    mlp: Float[Tensor, "layer pos d_model"]
    z: Float[Tensor, "layer pos head d_head"]
    last: Float[Tensor, "pos d_model"]
    """The stream after the last block."""
    logits: Float[Tensor, " d_vocab"]
    """Of the last position."""
    at: Pass
    """What all blocks are told."""

    def of(self, site: Site) -> Float[Tensor, "layer pos *rest"]:
        return {"resid": self.resid, "attn": self.attn, "mlp": self.mlp, "z": self.z}[site]


def blocks_of(decoder: Decoder) -> list[Block]:
    return [block for block in decoder.blocks if isinstance(block, Block)]


def enter(decoder: Decoder, ids: Int[Tensor, " pos"]) -> tuple[Float[Tensor, "pos d_model"], Pass]:
    """The stream of a text as block 0 meets it, and what all blocks are told: it holds for any number of rows."""
    x, at = decoder.entered(ids[None])
    return x[0], at


def carry(
    decoder: Decoder, x: Float[Tensor, "row pos d_model"], at: Pass, start: int = 0
) -> Float[Tensor, "row pos d_model"]:
    """The streams after the last block, of streams into block `start`."""
    for block in blocks_of(decoder)[start:]:
        x = block(x, at)
    return x


def say(decoder: Decoder, x: Float[Tensor, "row pos d_model"]) -> Float[Tensor, "row d_vocab"]:
    """The logits of the last position."""
    return decoder.unembedded(x[:, -1:])[:, 0]


def kept(
    decoder: Decoder, x: Float[Tensor, "pos d_model"], at: Pass, detached: bool = True
) -> tuple[dict[tuple[Site, int], Tensor], Float[Tensor, "1 pos d_model"]]:
    """What flows by each site of each block in a run of one stream, and the stream after the last block."""
    seen: dict[tuple[Site, int], Tensor] = {}

    def keeps(site: Site, layer: int) -> Callable[..., None]:
        def hook(tensor: Tensor, **_: object) -> None:
            seen[site, layer] = tensor.detach() if detached else tensor

        return hook

    names = [(f"blocks.{layer}.{name}", keeps(site, layer)) for site, name in HOOKS.items()
             for layer in range(decoder.config.n_layers)]  # fmt: skip
    with decoder.hooks(names):
        last = carry(decoder, x[None], at)
    return seen, last


@torch.no_grad()
def recorded(decoder: Decoder, ids: Int[Tensor, " pos"]) -> Recorded:
    """Runs the text."""
    x, at = enter(decoder, ids)
    seen, last = kept(decoder, x, at)
    return gathered(ids, seen, last, say(decoder, last), at)


def gathered(
    ids: Int[Tensor, " pos"],
    seen: Mapping[tuple[Site, int], Tensor],
    last: Float[Tensor, "1 pos d_model"],
    logits: Float[Tensor, "1 d_vocab"],
    at: Pass,
) -> Recorded:
    """What `kept` has kept of a run, layer by layer, without its gradients."""

    def stacked(site: Site) -> Tensor:
        return torch.stack([seen[site, layer][0].detach() for layer in range(len(seen) // len(HOOKS))])

    parts = (stacked("resid"), stacked("attn"), stacked("mlp"), stacked("z"))
    return Recorded(ids, *parts, last[0].detach(), logits[0].detach(), at)
