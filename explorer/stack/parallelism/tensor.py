"""Tensor parallelism: every layer is cut across its width, and all ranks compute each layer together on the same text.

    a = f(norm(x));    x = x + g(attention of the rank's heads)         g sums the parts forward, f the gradients
    m = f(norm(x));    x = x + g(feed-forward of the rank's neurons)    backward: two all-reduces a block each way

With b bytes in a stream [batch pos d_model], a rank sends 4 x 2(N-1)/N b in a block's two passes. Along the sequence
(`sequence`), norms and stream are cut by positions: all-gather stands for f and reduce-scatter for g, as many bytes,
and a rank keeps 1/N of what the norms read.

Weights that lie whole on every rank, and of which each rank sees only a part of the use, have gradients that are to be
summed: norms along the sequence, QK-norms, routers, key-value heads that lie on several ranks (`sum_partial`).

Shoeybi et al. 2019, Megatron-LM (arXiv 1909.08053); sequence: Korthikanti et al. 2022 (arXiv 2205.05198).

>>> from explorer.stack.parallelism.thread_group import in_threads
>>> decoder = Decoder(DecoderConfig(1, 8, 4, 2, 4, 12, 32, 16)).initialise(torch.Generator().manual_seed(0))
>>> text = torch.arange(9)[None]
>>> def loss(group: Group) -> tuple[float, list[str]]:
...     made = Split.of(decoder, group)
...     return round(float(made.loss(text).detach()), 4), [each.what for each in group.records]
>>> losses = in_threads(2, loss)
>>> [each == round(float(decoder.loss(text).total({}).detach()), 4) for each, _ in losses]
[True, True]
>>> losses[0][1]
['embedding', 'blocks.0 attention', 'blocks.0 feed-forward', 'largest logits', 'sums and targets']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.embeddings import alibi
from explorer.stack.parallelism.conjugates import copied, gathered, scattered, summed
from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.slices import Slices, added_once, cut, holders, local, slices_of
from explorer.stack.parallelism.vocabulary import VocabularyEmbedding, cross_entropy
from explorer.stack.transformer.balancing import load_balancing, z_loss
from explorer.stack.transformer.block import Block, Pass
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.hook_points import HookPoint
from explorer.stack.transformer.losses import USUAL
from explorer.stack.transformer.router import Routing

#: What a block's two sublayers are called, by the norm before them.
SUBLAYERS = {"ln1": "attention", "ln2": "feed-forward"}


@dataclass(frozen=True, eq=False)
class Seam:
    """What stands where a layer's input goes to all ranks, and where their parts meet."""

    group: Group
    sequence: bool = False
    without_f: bool = False
    """The mistake: gradients of an input are not summed."""
    watch: Callable[[str, Tensor], None] = lambda *_: None
    """Told each part before it is summed."""

    def enter(self, x: Float[Tensor, "batch own d"], what: str) -> Float[Tensor, "batch pos d"]:
        if self.sequence:
            return gathered(x, self.group, what)
        return x if self.without_f else copied(x, self.group, what)

    def leave(self, part: Float[Tensor, "batch pos d"], what: str) -> Float[Tensor, "batch own d"]:
        self.watch(what, part)
        return scattered(part, self.group, what) if self.sequence else summed(part, self.group, what)


class SplitBlock(Block):
    """A rank's heads and neurons of a block."""

    def __init__(self, config: DecoderConfig, layer: int, seam: Seam) -> None:
        """`config`: of the rank's part."""
        super().__init__(config, layer)
        self.seam, self.layer = seam, layer
        if seam.group.rank:
            for name, _ in tuple(self.named_parameters()):
                if added_once(name):
                    self.get_submodule(name.rpartition(".")[0]).register_parameter("bias", None)

    def _add(
        self, x: Tensor, at: Pass, sublayer: Callable[[Tensor], Tensor], norm: str, hook: HookPoint | Callable
    ) -> Tensor:
        what, seam = f"blocks.{self.layer} {SUBLAYERS[norm]}", self.seam
        return super()._add(x, at, lambda y: seam.leave(sublayer(seam.enter(y, what)), what), norm, hook)


@dataclass(eq=False)
class Split:
    """One rank's part of a decoder."""

    config: DecoderConfig
    """Of the whole."""
    decoder: Decoder
    """The part."""
    own: Slices
    seam: Seam
    _holders: Group
    """The ranks that have the same key-value heads."""
    routings: list[Routing] = field(default_factory=list)

    @classmethod
    def of(cls, decoder: Decoder, group: Group, sequence: bool = False, without_f: bool = False) -> Split:
        """Raises ValueError where the ranks do not divide heads or neurons."""
        tied = decoder.config.tied
        weights: dict[str, Tensor] = {
            name: each for name, each in decoder.named_parameters() if not (tied and name == "unembed.weight")
        }
        return cls.made(
            decoder.config, cut(weights, decoder.config, group.rank, group.ranks), group, sequence, without_f
        )

    @classmethod
    def made(
        cls,
        config: DecoderConfig,
        weights: dict[str, Tensor],
        group: Group,
        sequence: bool = False,
        without_f: bool = False,
    ) -> Split:
        """Of a rank's own weights, as `cut` gives them, which are not copied."""
        own, seam = slices_of(config, group.rank, group.ranks), Seam(group, sequence, without_f)
        part = local(config, own, group.rank)
        with torch.device("meta"):
            decoder = Decoder(part)
            decoder.embed = VocabularyEmbedding(part.d_vocab, part.d_model, part.embed_scale)
            decoder.blocks = nn.ModuleList(SplitBlock(part, layer, seam) for layer in range(part.n_layers))
        decoder.embed.first = own.tokens.start
        state = {**weights, "unembed.weight": weights["embed.weight"]} if config.tied else weights
        decoder.load_state_dict(state, assign=True)
        if config.tied:
            decoder.unembed.weight = decoder.embed.weight
        decoder.name_hook_points()
        return cls(config, decoder.requires_grad_(), own, seam, group.part(holders(config, group.ranks)))

    @property
    def group(self) -> Group:
        return self.seam.group

    def loss(self, windows: Int[Tensor, "row pos"]) -> Float[Tensor, ""]:
        """One process's loss, on every rank. Raises ValueError where the ranks do not divide the positions, if these
        are cut."""
        if self.seam.sequence and (windows.shape[1] - 1) % self.group.ranks:
            raise ValueError(f"{windows.shape[1] - 1} positions cannot be shared evenly by {self.group.ranks} ranks")
        x, at = self.entered(windows)
        at.written_out, self.routings = True, []
        at.routings = self.routings if self.config.n_experts else None
        for block in self.decoder.blocks:
            x = block(x, at)
        return self.lm(x, windows, written_out=True) + self._routers()

    def entered(self, windows: Int[Tensor, "row pos_and_one"]) -> tuple[Float[Tensor, "row own d_model"], Pass]:
        """The stream as the first block meets it, or this rank's positions of it, and what all blocks are told."""
        x, at = self.told(windows)
        return self.seam.leave(x, "embedding"), at

    def told(self, windows: Int[Tensor, "row pos_and_one"]) -> tuple[Float[Tensor, "row pos d_model"], Pass]:
        """This rank's part of the stream, before the parts are summed, and what all blocks are told."""
        x, at = self.decoder.entered(windows[:, :-1])
        if at.slopes is not None:
            heads = slice(self.own.heads.start, self.own.heads.stop)
            at.slopes = alibi.slopes(self.config.n_heads, at.slopes.dtype)[heads].to(at.slopes.device)
        return x, at

    def lm(
        self, x: Float[Tensor, "row own d_model"], windows: Int[Tensor, "row pos_and_one"], written_out: bool = False
    ) -> Float[Tensor, ""]:
        """The mean over tokens of what the stream after the last block costs, on every rank."""
        read = self.seam.enter(self.decoder.read(x, written_out), "unembedding")
        logits, cap = self.decoder.unembed(read), self.config.logit_cap
        logits = logits if cap is None else cap * torch.tanh(logits / cap)
        targets = windows[:, 1:].reshape(-1)
        return cross_entropy(logits.flatten(0, 1), targets, self.group, self.own.tokens.start)

    def _routers(self) -> Float[Tensor, ""] | float:
        if not self.routings:
            return 0.0
        each = [
            USUAL["balance"] * load_balancing(one.scores, one.indices).loss + USUAL["z"] * z_loss(one.logits)
            for one in self.routings
        ]
        return counted_once(torch.stack(each).mean(), self.group)

    def sum_partial(self) -> None:
        """After the backward pass: gradients of which each rank has a part."""
        sum_partial(self.decoder, self.group, self._holders, self.seam.sequence)


def counted_once(loss: Float[Tensor, ""], group: Group) -> Float[Tensor, ""]:
    """A loss that all ranks have alike, such as a router's: each counts for its share of the gradient."""
    share = loss / group.ranks
    return share + (loss - share).detach()


def split_block(config: DecoderConfig, layer: int, weights: dict[str, Tensor], seam: Seam) -> SplitBlock:
    """A rank's part of one block, of its own weights, as `cut` gives them. `config`: of the whole."""
    own = slices_of(config, seam.group.rank, seam.group.ranks)
    with torch.device("meta"):
        made = SplitBlock(local(config, own, seam.group.rank), layer, seam)
    made.load_state_dict(weights, assign=True)
    return made.requires_grad_()


def sum_partial(module: nn.Module, group: Group, holding: Group, sequence: bool = False) -> None:
    """Sum the gradients of which each rank has a part; `holding`: the ranks with the same key-value heads."""
    names = [name for name, _ in module.named_parameters()]
    partial = [each for each in names if _partial(each, sequence)]
    keys = [each for each in names if ".W_K." in each or ".W_V." in each]
    for ranks, what, chosen in (
        (group, "gradients of what lies on all ranks", partial),
        (holding, "gradients of shared key-value heads", keys),
    ):
        gradients = [module.get_parameter(name).grad for name in chosen]
        ranks.sum_together([each for each in gradients if each is not None], what)


def _partial(name: str, sequence: bool) -> bool:
    layer = name.split(".")[-2]
    return name.endswith("router") or layer in ("q_norm", "k_norm") or (layer.startswith("ln") and sequence)


def block_bytes(stream: int, ranks: int) -> float:
    """That each rank sends in a block's two passes; `stream`: bytes of the stream.

    s 2048, d_model 4096, 16 bits, 8 ranks:

    >>> block_bytes(2048 * 4096 * 2, 8) / 2**20
    112.0
    """
    return 4 * 2 * (ranks - 1) / ranks * stream
