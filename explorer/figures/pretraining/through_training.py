"""One run through its training: losses, heads, n-grams, embeddings and singular values, by checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray

from explorer.experiments.pretraining.through_training import Curves, Imitated, Roles, Said
from explorer.experiments.pretraining.trained_matrices import Mapped, Spectrum
from explorer.figures.checkpoints import TrainedCheckpoint
from explorer.figures.embeddings.vocabulary import class_of
from explorer.figures.payload import Payload

#: Of each checkpoint and each n-gram, the likeliest that are shown; of all of them at most.
LIKELIEST, MOST = 3, 14


@dataclass(frozen=True, kw_only=True)
class CourseThrough(Payload):
    """The run's losses, and the best induction head of each checkpoint."""

    run: str
    seed: int
    parameters: int
    d_vocab: int
    repeated: float
    """Share of the training windows that say their first tokens again and again."""
    period: tuple[int, int]
    """How many tokens, at least and at most."""
    loss: Float[ndarray, " point"]
    """Of the batch of each step, from the first on."""
    held_step: Float[ndarray, " held"]
    held: Float[ndarray, " held"]
    again: Float[ndarray, " held"]
    said_first: Float[ndarray, " held"]
    steps: tuple[int, ...]
    induction: Float[ndarray, "step layer head"]
    random_again: Float[ndarray, " step"]
    """The loss of random tokens said again."""
    checkpoints: list[TrainedCheckpoint]


@dataclass(frozen=True, kw_only=True)
class RolesThrough(Payload):
    """What each head looks at, by checkpoint."""

    steps: tuple[int, ...]
    roles: tuple[str, ...]
    scores: Float[ndarray, "role step layer head"]
    texts: int
    """Passages that the last two scores are means over."""
    read: int
    """Tokens of each."""
    checkpoints: list[TrainedCheckpoint]


@dataclass(frozen=True, kw_only=True)
class NextThrough(Payload):
    """What each checkpoint says after one text."""

    text: str
    tokens: tuple[str, ...]
    """Of the run's own vocabulary."""
    left_out: int
    steps: tuple[int, ...]
    candidates: tuple[str, ...]
    p: Float[ndarray, "step candidate"]
    grams: Float[ndarray, "order candidate"]
    kl: Float[ndarray, "order step"]
    d_vocab: int
    checkpoints: list[TrainedCheckpoint]


@dataclass(frozen=True, kw_only=True)
class GramsThrough(Payload):
    """How far each checkpoint is from counting."""

    steps: tuple[int, ...]
    kl: Float[ndarray, "order step"]
    loss: Float[ndarray, " step"]
    gram_loss: Float[ndarray, " order"]
    contexts: int
    counted: int
    """Trigrams, each as often as it stands, that were counted."""
    checkpoints: list[TrainedCheckpoint]


@dataclass(frozen=True, kw_only=True)
class EmbeddingsThrough(Payload):
    """The embeddings of frequent tokens on two directions, by checkpoint."""

    steps: tuple[int, ...]
    tokens: tuple[str, ...]
    kinds: Int[ndarray, " token"]
    classes: tuple[str, ...]
    x: Float[ndarray, "step token"]
    y: Float[ndarray, "step token"]
    share: Float[ndarray, " step"]
    variance: Float[ndarray, " step"]
    d_model: int
    checkpoints: list[TrainedCheckpoint]


@dataclass(frozen=True, kw_only=True)
class SpectrumThrough(Payload):
    """The singular values of a matrix, by checkpoint."""

    name: str
    steps: tuple[int, ...]
    values: Float[ndarray, "step value"]
    checkpoints: list[TrainedCheckpoint]


@dataclass(frozen=True, kw_only=True)
class About:
    """What all pictures say of the run."""

    run: str
    seed: int
    parameters: int
    d_vocab: int
    d_model: int
    pieces: tuple[str, ...]
    checkpoints: list[TrainedCheckpoint]


def course(about: About, curves: Curves, found: Roles, repeated: float, period: tuple[int, int]) -> CourseThrough:
    return CourseThrough(
        run=about.run,
        seed=about.seed,
        parameters=about.parameters,
        d_vocab=about.d_vocab,
        repeated=repeated,
        period=period,
        loss=curves.loss,
        held_step=curves.held_step,
        held=curves.held,
        again=curves.again,
        said_first=curves.said_first,
        steps=found.steps,
        induction=found.scores[0].numpy(),
        random_again=found.again.numpy(),
        checkpoints=about.checkpoints,
    )


def heads(about: About, found: Roles, names: tuple[str, ...], texts: tuple[int, int]) -> RolesThrough:
    return RolesThrough(
        steps=found.steps,
        roles=names,
        scores=found.scores.numpy(),
        texts=texts[0],
        read=texts[1],
        checkpoints=about.checkpoints,
    )


def next_token(about: About, found: Said, text: str, left_out: int) -> NextThrough:
    shown = _candidates(found)
    return NextThrough(
        text=text,
        tokens=tuple(about.pieces[each] for each in found.ids),
        left_out=left_out,
        steps=found.steps,
        candidates=tuple(about.pieces[each] for each in shown),
        p=found.p[:, shown].numpy(),
        grams=found.grams[:, shown].numpy(),
        kl=found.kl.numpy(),
        d_vocab=about.d_vocab,
        checkpoints=about.checkpoints,
    )


def _candidates(found: Said) -> list[int]:
    """Tokens that some checkpoint or n-gram finds likely, those of the last checkpoint first."""
    rows = torch.cat([found.p, found.grams])
    likely = rows.topk(LIKELIEST).indices.unique()
    peak = rows[:, likely].max(0).values
    kept = likely[peak.argsort(descending=True)[:MOST]]
    return kept[found.p[-1, kept].argsort(descending=True)].tolist()


def ngrams(about: About, found: Imitated, counted: int) -> GramsThrough:
    return GramsThrough(
        steps=found.steps,
        kl=found.kl.numpy(),
        loss=found.loss.numpy(),
        gram_loss=found.gram_loss.numpy(),
        contexts=found.contexts,
        counted=counted,
        checkpoints=about.checkpoints,
    )


def embeddings(about: About, found: Mapped) -> EmbeddingsThrough:
    tokens = [about.pieces[each] for each in found.ids.tolist()]
    made = [class_of(b"" if "\ufffd" in each else each.encode(), special=False) for each in tokens]
    classes = tuple(dict.fromkeys(made))
    return EmbeddingsThrough(
        steps=found.steps,
        tokens=tuple(tokens),
        kinds=np.array([classes.index(each) for each in made]),
        classes=classes,
        x=found.places[..., 0].numpy(),
        y=found.places[..., 1].numpy(),
        share=found.share.numpy(),
        variance=found.variance.numpy(),
        d_model=about.d_model,
        checkpoints=about.checkpoints,
    )


def spectrum(about: About, found: Spectrum) -> SpectrumThrough:
    return SpectrumThrough(
        name=found.name, steps=found.steps, values=found.values.numpy(), checkpoints=about.checkpoints
    )
