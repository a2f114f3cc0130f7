"""Answers of a policy, the part of it that moves, and the inner products of the gradients of all their tokens.

The gradient of every estimator is u = sum of w_k g_k over tokens k, where g_k is the gradient of the token's
log-probability. With K = [g_j · g_k] its norm is sqrt(w' K w), the cosine of two is w' K v over both norms, and a step
of length h along it changes the log-probability of token j by h (K w)_j / |u|, to first order.

A small decoder moves as a whole, in float64. Of a larger one the last block moves: W_O and the matrices of a dense
MLP. These work on each position by itself, so that a token's gradient of each matrix is one outer product, of what the
matrix reads (x) and of the gradient of what it writes (d): one backward pass finds all tokens', and g_j · g_k is the
sum over matrices of (x_j · x_k)(d_j · d_k).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from explorer.compat.torch import with_parts
from explorer.stack.transformer.block import Pass
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.feed_forward import FeedForward

#: Up to so many parameters all of them move.
WHOLE = 400_000


@dataclass(frozen=True)
class Texts:
    """Answers, each once; a slot is a token after a beginning, which two answers may share."""

    prompts: tuple[int, ...]
    """Which prompt each answers."""
    ids: Int[Tensor, "text pos"]
    """Padded on the right."""
    tokens: Int[Tensor, "text token"]
    mask: Bool[Tensor, "text token"]
    before: Int[Tensor, "text token"]
    """The position that says each token."""
    slots: Int[Tensor, "text token"]
    count: int
    """Slots."""

    @classmethod
    def of(cls, asked: Sequence[Sequence[int]], answers: Sequence[tuple[int, tuple[int, ...]]]) -> Texts:
        """answers: each with its prompt; none is empty."""
        longest = max(len(ids) for _, ids in answers)
        whole = [[*asked[at], *ids] for at, ids in answers]
        known: dict[tuple[int, tuple[int, ...]], int] = {}
        slots = [
            [known.setdefault((at, ids[: t + 1]), len(known)) for t in range(len(ids))] + [0] * (longest - len(ids))
            for at, ids in answers
        ]
        before = [
            [min(len(asked[at]) + t, len(asked[at]) + len(ids)) - 1 for t in range(longest)] for at, ids in answers
        ]
        return cls(
            tuple(at for at, _ in answers),
            nn.utils.rnn.pad_sequence([torch.tensor(each) for each in whole], batch_first=True),
            nn.utils.rnn.pad_sequence([torch.tensor(ids) for _, ids in answers], batch_first=True),
            torch.tensor([[t < len(ids) for t in range(longest)] for _, ids in answers]),
            torch.tensor(before),
            torch.tensor(slots),
            len(known),
        )

    def first_of_slots(self) -> Int[Tensor, "slot two"]:
        """(text, token) of each slot."""
        found = torch.full((self.count, 2), -1)
        for text, token in self.mask.nonzero().flip(0).tolist():
            found[self.slots[text, token]] = torch.tensor([text, token])
        return found


class Moved:
    """A copy of what moves of a decoder, beside what stays."""

    def __init__(self, decoder: Decoder, texts: Texts) -> None:
        total = sum({each.data_ptr(): each.numel() for each in decoder.parameters()}.values())
        self.texts, self.whole = texts, total <= WHOLE
        if self.whole:
            self.decoder = copy.deepcopy(decoder).double().requires_grad_(True)
            if decoder.config.tied:  # two parameters on the same numbers are copied as two
                self.decoder.unembed.weight = self.decoder.embed.weight
            self.weights = list(self.decoder.parameters())
            self.linears: dict[str, nn.Module] = {}
        else:
            last = copy.deepcopy(decoder.blocks[-1])
            self.decoder = with_parts(decoder, blocks=nn.ModuleList([*decoder.blocks[:-1], last]))
            self.linears = _moving(last)
            self.weights = [each for layer in self.linears.values() for each in layer.parameters()]
            for each in self.weights:
                each.requires_grad_(True)
        self.numbers = sum(each.numel() for each in self.weights)
        self.start = [each.detach().clone() for each in self.weights]
        self._below: tuple[Tensor, Pass] | None = None if self.whole else self._entered()

    def logp(self) -> Float[Tensor, "text token"]:
        """Of every token; 0 outside the answers."""
        texts, x = self.texts, self._read()
        picked = self.decoder.unembedded(x[None])[0].log_softmax(-1)  # token d_vocab
        made = picked.gather(1, texts.tokens[texts.mask][:, None])[:, 0]
        return torch.zeros(texts.mask.shape, dtype=made.dtype).masked_scatter(texts.mask, made)

    @torch.no_grad()
    def states(self) -> Float[Tensor, "token d_model"]:
        """What the unembedding reads before each token, in the order of the mask."""
        return self.decoder.read(self._read()[None])[0]

    def gram(self) -> Float[Tensor, "slot slot"]:
        """Inner products of the gradients of all slots."""
        return self._one_by_one() if self.whole else self._outer()

    @contextmanager
    def stepped(self, gradient: Sequence[Tensor], by: float) -> Iterator[None]:
        """The weights moved along a gradient, and back as they were."""
        held = [each.detach().clone() for each in self.weights]
        self.move(gradient, by)
        try:
            yield
        finally:
            self._set(held)

    @torch.no_grad()
    def move(self, gradient: Sequence[Tensor], by: float) -> None:
        for weight, along in zip(self.weights, gradient, strict=True):
            weight.add_(along, alpha=by)

    def _set(self, to: Sequence[Tensor]) -> None:
        with torch.no_grad():
            for weight, value in zip(self.weights, to, strict=True):
                weight.copy_(value)

    def _read(self) -> Float[Tensor, "token d_model"]:
        """The last stream before each token."""
        if self._below is None:
            x = self.decoder.stream(self.texts.ids)
        else:
            x = self.decoder.blocks[-1](*self._below)
        rows = torch.arange(len(x))[:, None].expand_as(self.texts.before)
        return x[rows[self.texts.mask], self.texts.before[self.texts.mask]]

    @torch.no_grad()
    def _entered(self) -> tuple[Tensor, Pass]:
        x, at = self.decoder.entered(self.texts.ids)
        for block in list(self.decoder.blocks)[:-1]:
            x = block(x, at)
        return x, at

    def _one_by_one(self) -> Float[Tensor, "slot slot"]:
        """Every slot's whole gradient."""
        flat = torch.zeros(self.texts.count, self.numbers, dtype=torch.float64)
        with torch.enable_grad():
            logp = self.logp()
            for slot, (text, token) in enumerate(self.texts.first_of_slots().tolist()):
                each = torch.autograd.grad(logp[text, token], self.weights, retain_graph=True)
                flat[slot] = torch.cat([part.flatten() for part in each])
        return flat @ flat.T

    def _outer(self) -> Float[Tensor, "slot slot"]:
        """From what each matrix reads and the gradients of what it writes."""
        read, wrote = dict[str, Tensor](), dict[str, Tensor]()

        def keep(name: str) -> object:
            def hook(_: nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
                read[name], wrote[name] = given[0].detach(), made

            return self.linears[name].register_forward_hook(hook)

        hooks = [keep(name) for name in self.linears]
        try:
            with torch.enable_grad():
                logp = self.logp()
                # A position of a text says one token, and no other token's log-probability depends on it.
                deltas = torch.autograd.grad(logp.sum(), [wrote[name] for name in self.linears])
        finally:
            for each in hooks:
                each.remove()  # pyright: ignore[reportAttributeAccessIssue]
        texts = self.texts
        text, token = texts.first_of_slots().unbind(1)
        at = texts.before[text, token]
        total = torch.zeros(texts.count, texts.count, dtype=torch.float64)
        for (name, layer), delta in zip(self.linears.items(), deltas, strict=True):
            x, d = (each.view(*texts.ids.shape, -1)[text, at].double() for each in (read[name], delta))
            total += (d @ d.T) * (x @ x.T + (getattr(layer, "bias", None) is not None))
        return total


def _moving(block: nn.Module) -> dict[str, nn.Module]:
    """Its matrices that work on each position by itself, with inputs and outputs of the position's own."""
    dense = isinstance(block.get_submodule("mlp"), FeedForward)
    return {
        name: each
        for name, each in block.named_modules()
        if isinstance(each, nn.Linear) and (name == "attn.W_O" or (dense and name.startswith("mlp.")))
    }
