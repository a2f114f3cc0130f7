"""The shelf's reranker: SPLADE's small encoder trained to score pairs, with several seeds, from one recipe.

    python -m explorer reranker models/rerank-tiny/reranker.toml

`reranker.toml` goes in; the first seed's weights in float16, tokenizer, config, curves.csv, training.json and the card
and what all are worth on the measured questions (`reranker_measured`) come out beside it.

A question's wrong passages are drawn from those that are near: BM25's first ones, and the articles nearest to the
right one by MiniLM's kept vectors. The articles that retrievers are measured on are neither asked about nor read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from explorer.corpora import articles, reranking
from explorer.experiments.context import embedding, reranker_folder, reranker_measured
from explorer.experiments.context.reranker_folder import Trained
from explorer.experiments.context.reranker_recipe import RerankerRecipe, read
from explorer.stack.context import bm25
from explorer.stack.context.bm25_weights import Weights
from explorer.stack.context.cross_encoder import CrossEncoder, listwise, together
from explorer.stack.pretraining.schedule import Schedule
from explorer.zoo.card import read_card
from explorer.zoo.pair_reader import PairReader, open_tokenizer, paired, pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BASE = "splade-tiny"
#: Steps of a point of the curve; questions at the end of the order that are held out of training.
EVERY, HELD = 10, 256


@dataclass(frozen=True, eq=False)
class Lists:
    """What wrong passages are drawn from."""

    weights: Weights
    nearest: np.ndarray
    """Of every article, by MiniLM's kept vectors; itself is the first."""
    pieces: list[list[int]]
    """Of every article."""
    barred: np.ndarray
    """The articles that are measured."""

    @classmethod
    def of(cls, tokenizer: Tokenizer, most: int) -> Lists:
        known = articles.read()
        texts = [each.whole for each in known]
        barred = np.zeros(len(known), bool)
        barred[list(reranking.measured(known))] = True
        index = bm25.indexed([bm25.words(text) for text in texts])
        vectors = embedding.kept().vectors()  # article d
        nearest = torch.cat([(some @ vectors.T).topk(most + 1).indices for some in vectors.split(512)])
        return cls(Weights.of(index), nearest.numpy(), pieces(tokenizer, texts), barred)

    def near(self, asked: reranking.Asked) -> list[int]:
        """Wrong articles that a retriever may take for the right one: as many of BM25's list as of its neighbours."""
        words, most = self.weights.scores(bm25.words(asked.text)), self.nearest.shape[1]
        found = [*np.argpartition(-words, most)[:most].tolist(), *self.nearest[asked.article].tolist()]
        return sorted({at for at in found if at != asked.article and not self.barred[at]})


@dataclass(frozen=True, eq=False)
class Course:
    """One training: the same recipe and seed give the same weights."""

    model: CrossEncoder
    recipe: RerankerRecipe
    lists: Lists
    tokenizer: Tokenizer
    seed: int

    def steps(self) -> Iterator[float]:
        """Train step by step; each step's loss."""
        data, said = self.recipe.data, self.recipe.optimiser
        order = reranking.asked(articles.read(), self.seed)[:-HELD]
        draw = np.random.default_rng(self.seed)
        optimiser = torch.optim.AdamW(
            self.model.requires_grad_(True).parameters(), lr=said.peak, weight_decay=said.weight_decay
        )
        schedule = Schedule("linear", said.peak, 0.0, said.warmup, said.steps)
        for step in range(said.steps):
            for group in optimiser.param_groups:
                group["lr"] = schedule(step)
            some = [order[(step * data.rows + row) % len(order)] for row in range(data.rows)]
            loss = listwise(self.scores(some, draw))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), said.clip)
            optimiser.step()
            yield float(loss.detach())

    def scores(self, some: Sequence[reranking.Asked], draw: np.random.Generator) -> torch.Tensor:
        """Each question's logits, of the right passage and then of wrong ones."""
        pairs, data = [], self.recipe.data
        for each in some:
            question, right = pieces(self.tokenizer, [each.text, each.passage])
            wrong = draw.choice(self.lists.near(each), data.wrong, replace=False)
            passages = (right, *(self.lists.pieces[at] for at in wrong))
            pairs += [paired(self.tokenizer, question, passage) for passage in passages]
        order = sorted(range(len(pairs)), key=lambda at: len(pairs[at][0]))
        made = torch.empty(len(pairs))
        halves = [order[: len(order) // 2], order[len(order) // 2 :]]
        logits = torch.cat([self.model(*together([pairs[at] for at in half])) for half in halves if half])
        return made.index_copy(0, torch.tensor(order), logits).view(len(some), -1)

    @torch.inference_mode()
    def held(self, rows: int = 32) -> tuple[float, float]:
        """Held-out questions' loss, and the share whose right passage is first among as many."""
        some = reranking.asked(articles.read(), self.seed)[-HELD:]
        draw = np.random.default_rng(10_000)
        made = torch.cat([self.scores(some[at : at + rows], draw) for at in range(0, len(some), rows)])
        return float(listwise(made)), float((made.argmax(1) == 0).double().mean())


def begun(base: Path, seed: int) -> CrossEncoder:
    """SPLADE's encoder in float32 without its head, and two layers that the seed draws."""
    from safetensors.torch import load_file

    from explorer.stack.transformer.encoder import Encoder
    from explorer.zoo.model_folder import read_config
    from explorer.zoo.text_encoder import hf_config

    state = {name: each for name, each in load_file(base / "model.safetensors").items() if not name.startswith("cls.")}
    encoder = Encoder.from_pretrained(hf_config(read_config(base)), state)
    return CrossEncoder(encoder, torch.Generator().manual_seed(seed)).train()


def trained(recipe: RerankerRecipe, base: Path, lists: Lists, seed: int, told: Callable[[str], None]) -> Trained:
    """One seed's training, whole."""
    course = Course(begun(base, seed), recipe, lists, open_tokenizer(base), seed)
    before, began, losses = course.held(), time.process_time(), []
    for loss in course.steps():
        losses.append(loss)
        if len(losses) % EVERY == 0:
            told(f"seed {seed}, step {len(losses)}: {sum(losses[-EVERY:]) / EVERY:.3f}")
    seconds, after = time.process_time() - began, course.held()
    told(f"seed {seed}: the right passage is first for {after[1]:.3f}, before {before[1]:.3f}; {seconds:.0f} s")
    return Trained(seed, losses, before, after, seconds, course.model)


def run(path: Path, told: Callable[[str], None]) -> Path:
    """Train every seed, and write the folder."""
    from explorer import zoo
    from explorer.zoo.loading import shelf_model_folder

    recipe, base = read(path), shelf_model_folder(zoo.find(BASE))
    lists = Lists.of(open_tokenizer(base), recipe.data.near)
    made = [trained(recipe, base, lists, seed, told) for seed in recipe.run.seeds]
    reranker_folder.written(path.parent, recipe, base, EVERY, made)
    card, tokenizer = read_card(path.parent / "model.toml"), open_tokenizer(base)
    readers = {each.seed: PairReader(card, as_kept(each.model), tokenizer) for each in made}
    reranker_measured.run(path.parent, readers, told)
    return path.parent


def as_kept(model: CrossEncoder) -> CrossEncoder:
    """With the weights as the file has them: rounded to float16."""
    state = {name: each.half().float() for name, each in model.state_dict().items()}
    model.load_state_dict(state)
    return model.eval().requires_grad_(False)
