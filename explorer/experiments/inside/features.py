"""The features of a dictionary on a text and over a corpus, each removed from the real run.

A feature is removed by taking f d off the stream behind the dictionary's block, at every token where it fires, and
letting the blocks behind go on. Beside it stands what a random direction of the same length does at the same tokens.
What it *says* is the same removal at the end of the stream, where only the last norm and the unembedding are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside import activations
from explorer.experiments.inside.activations import Harvest
from explorer.fetching.progress import Progress, silent
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.autoencoders import Dictionary

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Windows of each kind in the corpus: passages that no dictionary here was trained on.
WINDOWS = 12
#: Tokens of a text that are looked at, features listed, and of each token how many.
MOST, LISTED, EACH = 64, 20, 2
#: A feature that fires on more of the corpus says little: it is not listed by itself.
DENSE = 0.1
#: Random directions whose mean is drawn beside a removal.
DRAWS = 2


@dataclass(frozen=True, eq=False)
class OverCorpus:
    """What a dictionary does over the passages."""

    dictionary: Dictionary
    harvest: Harvest
    acts: Float[Tensor, "token feature"]

    @property
    def density(self) -> Float[Tensor, " feature"]:
        """Share of the tokens on which each feature fires."""
        return (self.acts > 0).float().mean(0)

    @property
    def most(self) -> Float[Tensor, " feature"]:
        """The greatest activation of each."""
        return self.acts.max(0).values

    def places(self, feature: int, count: int) -> list[tuple[int, int]]:
        """Row and position of the strongest places, no two in one window."""
        later = self.harvest.stream.shape[1]
        by_window = self.acts[:, feature].view(-1, later)  # row later
        strongest, at = by_window.max(-1)
        rows = strongest.argsort(descending=True)[:count].tolist()
        return [(row, int(at[row]) + 1) for row in rows if float(strongest[row]) > 0]

    def near(self, position: int, before: int = 12, after: int = 6) -> slice:
        """Positions of a window around one, the first token left out."""
        return slice(max(1, position - before), min(self.harvest.corpus.ids.shape[1], position + after + 1))

    def of_row(self, row: int, feature: int) -> Float[Tensor, " pos"]:
        """The activations of a window, 0 at its first token."""
        later = self.harvest.stream.shape[1]
        return F.pad(self.acts[row * later : (row + 1) * later, feature], (1, 0))

    def on_word(self, tokens: Sequence[int]) -> Float[Tensor, " feature"]:
        """How much stronger each feature is on these tokens than on average, in shares of its greatest."""
        here = torch.isin(self.harvest.tokens, torch.tensor(tokens))
        if not here.any():
            return torch.zeros(self.acts.shape[1])
        return (self.acts[here].mean(0) - self.acts.mean(0)) / self.most.clamp_min(1e-9)


def over_corpus(model: Model, dictionary: Dictionary, progress: Progress = silent) -> OverCorpus:
    """The passages' stream from the disk, where it is kept."""
    corpus = activations.corpus(model, "passages", held=False, windows=WINDOWS)
    harvest = activations.harvested(model, corpus, [dictionary.block], progress)[dictionary.block]
    return OverCorpus(dictionary, harvest, dictionary.sae.encode(harvest.vectors).acts)


# ---- a text ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class OnText:
    """A dictionary on a text: the run as it is, and where each feature fires."""

    decoder: Decoder
    dictionary: Dictionary
    ids: Int[Tensor, " pos"]
    stream: Float[Tensor, "pos d_model"]
    """Behind the dictionary's block."""
    final: Float[Tensor, "pos d_model"]
    logits: Float[Tensor, "pos d_vocab"]
    acts: Float[Tensor, "pos feature"]
    """0 at the first token, which no dictionary has learned."""
    rebuilt: Float[Tensor, "pos d_model"]
    """The features' sum; the first token as it is."""

    def without(self, feature: int) -> Float[Tensor, "pos d_model"]:
        return self.stream - self.acts[:, feature, None] * self.dictionary.sae.W_dec[feature]

    def pushed(self, feature: int, direction: Float[Tensor, " d_model"]) -> Float[Tensor, "pos d_model"]:
        """The same length taken off along another direction."""
        return self.stream - self.acts[:, feature, None] * direction

    def carried_on(self, streams: Float[Tensor, "row pos d_model"]) -> Float[Tensor, "row pos d_vocab"]:
        rows = self.ids.expand(len(streams), -1)
        return activations.carried_on(self.decoder, rows, streams, self.dictionary.block)

    def divergence(self, streams: Float[Tensor, "row pos d_model"]) -> Float[Tensor, "row pos"]:
        """KL of the next token's distribution from the run as it is, nats, a row at a time."""
        clean = self.logits.double().log_softmax(-1)
        found = []
        for stream in streams:
            changed = self.carried_on(stream[None])[0].double().log_softmax(-1)
            found.append((clean.exp() * (clean - changed)).sum(-1).clamp_min(0))
        return torch.stack(found).float()


@torch.inference_mode()
def on_text(decoder: Decoder, dictionary: Dictionary, ids: Int[Tensor, " pos"]) -> OnText:
    """The first tokens of a text."""
    ids, block = ids[:MOST], dictionary.block
    names = {f"blocks.{each}.hook_resid_post" for each in (block, decoder.config.n_layers - 1)}
    logits, seen = decoder.run_with_cache(ids[None], names_filter=names)
    stream = seen[f"blocks.{block}.hook_resid_post"][0].clone()
    final = seen[f"blocks.{decoder.config.n_layers - 1}.hook_resid_post"][0].clone()
    encoded = dictionary.sae.encode(stream)
    acts, rebuilt = encoded.acts, dictionary.sae.decode(encoded)
    acts[0], rebuilt[0] = 0.0, stream[0]
    return OnText(decoder, dictionary, ids, stream, final, logits[0], acts, rebuilt)


def listed(text: OnText, density: Float[Tensor, " feature"]) -> list[int]:
    """The strongest features of each token among those that fire seldom, in the order of their strongest tokens."""
    seldom = text.acts * (density < DENSE)
    of_each = seldom.topk(min(EACH, seldom.shape[1]), dim=-1)
    found = {int(f) for f, value in zip(of_each.indices.flatten(), of_each.values.flatten(), strict=True) if value > 0}
    strongest = sorted(found, key=lambda f: -float(seldom[:, f].max()))[:LISTED]
    return sorted(strongest, key=lambda f: (int(seldom[:, f].argmax()), f))


@dataclass(frozen=True, eq=False)
class Removed:
    """A feature taken out of the run."""

    feature: int
    divergence: Float[Tensor, " pos"]
    random: Float[Tensor, " pos"]
    """Of random directions of the same length, the mean."""
    peak: int
    """Where it is strongest on the text."""
    said: Float[Tensor, " d_vocab"]
    """What each logit loses there, its mean taken off, when it is removed at the end of the stream."""


@torch.inference_mode()
def removed(text: OnText, feature: int, draws: int = DRAWS) -> Removed:
    directions = random_directions(text, feature, draws)
    streams = [text.without(feature), *(text.pushed(feature, each) for each in directions)]
    found = text.divergence(torch.stack(streams))
    peak = int(text.acts[:, feature].argmax())
    gone = text.acts[peak, feature] * text.dictionary.sae.W_dec[feature]
    said = text.logits[peak] - text.decoder.unembedded((text.final[peak] - gone)[None, None])[0, 0]
    return Removed(feature, found[0], found[1:].mean(0), peak, said - said.mean())


@dataclass(frozen=True, eq=False)
class Studied:
    """A removed feature, looked at more closely."""

    removed: Removed
    done: Float[Tensor, " d_vocab"]
    """What each logit loses at the peak, its mean taken off, when it is removed behind its block."""
    at: int
    """Where the removal changes most."""
    before: Float[Tensor, " d_vocab"]
    """The next token's probabilities there."""
    after: Float[Tensor, " d_vocab"]


@torch.inference_mode()
def studied(text: OnText, feature: int, draws: int) -> Studied:
    gone = removed(text, feature, draws)
    logits = text.carried_on(text.without(feature)[None])[0]
    at, done = int(gone.divergence.argmax()), text.logits[gone.peak] - logits[gone.peak]
    return Studied(gone, done - done.mean(), at, text.logits[at].softmax(-1), logits[at].softmax(-1))


@dataclass(frozen=True, eq=False)
class Replaced:
    """The features' sum in the place of the stream."""

    probabilities: Float[Tensor, " d_vocab"]
    """Of the token behind the last."""
    divergence: float


@torch.inference_mode()
def replaced(text: OnText) -> Replaced:
    changed = text.carried_on(text.rebuilt[None])[0, -1]
    return Replaced(changed.softmax(-1), float(text.divergence(text.rebuilt[None])[0, -1]))


def random_directions(text: OnText, feature: int, draws: int) -> Float[Tensor, "draw d_model"]:
    """Of length 1, drawn anew for each feature, the same each time."""
    generator = torch.Generator().manual_seed(1_000 + feature)
    return F.normalize(torch.randn(draws, text.stream.shape[1], generator=generator), dim=-1)


@torch.inference_mode()
def hooked_error(text: OnText, feature: int) -> float:
    """The feature removed by a hook in a whole run against the run carried on from its block: all logits, relative."""
    gone = text.acts[:, feature, None] * text.dictionary.sae.W_dec[feature]
    name = f"blocks.{text.dictionary.block}.hook_resid_post"
    whole = text.decoder.run_with_hooks(text.ids[None], fwd_hooks=[(name, lambda stream, **_: stream - gone)])[0]
    carried = text.carried_on(text.without(feature)[None])[0]
    return float((whole - carried).abs().max() / whole.abs().max())
