"""One run's checkpoints, from the first step to the last: what each says, what its heads do, what its matrices are.

The run is one of the shelf that keeps its weights on the way (`training.kept`). All its checkpoints are small enough to
lie in memory together, so that a slider over them asks nobody.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor

from explorer.corpora import passages
from explorer.errors import BadRequestError
from explorer.stack.pretraining.data.token_grams import ORDER, TokenGrams
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst
from explorer.training import grams, kept
from explorer.training import recipe as recipes
from explorer.training.decoder import build, config_of
from explorer.training.recipe import DecoderSizes, Recipe
from explorer.zoo.card import shelf_folder
from explorer.zoo.made_names import Trained

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedConfig, PreTrainedModel

RUN = "three-kinds"
#: Random sequences said twice, and their length.
TEXTS, LENGTH = 8, 32
#: Tokens of a passage that are read.
READ = 128
Tell = Callable[[int, int], None]
ROLES = ("induction", "previous", "first")


def folder() -> Path:
    return shelf_folder() / RUN


@cache
def recipe() -> Recipe:
    return recipes.read(folder() / "recipe.toml")


@cache
def steps() -> tuple[int, ...]:
    """The steps whose weights are kept. Raises BadRequestError where none are."""
    found = kept.steps_of(folder())
    if not found:
        raise BadRequestError(
            f"No checkpoints of {RUN} lie on this shelf.",
            f"Train it: python -m explorer train models/{RUN}/recipe.toml",
        )
    return found


def name_of(step: int) -> str:
    """The model's name, which any panel opens."""
    return Trained(RUN, (), step).text


@lru_cache(maxsize=32)
def decoder_at(step: int) -> Decoder:
    """The model after that step."""
    return Decoder.from_pretrained(_hf_config(), kept.state_at(folder(), step))


def parameters() -> int:
    """Of each checkpoint; the unembedding is the embedding once more."""
    return sum(each.numel() for each in kept.state_at(folder(), steps()[-1]).values())


def of_transformers(step: int) -> PreTrainedModel:
    """transformers' own model on the same weights; it keeps its attention."""
    from transformers import LlamaForCausalLM

    made = LlamaForCausalLM(_hf_config())
    made.set_attn_implementation("eager")
    made.load_state_dict(kept.state_at(folder(), step), strict=False)  # the tied unembedding is no entry
    made.tie_weights()
    return made.eval()


def _hf_config() -> PreTrainedConfig:
    from transformers import AutoConfig

    sizes, data = recipe().model, recipe().data
    assert isinstance(sizes, DecoderSizes)
    return AutoConfig.for_model(**config_of(sizes, data.d_vocab).to_hf())


def redrawn() -> dict[str, Tensor]:
    """The weights before the first step, drawn anew from the recipe's seed."""
    made, sizes = recipe(), recipe().model
    assert isinstance(sizes, DecoderSizes)
    return build(made, sizes, torch.Generator().manual_seed(made.run.seed)).hf_state_dict()


def start_error() -> float:
    """The largest difference of the kept start from the one drawn anew, rounded as it was."""
    stored, drawn = kept.state_at(folder(), 0), redrawn()
    return worst(float((stored[name] - drawn[name].half().float()).abs().max()) for name in stored)


@cache
def tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder() / "tokenizer.json"))


def encode(text: str) -> list[int]:
    return tokenizer().encode(text).ids


@cache
def pieces() -> tuple[str, ...]:
    """The text of each token; bytes that are no text by themselves are a replacement sign."""
    return tuple(tokenizer().decode([each], skip_special_tokens=False) for each in range(recipe().data.d_vocab))


@cache
def counted() -> TokenGrams:
    return grams.read(folder())


# ---- the loss of the run


@dataclass(frozen=True, kw_only=True, eq=False)
class Curves:
    """What the run wrote down on its way."""

    step: Float[ndarray, " point"]
    loss: Float[ndarray, " point"]
    """Of each step's batch."""
    held_step: Float[ndarray, " held"]
    held: Float[ndarray, " held"]
    again: Float[ndarray, " held"]
    """On held-out windows said twice: of the tokens said again."""
    said_first: Float[ndarray, " held"]


def curves() -> Curves:
    every, held = (_columns(folder() / name) for name in ("loss.csv", "held_out.csv"))
    return Curves(
        step=every["step"], loss=every["lm"], held_step=held["step"], held=held["mean"],
        again=held["said again"], said_first=held["said first"],
    )  # fmt: skip


def _columns(path: Path) -> dict[str, Float[ndarray, " _row"]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


# ---- heads


@dataclass(frozen=True, kw_only=True, eq=False)
class Roles:
    """What each head of each checkpoint looks at: mean weights, by `ROLES`."""

    steps: tuple[int, ...]
    scores: Float[Tensor, "role step layer head"]
    again: Float[Tensor, " step"]
    """The loss of random tokens said again, nats; ln of the vocabulary is what guessing costs."""


def said_twice() -> Int[Tensor, "text pos"]:
    """Random tokens, each text of them said twice."""
    generator = torch.Generator().manual_seed(0)
    once = torch.randint(1, recipe().data.d_vocab, (TEXTS, LENGTH), generator=generator)
    return torch.cat([once, once], 1)


@cache
def windows() -> Int[Tensor, "window pos"]:
    """The passages of the run's own kinds, which it was not trained on: the first tokens of each."""
    read = [encode(one.text) for each in passages.read() if each.name in recipe().data.texts for one in each.excerpts]
    return torch.tensor([ids[:READ] for ids in read if len(ids) >= READ])


def roles(tell: Tell) -> Roles:
    """Of every checkpoint."""
    found, again = [], []
    for done, step in enumerate(steps()):
        tell(done, len(steps()))
        induction, loss = induction_of(decoder_at(step))
        patterns = _patterns(decoder_at(step), windows())  # layer window head query key
        previous = patterns.diagonal(-1, -2, -1).mean((1, 3))
        first = patterns[..., 2:, 0].mean((1, 3))  # of the second token, the first is the one before
        found.append(torch.stack([induction, previous, first]))
        again.append(loss)
    return Roles(steps=steps(), scores=torch.stack(found, 1), again=torch.tensor(again))


def induction_of(decoder: Decoder) -> tuple[Float[Tensor, "layer head"], float]:
    """Each head's mean weight on the token behind the first occurrence, over the second half of random tokens said
    twice (Olsson et al. 2022, arXiv 2209.11895); and the loss of the tokens said again, but for the first of them."""
    ids = said_twice()
    stripe = _patterns(decoder, ids).diagonal(1 - LENGTH, -2, -1)  # entry i belongs to query i + LENGTH - 1
    with torch.inference_mode():
        logits = decoder(ids)[:, LENGTH:-1]
    nats = F.cross_entropy(logits.flatten(0, 1), ids[:, LENGTH + 1 :].flatten())
    return stripe[..., 1:].mean((1, 3)), float(nats)


def by_hand(step: int) -> Float[Tensor, "layer head"]:
    """The same scores from transformers' attention, query by query."""
    ids = said_twice()
    with torch.inference_mode():
        attended = of_transformers(step)(ids, output_attentions=True).attentions
    scores = torch.zeros(len(attended), attended[0].shape[1], dtype=torch.float64)
    queries = range(LENGTH, 2 * LENGTH)
    for layer, pattern in enumerate(attended):
        for query in queries:
            scores[layer] += pattern[:, :, query, query - LENGTH + 1].double().mean(0) / len(queries)
    return scores.float()


def _patterns(decoder: Decoder, ids: Int[Tensor, "text pos"]) -> Float[Tensor, "layer text head query key"]:
    with torch.inference_mode():
        x, at = decoder.entered(ids)
        at.patterns = {}
        for block in decoder.blocks:
            x = block(x, at)
    return torch.stack([at.patterns[layer] for layer in range(len(decoder.blocks))])


# ---- n-grams


@dataclass(frozen=True, kw_only=True, eq=False)
class Said:
    """What each checkpoint says after one context, and what counting says."""

    ids: tuple[int, ...]
    steps: tuple[int, ...]
    p: Float[Tensor, "step d_vocab"]
    grams: Float[Tensor, "order d_vocab"]
    kl: Float[Tensor, "order step"]


def said(ids: list[int], tell: Tell) -> Said:
    """After the last of these tokens."""
    counts = torch.stack([torch.from_numpy(counted().after(ids, order)) for order in range(1, ORDER + 1)])
    found = []
    for done, step in enumerate(steps()):
        tell(done, len(steps()))
        with torch.inference_mode():
            found.append(decoder_at(step)(torch.tensor([ids]), last_only=True)[0, -1].double().log_softmax(-1))
    log_q = torch.stack(found)
    kl = torch.stack([divergence(each, log_q) for each in counts])
    return Said(ids=tuple(ids), steps=steps(), p=log_q.exp().float(), grams=counts.float(), kl=kl.float())


def divergence(p: Float[Tensor, "*context d_vocab"], log_q: Float[Tensor, "*more d_vocab"]) -> Float[Tensor, "*out"]:
    """D_KL(p || q) = sum of p (ln p - ln q), in nats: what coding p's tokens by q costs above p's entropy."""
    return (torch.xlogy(p, p) - p * log_q).sum(-1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Imitated:
    """How far every checkpoint is from counting, on text that was held out; nats a token."""

    steps: tuple[int, ...]
    kl: Float[Tensor, "order step"]
    """D_KL from the n-gram's distribution to the model's, mean over contexts."""
    loss: Float[Tensor, " step"]
    """Of the model, on the tokens that follow."""
    gram_loss: Float[Tensor, " order"]
    """Of the n-grams, on the same."""
    contexts: int
    apart: float
    """Largest difference of a divergence from torch's own."""
    sums: float
    """Largest difference of the probabilities' sum from 1, of all n-grams and contexts."""


def imitated(tell: Tell) -> Iterator[Imitated]:
    """Yields what it has, and the whole last."""
    ids = windows()
    counts = torch.stack([_grams_after(ids, order) for order in range(1, ORDER + 1)])  # order window pos d_vocab
    targets = ids[:, 1:]
    gram_loss = -torch.log(counts.gather(-1, targets.expand(ORDER, -1, -1)[..., None])).mean((1, 2, 3))
    sums = float((counts.sum(-1) - 1).abs().max())
    kl, loss, apart = [], [], 0.0
    for done, step in enumerate(steps()):
        tell(done, len(steps()))
        with torch.inference_mode():
            log_q = decoder_at(step)(ids[:, :-1]).log_softmax(-1)  # window pos d_vocab
        kl.append(torch.stack([divergence(each, log_q).mean() for each in counts]))
        loss.append(-log_q.gather(-1, targets[..., None]).mean())
        theirs = torch.stack([F.kl_div(log_q, each, reduction="sum") / targets.numel() for each in counts])
        apart = worst(apart, float((theirs - kl[-1]).abs().max()))
        if done % 6 == 5 or step == steps()[-1]:
            yield Imitated(
                steps=steps()[: done + 1], kl=torch.stack(kl, 1), loss=torch.stack(loss), gram_loss=gram_loss,
                contexts=targets.numel(), apart=apart, sums=sums,
            )  # fmt: skip


def _grams_after(ids: Int[Tensor, "window pos"], order: int) -> Float[Tensor, "window pos_in d_vocab"]:
    """After each token but the last of each window."""
    rows = [[counted().after(row[: at + 1], order) for at in range(len(row) - 1)] for row in ids.tolist()]
    return torch.from_numpy(np.array(rows, dtype=np.float32))
