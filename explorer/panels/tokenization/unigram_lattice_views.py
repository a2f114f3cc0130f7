"""Unigram lattice: all ways to cut a text, the likeliest, some drawn at random, and how it is learned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from explorer.errors import ExplorerError
from explorer.experiments.tokenization import unigram_lattice as experiment
from explorer.figures.tokenization import unigram_lattice as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.tokenization.unigram_training import Event, Trained, train, words_of
from explorer.stack.worst import worst
from explorer.zoo import tokenizers

BEST, ROWS = 6, 10
DRAWS = 2000
EMPTY = "There is no text. Write one in the field above."
GONE = "Normalization removes this whole text."


def settings(scene: Scene, vocabulary: experiment.Vocabulary) -> figure.UnigramSettings:
    passage = scene.one_of("passage", experiment.texts())
    least, card = experiment.smallest(passage), tokenizers.find("xlmr")
    fetched = "" if tokenizers.is_cached("xlmr") else f", {card.download_bytes / 1e6:.0f} MB to download"
    return figure.UnigramSettings(
        vocabulary=vocabulary,
        published=f"{card.vocabulary:,} ids{fetched}",
        passage=passage,
        size=scene.whole("size", low=least),
        least=least,
    )


def _chosen(scene: Scene) -> figure.UnigramSettings:
    return settings(scene, scene.one_of("vocabulary", experiment.VOCABULARIES))


def lattice(scene: Scene) -> Iterator[Rendered[figure.UnigramLatticeLattice]]:
    chosen, typed = _chosen(scene), scene.text("typed")
    try:
        model, text = _opened(scene, chosen, typed)
    except ExplorerError as error:
        yield Rendered(_nothing(chosen, typed, f"{error.message} {error.hint}".strip()))
        return
    if not text.text:
        yield Rendered(_nothing(chosen, typed, GONE if typed.strip() else EMPTY))
        return
    peer = experiment.peer_of(chosen.vocabulary, chosen.passage, chosen.size)
    found = experiment.found(model, peer, text.text, BEST)
    parts = figure.drawing(found)
    data = figure.UnigramLatticeLattice(
        settings=chosen,
        n_tokens=len(model.tokens),
        typed=typed,
        reason="",
        note=_note(typed, text),
        letters=parts.letters,
        pieces=parts.pieces,
        best=parts.best,
        cuts=parts.cuts,
        n_cuts=float(found.lattice.cuts),
        others=max(1 - sum(cut.share for cut in parts.cuts), 0.0),
    )
    yield Rendered(data, tuple(_checks(found, peer.name)))


def _opened(scene: Scene, chosen: figure.UnigramSettings, typed: str) -> tuple[Any, experiment.Prepared]:
    model = experiment.model_of(chosen.vocabulary, chosen.passage, chosen.size, scene.progress)
    return model, experiment.prepared(chosen.vocabulary, typed)


def _nothing(chosen: figure.UnigramSettings, typed: str, reason: str) -> figure.UnigramLatticeLattice:
    return figure.UnigramLatticeLattice(
        settings=chosen,
        n_tokens=0,
        typed=typed,
        reason=reason,
        note="",
        letters=(),
        pieces=(),
        best=(),
        cuts=(),
        n_cuts=0.0,
        others=0.0,
    )


def _note(typed: str, text: experiment.Prepared) -> str:
    """What was done to the text before it was cut."""
    parts = []
    if text.shortened:
        parts.append(f"The picture shows the first {experiment.LONGEST} characters.")
    if text.text != " " + typed[: experiment.LONGEST]:
        parts.append(f"The normalized text is “{text.text}”.")
    return " ".join(parts)


def _checks(found: experiment.Found, library: str) -> Iterator[Check]:
    n = len(found.best)
    yield Check(f"Viterbi’s cut equals that of {library}", float(found.best_apart), 0.0, "pieces apart")
    yield Check(f"The {n} likeliest cuts have the log p of the library’s n-best", found.scores_apart, 2e-3)
    made = found.lattice
    if found.listed is not None:
        said = f"The forward sum equals the sum over all {made.cuts:,} cuts"
        yield Check(said, abs(made.total - found.listed), 1e-6)
    said = f"A linear system solved by numpy gives the forward sum and the shares of {len(made.scores)} pieces"
    yield Check(said, found.solved_apart, 1e-6, "largest error")


def draws(scene: Scene) -> Iterator[Rendered[figure.UnigramLatticeDraws]]:
    chosen, typed = _chosen(scene), scene.text("typed")
    alpha, seed = scene.real("alpha"), scene.whole("seed")
    try:
        model, text = _opened(scene, chosen, typed)
    except ExplorerError as error:
        reason = f"{error.message} {error.hint}".strip()
        yield Rendered(
            figure.UnigramLatticeDraws(
                text="",
                reason=reason,
                alpha=alpha,
                draws=DRAWS,
                seed=seed,
                library="",
                cuts=(),
                others=None,
                distinct=0,
                tokens=0.0,
                best_tokens=0,
            )
        )
        return
    if not text.text:
        reason = GONE if typed.strip() else "There is no text. Write one in the field of the lattice above."
        yield Rendered(
            figure.UnigramLatticeDraws(
                text="",
                reason=reason,
                alpha=alpha,
                draws=DRAWS,
                seed=seed,
                library="",
                cuts=(),
                others=None,
                distinct=0,
                tokens=0.0,
                best_tokens=0,
            )
        )
        return
    peer = experiment.peer_of(chosen.vocabulary, chosen.passage, chosen.size)
    found = experiment.drawn(model, peer, text.text, draws=DRAWS, alpha=alpha, seed=seed, rows=ROWS)
    data = figure.UnigramLatticeDraws(
        text=text.text,
        reason="",
        alpha=alpha,
        draws=DRAWS,
        seed=seed,
        library=peer.name,
        cuts=figure.rows(found, DRAWS),
        others=figure.drawn(found.others, DRAWS),
        distinct=found.distinct,
        tokens=found.tokens,
        best_tokens=len(peer.pieces(text.text)),
    )
    yield Rendered(data, tuple(_shares(found, peer.name)))


def _shares(found: experiment.Draws, library: str) -> Iterator[Check]:
    every = (*found.shares, found.others)
    expected = np.array([share.expected for share in every])
    for who, counts in (
        ("Shares drawn here", [share.here for share in every]),
        (f"Shares drawn by {library}", [share.library for share in every]),
    ):
        off = experiment.farthest(np.array(counts, np.float64), expected, DRAWS)
        yield Check(f"{who} = p^α over the sum of all cuts’ p^α", off, 5.0, "standard errors")


def training(scene: Scene) -> Iterator[Rendered[figure.UnigramLatticeTraining]]:
    chosen = settings(scene, "trained")
    words = words_of(experiment.texts()[chosen.passage].text)
    events: list[Event] = []
    try:
        for event in train(words, chosen.size):
            events.append(event)
            scene.progress("steps of the training", len(events), 0)
            if not isinstance(event, Trained):
                yield Rendered(figure.told(chosen, words, events))
    except ValueError as error:
        yield Rendered(figure.told(chosen, words, events, reason=f"{error}."))
        return
    last = events[-1]
    assert isinstance(last, Trained), "a training ends with its model"
    theirs = experiment.by_the_library(chosen.passage, chosen.size)
    library = None if theirs is None else figure.bits(theirs, figure.characters_of(words))
    data = figure.told(chosen, words, events, library_bits=library)
    yield Rendered(data, tuple(_learned(last.log_likelihood, theirs)))


def _learned(ours: float, theirs: float | None) -> Iterator[Check]:
    if theirs is not None:
        below = worst(0.0, (theirs - ours) / abs(theirs))
        said = "The log-likelihood is at most 1 % below that of sentencepiece’s trainer"
        yield Check(said, below, 0.01, "below")
