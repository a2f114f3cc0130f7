"""The model of masked diffusion: the decoder without the causal mask, with one token more, [MASK].

Every position attends to every other. The model is not told the time: how much is hidden can be seen (MDLM and LLaDA do
without it too). Its loss is the weighed cross-entropy at the hidden positions (`noise`), over all tokens that could
have been hidden. [MASK] has an embedding and is no answer: the softmax is over the other tokens, which is SUBS.

`shifted`: what is said of a token is read at the position before it, as in a causal model. So weights that were trained
causally go on as they are, and learn to look behind as well (Gong et al. 2024, DiffuLLaMA, arXiv 2410.17891): the
first token, which is always given, needs nobody before it.

>>> config = DecoderConfig(n_layers=1, d_model=8, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=8, d_vocab=20, n_ctx=16)
>>> model = Unmasker(config).initialise(torch.Generator().manual_seed(0))
>>> model.mask, model.decoder.config.d_vocab, model.decoder.config.causal
(20, 21, False)
>>> text = torch.arange(8)[None]
>>> everything = by_count(text, torch.tensor([7]), model.mask)
>>> round(float(model.loss(everything).parts["lm"].detach()), 1)  # ln 20
3.0
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from explorer.stack.frontier.masked_diffusion.noise import EPS, GIVEN, Hidden, Weighing, by_count, by_time, times
from explorer.stack.pretraining.batches import Batches, Trainable, WindowCourse, held_out_windows
from explorer.stack.transformer.chunked_loss import linear_cross_entropy
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses


class Unmasker(nn.Module):
    """Blocks that read both ways, over a vocabulary and [MASK]."""

    def __init__(self, config: DecoderConfig, compute: torch.dtype | None = None, *, shifted: bool = False) -> None:
        """`config` is that of the causal twin: its vocabulary is without [MASK]."""
        super().__init__()
        self.shifted = shifted
        self.decoder = Decoder(replace(config, causal=False, d_vocab=config.d_vocab + 1), compute)

    def initialise(self, generator: torch.Generator | None = None) -> Unmasker:
        self.decoder.initialise(generator)
        return self

    @torch.no_grad()
    def become(self, causal: Decoder) -> Unmasker:
        """Take the weights of the causal twin; [MASK] is embedded as the mean of all tokens."""
        state = {**causal.state_dict()}
        embed = state["embed.weight"]
        state["embed.weight"] = state["unembed.weight"] = torch.cat([embed, embed.mean(0, keepdim=True)])
        self.decoder.load_state_dict(state)
        return self

    @property
    def mask(self) -> int:
        """The id of [MASK], behind all others."""
        return self.decoder.config.d_vocab - 1

    def forward(self, ids: Int[Tensor, "row pos"]) -> Float[Tensor, "row pos d_vocab"]:
        """Logits of every token but [MASK], at every position; 0 of the first where they are shifted."""
        logits = self._said(self.decoder.read(self.decoder.stream(ids)).flatten(0, 1)).unflatten(0, ids.shape)
        return nn.functional.pad(logits[:, :-1], (0, 0, 1, 0)) if self.shifted else logits

    @torch.no_grad()
    def at(self, ids: Int[Tensor, "row pos"], places: Bool[Tensor, "row pos"]) -> Float[Tensor, "hole d_vocab"]:
        """Logits of the tokens at these places alone, row by row."""
        return self._said(self._read(ids, places))

    def loss(self, batch: Hidden) -> Losses:
        """The weighed sum over hidden tokens, by the number of those that could have been hidden."""
        at = batch.at
        weights = batch.weights[:, None].expand(at.shape)[at]
        could = batch.inputs.shape[0] * (batch.inputs.shape[1] - GIVEN)
        if not len(weights):  # nothing was hidden in any row
            return Losses({"lm": 0.0 * self._answers.sum()})
        read = self._read(batch.inputs, at)
        mean = linear_cross_entropy(read, self._answers.to(read.dtype), batch.targets[at], weights)
        return Losses({"lm": mean * (len(read) / could)})

    @torch.no_grad()
    def nats(self, batch: Hidden) -> Float[Tensor, "row pos"]:
        """-ln p of each hidden token; 0 elsewhere."""
        at, found = batch.at, torch.zeros(batch.inputs.shape)
        found[at] = nn.functional.cross_entropy(self.at(batch.inputs, at), batch.targets[at], reduction="none")
        return found

    def _read(self, ids: Tensor, places: Tensor) -> Float[Tensor, "hole d_model"]:
        """What the unembedding reads of the tokens at these places."""
        if self.shifted:
            places = nn.functional.pad(places[:, 1:], (0, 1))  # the one before
        return self.decoder.read(self.decoder.stream(ids))[places]

    def _said(self, read: Float[Tensor, "some d_model"]) -> Float[Tensor, "some d_vocab"]:
        return (read @ self._answers.to(read.dtype).T).float()

    @property
    def _answers(self) -> Tensor:
        return self.decoder.unembed.weight[: self.mask]


@dataclass(frozen=True)
class Pieces:
    """Of some steps the windows are cut into shorter texts, so that short texts are known too; no token is lost."""

    share: float = 0.0
    """Of the steps."""
    lengths: tuple[int, ...] = ()

    def length(self, step: int, n_ctx: int, seed: int) -> int:
        """Tokens that are predicted of each text at that step."""
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        chance, which = torch.rand(2, generator=generator, dtype=torch.float64).tolist()
        return self.lengths[int(which * len(self.lengths))] if chance < self.share else n_ctx


def cut(windows: Int[Tensor, "row pos"], length: int) -> Int[Tensor, "piece pos_piece"]:
    """Each window in pieces of `length` tokens behind one that is given: the last of the piece before.

    >>> cut(torch.arange(7)[None], 3).tolist()
    [[0, 1, 2, 3], [3, 4, 5, 6]]
    """
    return windows.unfold(1, length + 1, length).flatten(0, 1)


@dataclass(frozen=True)
class CausalCourse(WindowCourse):
    """What the causal twin reads: the same texts in the same order."""

    pieces: Pieces = Pieces()

    def batch(self, step: int) -> Int[Tensor, "row pos"]:
        return cut(self.batches(step)[0], self.pieces.length(step, self.batches.n_ctx, self.batches.seed))


@dataclass(frozen=True)
class UnmaskCourse:
    """Windows of text, hidden anew at every step. What is drawn follows from the seed and the step alone."""

    batches: Batches
    held: Mapping[str, Int[Tensor, " _token"]]
    measured: int
    mask: int
    eps: float = EPS
    weighing: Weighing = "inverse"
    pieces: Pieces = Pieces()
    begins: int = 0
    """Steps of the texts that were read before."""

    def batch(self, step: int) -> Hidden:
        at = self.begins + step
        text = CausalCourse(self.batches, self.held, self.measured, self.pieces).batch(at)
        generator = torch.Generator().manual_seed(self.batches.seed * 7_000_003 + at)
        t = times(len(text), generator)
        return by_time(text, t, self.mask, generator, eps=self.eps, weighing=self.weighing)

    def losses(self, model: Trainable[Hidden], everything: bool = False) -> dict[str, float]:
        """The bound in nats a token, of each kind: one count and one choice a window, the same at each call."""
        assert isinstance(model, Unmasker)
        found, n = {}, self.batches.n_ctx
        for kind, stream in self.held.items():
            generator = torch.Generator().manual_seed(0)
            windows = held_out_windows(stream, n, len(stream) if everything else self.measured)
            counts = 1 + (times(len(windows), generator) * n).long()  # spread over 1 .. n
            parts = zip(windows.split(16), counts.split(16), strict=True)
            rows = [by_count(some, count, self.mask, generator) for some, count in parts]
            nats = torch.cat([(model.nats(row).sum(1) * row.weights) for row in rows])
            found[kind] = float(nats.mean()) / n
        return found

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return {}
