"""Whether a dictionary found something: the shelf's trained ones against their placebos, on passages that neither read;
and dictionaries trained on vectors whose features are known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.architectures.balancing import one_thread
from explorer.experiments.inside import activations
from explorer.experiments.inside.features import OverCorpus, over_corpus
from explorer.fetching.progress import Progress, silent
from explorer.stack.frontier.sparse_autoencoders.matching import matched
from explorer.stack.frontier.sparse_autoencoders.metrics import Ablation, Fidelity, Fit, Predicted, fit
from explorer.stack.frontier.sparse_autoencoders.synthetic import (
    Recovery,
    Synthetic,
    Truth,
    absorption,
    recovery,
    synthetic,
)
from explorer.stack.frontier.sparse_autoencoders.training import Measured, Run, Settings, training
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import autoencoders
from explorer.zoo.autoencoders import Dictionary, Role

if TYPE_CHECKING:
    from explorer.zoo.model import Model

ROLES: tuple[Role, ...] = ("trained", "placebo")
#: Windows whose runs are carried on with another stream, and how many at once.
WINDOWS, ROWS = 12, 4
#: Strongest places of a feature whose tokens are compared.
STRONGEST = 20


@dataclass(frozen=True, eq=False)
class Worth:
    """One dictionary."""

    dictionary: Dictionary
    fit: Fit
    fidelity: Fidelity
    same_token: float
    """Of a feature's strongest places, the share of the commonest token; the mean of the features with so many."""


@dataclass(frozen=True, eq=False)
class Bought:
    """All of one block, as far as measured."""

    block: int
    worth: list[Worth]
    tokens: int
    """That explained variance is measured on."""
    carried: Int[Tensor, "row pos"]
    """The windows whose runs are carried on."""
    of: int
    """Dictionaries there are."""


def bought(model: Model, block: int, progress: Progress = silent) -> Iterator[Bought]:
    """After each dictionary."""
    names: list[tuple[Role, int]] = [
        (role, seed) for seed in range(autoencoders.seeds_of(model.name, block)) for role in ROLES
    ]
    runs: Runs | None = None
    worth: list[Worth] = []
    for role, seed in names:
        progress("Dictionaries tried", len(worth), len(names))
        dictionary = autoencoders.opened(model.name, block, role, seed)
        corpus = over_corpus(model, dictionary, progress)
        if runs is None:
            every = max(1, len(corpus.harvest.corpus.ids) // WINDOWS)
            runs = Runs.of(model.decoder, corpus.harvest.corpus.ids[::every][:WINDOWS], block)
        vectors = corpus.harvest.vectors
        worth.append(Worth(dictionary, fit(dictionary.sae, vectors), runs.fidelity(dictionary), same_token(corpus)))
        yield Bought(block, worth, len(vectors), runs.ids, len(names))


@dataclass(eq=False)
class Runs:
    """Windows run as they are and with each ablation; the first token's stream stays in all of them."""

    decoder: Decoder
    ids: Int[Tensor, "row pos"]
    block: int
    stream: Float[Tensor, "row pos d_model"]
    clean: Predicted
    ablated: dict[Ablation, Predicted]

    @classmethod
    @torch.inference_mode()
    def of(cls, decoder: Decoder, ids: Int[Tensor, "row pos"], block: int) -> Runs:
        name = f"blocks.{block}.hook_resid_post"
        stream = decoder.shallow(block + 1).run_with_cache(ids, names_filter={name}, last_only=True)[1][name].clone()
        made = cls(decoder, ids, block, stream, Predicted(0.0, 0.0), {})
        made.clean = made.predicted(stream)
        later = stream[:, 1:].flatten(0, 1)
        order = torch.randperm(len(later), generator=torch.Generator().manual_seed(0))
        replaced: dict[Ablation, Tensor] = {
            "zero": torch.zeros_like(later),
            "mean": later.mean(0).expand_as(later),
            "resample": later[order],
        }
        made.ablated = {name: made.predicted(made.put(each)) for name, each in replaced.items()}
        return made

    def put(self, later: Float[Tensor, "token d_model"]) -> Float[Tensor, "row pos d_model"]:
        """These at all tokens but the first of each window."""
        out = self.stream.clone()
        out[:, 1:] = later.view_as(out[:, 1:])
        return out

    @torch.inference_mode()
    def predicted(self, stream: Float[Tensor, "row pos d_model"]) -> Predicted:
        """At the tokens whose stream may have been replaced."""
        loss, divergence, count = 0.0, 0.0, 0
        for begin in range(0, len(self.ids), ROWS):
            rows = slice(begin, begin + ROWS)
            ids = self.ids[rows]
            clean, changed = (
                activations.carried_on(self.decoder, ids, each[rows], self.block)[:, 1:-1].log_softmax(-1)
                for each in (self.stream, stream)
            )
            loss -= float(changed.gather(-1, ids[:, 2:, None]).double().sum())
            divergence += float((clean.exp() * (clean - changed)).sum(-1).double().sum())
            count += ids[:, 2:].numel()
        return Predicted(loss / count, divergence / count)

    def fidelity(self, dictionary: Dictionary) -> Fidelity:
        with torch.inference_mode():
            rebuilt = dictionary.sae(self.stream[:, 1:].flatten(0, 1))
        return Fidelity(self.clean, self.predicted(self.put(rebuilt)), self.ablated)


def same_token(corpus: OverCorpus) -> float:
    """The mean share of the commonest token among a feature's strongest places."""
    values, places = corpus.acts.topk(STRONGEST, dim=0)  # place feature
    enough = (values > 0).all(0)
    tokens = corpus.harvest.tokens[places[:, enough]]  # place feature
    commonest = tokens.mode(dim=0).values
    return float((tokens == commonest).float().mean()) if enough.any() else 0.0


def loss_elsewhere(model: Model, ids: Int[Tensor, "row pos"]) -> float:
    """The clean loss of the same tokens as transformers computes it."""
    labels = ids.clone()
    labels[:, :2] = -100
    with torch.inference_mode():
        both = zip(ids, labels, strict=True)
        losses = [float(model.hf(row[None], labels=label[None], use_cache=False).loss) for row, label in both]
    return sum(losses) / len(losses)


# ---- known features --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Known:
    """A dictionary trained on vectors whose features are known."""

    role: Role
    seed: int
    measured: Measured
    recovery: Recovery
    absorbed: float
    """The mean over parents."""


@dataclass(frozen=True, eq=False)
class AgainstTruth:
    """As far as trained."""

    made: Synthetic
    runs: list[Known]
    settings: Settings
    of: int


#: Vectors to train on, and held out; how many seeds.
VECTORS, HELD, SEEDS = 16_000, 2_000, 3
TRUTH_SEED = 10_000


def against_truth(truth: Truth, settings: Settings, progress: Progress = silent) -> Iterator[AgainstTruth]:
    """Each seed draws its own start; the vectors are the same for all, and drawn from a seed that no start has: else a
    placebo would begin at the true directions."""
    made = synthetic(truth, VECTORS + HELD, torch.Generator().manual_seed(TRUTH_SEED))
    x, held = made.x[:VECTORS], made.x[VECTORS:]
    tried = Synthetic(truth, made.directions, made.acts[VECTORS:])
    runs: list[Known] = []
    total = SEEDS * len(ROLES) * settings.steps
    for seed in range(SEEDS):
        for role in ROLES:
            asked = replace(settings, frozen=role == "placebo", seed=2 * seed + (role == "placebo"))
            run: Run | None = None
            with one_thread():
                for run in training(x, held, asked, every=max(1, settings.steps // 10)):
                    progress("Training steps", len(runs) * settings.steps + run.step, total)
            assert run is not None
            runs.append(known(tried, run, role, seed))
            yield AgainstTruth(made, list(runs), settings, SEEDS * len(ROLES))


def known(tried: Synthetic, run: Run, role: Role, seed: int) -> Known:
    """Held against vectors that it was not trained on."""
    measured, sae = run.measured[-1], run.finished()
    absorbed = math.nan
    if len(sae.W_dec) >= tried.truth.features:
        absorbed = float(absorption(tried, sae.W_dec, sae.encode(tried.x).acts).nanmean())
    return Known(role, seed, measured, recovery(tried.directions, sae.W_dec), absorbed)


def pairs(worth: list[Worth], role: Role) -> list[tuple[int, int, float, float]]:
    """Of each two seeds: the share of directions found again, and the mean cosine with the nearest."""
    mine = [each.dictionary for each in worth if each.dictionary.role == role]
    found = []
    for at, one in enumerate(mine):
        for other in mine[at + 1 :]:
            both = matched(one.sae.W_dec, other.sae.W_dec)
            found.append((one.seed, other.seed, both.share(), float(both.best.mean())))
    return found
