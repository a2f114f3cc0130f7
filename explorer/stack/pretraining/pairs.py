"""What an encoder-decoder is trained on: pairs of a source and a target, drawn from several sources at each step.

A step's batch is a tuple, one `Pairs` from each source of pairs, so that rows of one tuple element are about equally
long and little of it is padding. As with `Batches`, it is a function of the seed and the step alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.architectures.padded_pairs import PAD, Pairs, padded
from explorer.stack.pretraining.batches import Batches, Trainable, held_out_windows
from explorer.stack.pretraining.span_corruption import corrupted, lengths_for, noise_mask


@runtime_checkable
class PairSource(Protocol):
    """One kind of pairs."""

    def draw(self, rows: int, seed: int, step: int) -> Pairs:
        """Those of a step of the run."""
        ...

    def held_out(self, limit: int | None) -> Pairs:
        """The same ones at each call; None: all."""
        ...

    @property
    def exact(self) -> bool:
        """Whether there is one right target, so that it makes sense to count how often it is written."""
        ...


@runtime_checkable
class Writes(Protocol):
    """A model that writes targets."""

    def write(self, pairs: Pairs, max_new: int) -> list[list[int]]: ...


@dataclass(frozen=True)
class SpanPairs:
    """Windows of the texts with spans cut out. All rows are equally long."""

    streams: Mapping[str, Int[Tensor, " _token"]]
    held: Mapping[str, Int[Tensor, " _token"]]
    weights: Mapping[str, float | int]
    n_source: int
    """Tokens of a source, sentinels and end token included."""
    sentinels: tuple[int, ...]
    end: int
    exact: bool = False

    def draw(self, rows: int, seed: int, step: int) -> Pairs:
        tokens = lengths_for(self.n_source).tokens
        windows, _ = Batches(self.streams, self.weights, tokens - 1, rows, seed)(step)
        return self._cut(windows, torch.Generator().manual_seed(seed * 1_000_003 + step))

    def held_out(self, limit: int | None) -> Pairs:
        n = lengths_for(self.n_source).tokens - 1
        windows = [held_out_windows(held, n, len(held) if limit is None else limit) for held in self.held.values()]
        return self._cut(torch.cat(windows), torch.Generator().manual_seed(0))

    def _cut(self, windows: Int[Tensor, "row token"], generator: torch.Generator) -> Pairs:
        mask = [noise_mask(windows.shape[1], generator=generator) for _ in windows]
        cut = [corrupted(row, noise, self.sentinels) for row, noise in zip(windows, mask, strict=True)]
        return padded([[*c.source.tolist(), self.end] for c in cut], [[*c.target.tolist(), self.end] for c in cut])


@dataclass(frozen=True)
class SentencePairs:
    """A task on sentences: each is altered by `compose`, and `rewrite` says what shall be written."""

    sentences: Sequence[str]
    held: Sequence[str]
    compose: Callable[[str, random.Random], str]
    rewrite: Callable[[str], str]
    encode: Callable[[list[str]], list[list[int]]]
    """Tokens with the end token."""
    exact: bool = True

    @cached_property
    def _by_length(self) -> list[str]:
        return sorted(self.sentences, key=len)

    def draw(self, rows: int, seed: int, step: int) -> Pairs:
        """Of sentences that are about equally long."""
        rng = random.Random(seed * 1_000_003 + step)  # noqa: S311  # no secret
        near = min(8 * rows, len(self._by_length))
        begin = rng.randrange(len(self._by_length) - near + 1)
        chosen = rng.choices(self._by_length[begin : begin + near], k=rows)
        return self._pairs([self.compose(sentence, rng) for sentence in chosen])

    def held_out(self, limit: int | None) -> Pairs:
        return self._pairs(self.held_out_texts(limit))

    def held_out_texts(self, limit: int | None = None) -> list[str]:
        """The sources of the held-out pairs, taken evenly over all, shorter ones first."""
        rng = random.Random(0)  # noqa: S311
        composed = [self.compose(sentence, rng) for sentence in self.held]
        share = 1.0 if limit is None else min(limit / len(composed), 1.0)
        return sorted((t for n, t in enumerate(composed) if int((n + 1) * share) > int(n * share)), key=len)

    def _pairs(self, texts: list[str]) -> Pairs:
        return padded(self.encode(texts), self.encode([self.rewrite(text) for text in texts]))


@dataclass(frozen=True)
class PairCourse:
    """What an encoder-decoder is trained and measured on; `rows` says how many of a step come from which source."""

    sources: Mapping[str, PairSource]
    rows: Mapping[str, int]
    seed: int
    measured: int
    """Held-out pairs of each source while training."""

    def batch(self, step: int) -> tuple[Pairs, ...]:
        return tuple(self.sources[name].draw(rows, self.seed, step) for name, rows in self.rows.items() if rows)

    def losses(self, model: Trainable[tuple[Pairs, ...]], everything: bool = False) -> dict[str, float]:
        """The mean loss of a target's token, source by source."""
        found = {}
        for name, source in self.sources.items():
            pairs = source.held_out(None if everything else self.measured)
            total = sum(float(model.loss((part,)).parts["lm"]) * part.targets for part in pairs.split(64))
            found[name] = total / pairs.targets
        return found

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:
        """The share of held-out pairs whose target is written token for token, where there is one right target."""
        return {
            f"{name} exact": self._exact(model, source.held_out(None if everything else self.measured))
            for name, source in self.sources.items()
            if source.exact
        }

    @staticmethod
    def _exact(model: object, pairs: Pairs) -> float:
        assert isinstance(model, Writes)
        right = 0
        for part in pairs.split(64):
            wanted = [[token for token in row if token != PAD][:-1] for row in part.target.tolist()]
            written = model.write(part, part.target.shape[1])
            right += sum(made == row for made, row in zip(written, wanted, strict=True))
        return right / len(pairs)
