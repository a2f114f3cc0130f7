"""Encode, step by step: bytes, pieces, merges in the order of their ranks, ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.errors import ExplorerError
from explorer.experiments.tokenization import bpe_encoding as experiment
from explorer.experiments.tokenization.lineup import (
    BYTE_LEVEL,
    MODEL,
    YOURS,
    Asked,
    Member,
    Opened,
    of_model,
    trained_name,
)
from explorer.figures.tokenization import bpe_encoding as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.tokenization.bpe import MergePath
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.text import well_formed

#: Pieces that are listed around the chosen one.
LISTED = 160


def steps(scene: Scene) -> Iterator[Rendered[figure.BpeEncodingSteps]]:
    asked = asked_of(scene, str(scene.controls.get("tokenizer")))
    known = {name: member for name, member in asked.members.items() if member.kind == BYTE_LEVEL}
    first = next(iter(known)) if {YOURS, MODEL}.intersection(known) else "smollm2"
    name = scene.choice("tokenizer", first, known)
    source = scene.choice("source", "prompt", ("prompt", "typed"))
    text = scene.trace.key.text if source == "prompt" else str(scene.controls.get("typed") or "")
    text = well_formed(text)
    try:
        at_hand = asked.open(name, scene.progress)
    except ExplorerError as error:
        reason = f"{error.message} {error.hint}".strip()
        yield Rendered(_shown(known, name, source, text, reason=reason))
        return
    pieces = experiment.pretokens(at_hand.tokenizer, text)
    if not pieces:
        yield Rendered(_shown(known, name, source, text, reason="There is no text: write one in the field above."))
        return
    word = _word(scene, pieces, source)
    yield _drawn(known, at_hand, name, source, text, pieces, word)


def asked_of(scene: Scene, name: str) -> Asked:
    """What is asked of the line-up. A choice is a wish: what is large is fetched for it."""
    return Asked(trained_name(scene.controls.get("yours")), (name,), of_model(scene.model))


def _word(scene: Scene, pieces: Sequence[experiment.Pretoken], source: str) -> int:
    """The chosen piece; where none is chosen, that of the selected token, or the longest of a text of one's own."""
    asked = scene.number("word", -1, -1, len(pieces) - 1)
    if asked >= 0:
        return asked
    if source == "prompt":
        byte = scene.trace.tokens[scene.position].start
        return next((i for i, each in enumerate(pieces) if each.start <= byte < each.end), len(pieces) - 1)
    return max(range(len(pieces)), key=lambda i: len(pieces[i].data))


def _drawn(
    known: Mapping[str, Member], at_hand: Opened, name: str, source: str, text: str,
    pieces: Sequence[experiment.Pretoken], word: int,
) -> Rendered:  # fmt: skip
    model = at_hand.tokenizer.model
    assert isinstance(model, BytePairs), "only byte-level tokenizers are offered"
    rules, chosen = experiment.table(model), pieces[word]
    path = experiment.replayed(chosen.data, rules) if len(chosen.data) <= experiment.MOST else None
    first = max(0, min(word - LISTED // 2, len(pieces) - LISTED))
    listed = tuple(
        figure.piece(each, [len(at_hand.tokenizer.bytes_of(i)) for i in each.ids])
        for each in pieces[first : first + LISTED]
    )
    whole = chosen.ids[0] if len(chosen.ids) == 1 else -1
    data = _shown(
        known, name, source, text, pieces=listed, first=first, n_pieces=len(pieces),
        n_tokens=sum(len(each.ids) for each in pieces), word=word,
        path=None if path is None else figure.contest(path, rules.ids), whole=whole,
        whole_first=model.whole_first, by_rank=model.merges is None,
        n_merges=len(model.merges) if model.merges is not None else sum(len(token) > 1 for token in model.tokens),
    )  # fmt: skip
    return Rendered(data, tuple(_checks(at_hand, text, pieces, chosen, path)))


def _checks(
    at_hand: Opened,
    text: str,
    pieces: Sequence[experiment.Pretoken],
    chosen: experiment.Pretoken,
    path: MergePath | None,
) -> Iterator[Check]:
    ours = [i for each in pieces for i in each.ids]
    theirs = at_hand.ids(text)
    if theirs is not None:
        wrong = sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))
        yield Check(
            f"Ids equal those of {at_hand.reader} on this text: {len(ours):,}", float(wrong), 0.0, "differences"
        )
    # A whole piece that is looked up may be a token that no merges lead to (Llama 3 has some).
    whole_first = isinstance(at_hand.tokenizer.model, BytePairs) and at_hand.tokenizer.model.whole_first
    looked_up = whole_first and len(chosen.ids) == 1 and path is not None and len(path.ids) > 1
    if path is not None and not looked_up:
        n = len(path.steps)
        merged = f"{n} merge{'' if n == 1 else 's'} replayed one by one end in the encoder’s ids"
        yield Check(merged, float(path.ids != chosen.ids), 0.0, "differences")


def _shown(
    known: Mapping[str, Member], name: str, source: str, text: str, reason: str = "", **parts: Any
) -> figure.BpeEncodingSteps:
    nothing: dict[str, Any] = {
        "pieces": (), "first": 0, "n_pieces": 0, "n_tokens": 0, "word": 0, "path": None, "whole": -1,
        "whole_first": False, "by_rank": False, "n_merges": 0,
    }  # fmt: skip
    choices = tuple(figure.EncodingChoice(member.name, member.title, "") for member in known.values())
    return figure.BpeEncodingSteps(
        tokenizer=name, title=known[name].title, choices=choices, reason=reason, source=source, text=text,
        **{**nothing, **parts},
    )  # fmt: skip


def listed(_scene: Scene) -> Rendered[figure.BpeEncodingListed]:
    as_listed = experiment.LISTED
    mended = (experiment.MISSING, *as_listed)
    runs, apart = [], 0
    for title, merges, added in (
        ("As listed", as_listed, None),
        ("With “s” + “s”", mended, experiment.MISSING),
    ):
        path = experiment.listed(merges)
        apart += path.symbols != experiment.by_the_library(merges)
        runs.append(figure.listed_run(title, merges, path, experiment.SAID, added))
    data = figure.BpeEncodingListed(experiment.WORD, experiment.SAID, tuple(runs))
    said = "Both lists end in the same pieces in the tokenizers library"
    return Rendered(data, (Check(said, float(apart), 0.0, "differences"),))
