"""A smaller model without a student: parts of the teacher left out or merged, and nothing trained afterwards.

- **depth**: whole blocks, those first whose output is most like their input (Men et al. 2024, ShortGPT, 2403.03853):
  influence = 1 - cos(stream before, stream after), the mean over positions.
- **width**: hidden neurons of every feed-forward layer, those first whose weights are small:
  |W_gate,j| |W_in,j| |W_out,j|, the norms of what neuron j reads and writes.
- **2:4**: of every four weights in a row the two smaller ones become 0 (Mishra et al. 2021, arXiv 2104.08378). Hardware
  that knows this form stores half of them.
- **merge**: experts in pairs become their mean, those whose router rows are most alike (in the manner of Li et al.
  2023, MC-SMoE, 2310.01334, without its alignment of neurons).

>>> two_of_four(torch.tensor([[1.0, -3.0, 2.0, 0.5]])).tolist()
[[0.0, -3.0, 2.0, 0.0]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.feed_forward import FeedForward
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward

GROUP, KEPT = 4, 2


def two_of_four(weight: Float[Tensor, "*out in"]) -> Float[Tensor, "*out in"]:
    """Of every four neighbours in a row the two largest. Raises ValueError for rows that are no whole fours."""
    if weight.shape[-1] % GROUP:
        raise ValueError(f"rows of {weight.shape[-1]} weights cannot be cut into fours")
    fours = weight.unflatten(-1, (-1, GROUP))
    kept = torch.zeros_like(fours).scatter_(-1, fours.abs().topk(KEPT, -1).indices, 1.0)
    return (fours * kept).flatten(-2)


def influence(decoder: Decoder, ids: Int[Tensor, "row pos"]) -> list[float]:
    """Of every block on that text: 0 where it only scales the stream."""
    x, at = decoder.entered(ids)
    found = []
    with torch.no_grad():
        for block in decoder.blocks:
            after = block(x, at)
            found.append(float(1 - torch.cosine_similarity(x, after, dim=-1).mean()))
            x = after
    return found


def without_blocks(decoder: Decoder, left_out: Sequence[int]) -> Decoder:
    """The other blocks, in their order."""
    kept = [at for at in range(decoder.config.n_layers) if at not in left_out]
    windows = decoder.config.windows
    config = replace(decoder.config, n_layers=len(kept), windows=tuple(windows[at] for at in kept if at < len(windows)))
    return _built(config, decoder, {f"blocks.{at}.": f"blocks.{to}." for to, at in enumerate(kept)})


def narrowed(decoder: Decoder, share: float) -> Decoder:
    """Feed-forward layers with that share of their neurons."""
    made = copied(decoder)
    width = round(share * decoder.config.d_mlp)
    for block in made.blocks:
        mlp = block.get_submodule("mlp")
        if isinstance(mlp, SparseFeedForward):
            gate, inward = mlp.experts.gate_in.data.chunk(2, 1)  # expert hidden d_model
            out = mlp.experts.out.data  # expert d_model hidden
            keep = _largest(gate.norm(dim=2) * inward.norm(dim=2) * out.norm(dim=1), width)  # expert kept
            rows = keep[..., None].expand(-1, -1, gate.shape[2])
            mlp.experts.gate_in = nn.Parameter(torch.cat([gate.gather(1, rows), inward.gather(1, rows)], 1))
            mlp.experts.out = nn.Parameter(out.gather(2, keep[:, None].expand(-1, out.shape[1], -1)))
        else:
            assert isinstance(mlp, FeedForward)
            gate, inward, out = mlp.W_gate.weight.data, mlp.W_in.weight.data, mlp.W_out.weight.data
            keep = _largest(gate.norm(dim=1) * inward.norm(dim=1) * out.norm(dim=0), width)
            for linear, weight in ((mlp.W_gate, gate[keep]), (mlp.W_in, inward[keep]), (mlp.W_out, out[:, keep])):
                linear.weight = nn.Parameter(weight)
    made.config = replace(made.config, d_mlp=width)
    return made.requires_grad_(False)


def _largest(size: Float[Tensor, "*expert hidden"], width: int) -> Int[Tensor, "*expert kept"]:
    """In the order in which they stood."""
    return size.topk(width, -1).indices.sort(-1).values


def sparse(decoder: Decoder) -> Decoder:
    """2:4 in every matrix of attention and feed-forward; embeddings, router and norms stay."""
    made = copied(decoder)
    for name, parameter in made.named_parameters():
        if halved(name) and parameter.dim() > 1:
            parameter.data.copy_(two_of_four(parameter.data))
    return made


def halved(name: str) -> bool:
    """Whether 2:4 takes that weight."""
    return ".attn.W_" in name or ".mlp.W_" in name or ".mlp.experts." in name


def merged(decoder: Decoder) -> Decoder:
    """Half as many experts, each the mean of two; the router's row is the mean of theirs."""
    made = copied(decoder)
    for block in made.blocks:
        mlp = block.get_submodule("mlp")
        assert isinstance(mlp, SparseFeedForward)
        pairs = torch.tensor(pairs_of(mlp.router.data))  # pair two
        mlp.router = nn.Parameter(mlp.router.data[pairs].mean(1))
        mlp.experts.gate_in = nn.Parameter(mlp.experts.gate_in.data[pairs].mean(1))
        mlp.experts.out = nn.Parameter(mlp.experts.out.data[pairs].mean(1))
        mlp.n_experts = mlp.experts.n_experts = len(pairs)
        mlp.k = min(mlp.k, len(pairs))
    made.config = replace(made.config, n_experts=decoder.config.n_experts // 2)
    return made.requires_grad_(False)


def pairs_of(router: Float[Tensor, "expert d_model"]) -> list[tuple[int, int]]:
    """The two most alike first, then the two most alike of the others.

    >>> pairs_of(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1], [0.1, 1.0]]))
    [(0, 2), (1, 3)]
    """
    unit = router / router.norm(dim=1, keepdim=True)
    alike, pairs = (unit @ unit.T).fill_diagonal_(-2), list[tuple[int, int]]()
    for _ in range(len(router) // 2):
        one, two = divmod(int(alike.argmax()), len(router))
        pairs.append((min(one, two), max(one, two)))
        alike[[one, two]] = alike[:, [one, two]] = -2
    return sorted(pairs)


def copied(decoder: Decoder) -> Decoder:
    """The same with weights of its own."""
    return _built(decoder.config, decoder, {f"blocks.{at}.": f"blocks.{at}." for at in range(decoder.config.n_layers)})


def _built(config: DecoderConfig, decoder: Decoder, places: dict[str, str]) -> Decoder:
    """A decoder of the old one's weights, its blocks at other places."""
    made, state = Decoder(config), dict[str, Tensor]()
    for name, tensor in decoder.state_dict().items():
        block = next((old for old in places if name.startswith(old)), None)
        if block is not None:
            state[places[block] + name.removeprefix(block)] = tensor
        elif not name.startswith("blocks."):
            state[name] = tensor
    made.load_state_dict(state)
    return made.eval().requires_grad_(False)


def stored(decoder: Decoder, halves: bool = False) -> int:
    """Numbers that must be kept; where `halves`, of what 2:4 takes the half."""
    return sum(
        each.numel() // (2 if halves and halved(name) and each.dim() > 1 else 1)
        for name, each in decoder.named_parameters()
        if name != "unembed.weight" or not decoder.config.tied
    )
