"""Train: the panel on passages and on texts of one's own, and its checks on broken trainings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from explorer.corpora import passages, texts
from explorer.errors import SourceMissingError
from explorer.experiments.tokenization import bpe_training as experiment
from explorer.experiments.tokenization import trained
from explorer.figures.payload import pack
from explorer.figures.tokenization.bpe_training import BpeTrainingMerges
from explorer.panels import panels
from explorer.panels.protocol import Check, Rendered, whole
from explorer.panels.scene import Scene
from explorer.panels.tokenization import bpe_training_views as panel
from explorer.stack.tokenization import (
    bpe_training_loops,
    byte_level_training,
    sentencepiece_bpe_training,
    wordpiece_training,
)
from explorer.stack.tokenization.bpe_training import Learned, Rules, Training


def rendered(**controls: Any) -> Rendered:
    made = whole(panel.merges(Scene(controls=controls)))  # pyright: ignore[reportArgumentType]
    pack(made.data)
    return made


def check(made: Rendered, statement: str) -> Check:
    return next(each for each in made.checks if statement in each.statement)


@pytest.mark.parametrize("controls", [{}, {"source": "python-code", "cut": "o200k", "merges": 400}])
def test_a_training_on_passages(controls: dict[str, Any]) -> None:
    made = rendered(**controls)
    assert len(made.checks) == 4
    assert all(each.holds for each in made.checks), made.checks
    data: BpeTrainingMerges = made.data
    assert len(data.left) == data.wanted == controls.get("merges", 200)
    assert data.lengths[0] == data.bytes
    assert (np.diff(data.lengths) < 0).all()
    assert (np.diff(data.held) <= 0).all()
    # the leader of each moment is the pair that was joined
    assert data.pairs[:-1, 0].tolist() == np.stack([data.left, data.right], 1).tolist()
    assert data.pair_counts[:-1, 0].tolist() == data.counts.tolist()
    assert (np.diff(data.pair_counts) <= 0).all()


@pytest.mark.parametrize("source", [each.name for each in passages.read()])
def test_the_text_that_is_shown_is_the_one_that_is_trained_on(source: str) -> None:
    data: BpeTrainingMerges = rendered(source=source, merges=5).data
    assert len(data.text.encode()) == data.bytes
    assert len(data.text) <= trained.LONGEST  # the field holds all of it
    same: BpeTrainingMerges = rendered(source="own/", own=data.text, merges=5).data
    assert (same.bytes, same.lengths.tolist()) == (data.bytes, data.lengths.tolist())
    shorter: BpeTrainingMerges = rendered(source="own/", own=data.text[1:], merges=5).data
    assert shorter.bytes == data.bytes - len(data.text[0].encode())


def test_words_end_as_the_tokenizer_ends() -> None:
    data: BpeTrainingMerges = rendered(source="shakespeare", merges=60).data
    tokenizer = trained.tokenizer(data.name)
    for word in data.sample:
        row = list(word.ids)
        for number, place in zip(word.numbers, word.places, strict=True):
            assert (row[place], row[place + 1]) == (data.left[number - 1], data.right[number - 1])
            row[place : place + 2] = [int(data.made[number - 1])]
        text = tokenizer.decode_bytes(word.ids)
        assert row == tokenizer.encode(text).ids.tolist()


@pytest.mark.parametrize(
    "own", ["🙂🙂🙂 👨‍👩‍👧 🙂", "السلام عليكم السلام", "<b>x</b> ${x} ${x}", "a" * 3_800, "xy", "a\ud83c b"]
)
def test_texts_of_ones_own(own: str) -> None:
    made = rendered(source="own/", own=own)
    assert all(each.holds for each in made.checks)
    assert made.data.finished
    assert 0 < len(made.data.left) < 200  # fewer than asked for: no pair is left
    assert made.data.pair_counts[-1].max() == 0


def test_a_text_too_long_is_cut() -> None:
    made = rendered(source="own/", own="ab " * 5_000, merges=5)
    assert made.data.bytes == trained.LONGEST


@pytest.mark.parametrize(
    ("own", "reason"), [("", "no text"), ("x", "no pair"), ("1 2 3", "no pair"), ("\n", "no pair")]
)
def test_nothing_to_learn_is_said(own: str, reason: str) -> None:
    made = rendered(source="own/", own=own, cut="cl100k" if own == "1 2 3" else "gpt2")
    assert isinstance(made.data, BpeTrainingMerges)
    assert (reason in made.data.reason) or len(made.data.left)
    if not made.data.reason:
        assert all(each.holds for each in made.checks)


@pytest.mark.parametrize(
    "controls", [{"merges": "many"}, {"merges": 10**9}, {"source": "nowhere"}, {"cut": "<script>"}]
)
def test_controls_that_mean_nothing(controls: dict[str, Any]) -> None:
    made = rendered(**controls)
    assert (made.data.source, made.data.cut) == ("moby-dick", "gpt2")
    assert made.data.wanted == (trained.MOST if controls.get("merges") == 10**9 else 200)


def test_what_is_declared_is_what_a_training_takes() -> None:
    settings = panels()["bpe_training"].settings
    assert settings["merges"].range == (1, trained.MOST)
    assert settings["own"].longest == trained.LONGEST
    assert set(settings["cut"].values) == set(trained.CUTS)
    for source in settings["source"].values:
        assert trained.Name.read(f"trained:gpt2:1:{source}").source == source


def test_a_text_that_cannot_be_had_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, progress: Any) -> None:
        raise SourceMissingError(f"{name} cannot be fetched.", "Is the network there?")

    monkeypatch.setattr(texts, "load", missing)
    made = rendered(source="whole/moby-dick")
    assert made.data.reason == "moby-dick cannot be fetched. Is the network there?"
    assert made.data.source == "whole/moby-dick"
    assert not made.checks


def test_what_there_is_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "PAUSE", 0.0)
    told: list[tuple[str, int, int]] = []
    parts = list(panel.merges(Scene(controls={"merges": 20}, progress=lambda *each: told.append(each))))
    assert [len(part.data.left) for part in parts] == [*range(1, 21), 20, 20]
    assert [part.data.finished for part in parts] == [False] * 20 + [True] * 2
    assert not any(part.checks for part in parts[:-1])
    assert len(parts[-1].checks) == 4
    assert ("Merges", 20, 20) in told


def test_it_stops_where_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "PAUSE", 0.0)

    class LeftError(Exception):
        pass

    def progress(stage: str, done: int, total: int) -> None:
        if done == 3:
            raise LeftError

    with pytest.raises(LeftError):
        list(panel.merges(Scene(controls={"merges": 4_000}, progress=progress)))


@pytest.mark.breaks("bpe_training.merges", r"^All .* merges equal those of the tokenizers library")
@pytest.mark.breaks("bpe_training.merges", r"^The library’s training of .* merges equals the first")
def test_bytes_numbered_otherwise_fall_into_other_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_value(specials: Sequence[str] = ()) -> list[bytes]:
        return [bytes([byte]) for byte in range(256)]

    monkeypatch.setattr(byte_level_training, "alphabet", by_value)
    made = rendered(merges=400)
    assert not check(made, "merges equal those").holds
    assert not check(made, "equals the first").holds


@pytest.mark.breaks("bpe_training.merges", r"^The text becomes .* tokens, as the library")
def test_a_merge_that_counts_what_it_did_not_join(monkeypatch: pytest.MonkeyPatch) -> None:
    merge = bpe_training_loops.merge

    def wrong(*given: Any) -> tuple[int, int, int]:
        known, grown, joined = merge(*given)
        return known, grown, joined + (given[6] == 5)

    monkeypatch.setattr(bpe_training_loops, "merge", wrong)
    assert not check(rendered(), "The text becomes").holds


@pytest.mark.breaks("bpe_training.merges", r"^The held-out text becomes")
def test_a_text_that_does_not_follow_every_merge(monkeypatch: pytest.MonkeyPatch) -> None:
    follow = Training.follow

    def lazy(self: Training, learned: Iterable[Learned]) -> Iterator[int]:
        for length in follow(self, learned):
            yield length + 1

    monkeypatch.setattr(Training, "follow", lazy)
    assert not check(rendered(), "The held-out text").holds


def three(**controls: Any) -> Rendered:
    made = panel.kinds(Scene(controls=controls))
    pack(made.data)
    return made


def test_three_trainers_on_a_passage() -> None:
    made = three(source="encyclopaedia")
    assert all(each.holds for each in made.checks)
    byte_level, sentencepiece, wordpiece = made.data.columns
    assert byte_level.alphabet == 256 > wordpiece.alphabet > sentencepiece.alphabet
    assert all(len(column.pieces) == panel.KINDS for column in made.data.columns)
    assert " the" in byte_level.pieces
    assert "▁the" in sentencepiece.pieces
    assert any(piece.startswith("##") for piece in wordpiece.pieces)
    assert not byte_level.alone[byte_level.pieces.index(" the")]


def test_a_text_that_not_all_three_read() -> None:
    for own in ("", "<s> ▁"):
        made = three(source="own/", own=own)
        assert "None of the lines" in made.data.reason
        assert not made.checks


@pytest.mark.breaks("bpe_training.kinds", r"^SentencePiece’s BPE: .* merges equal")
def test_ties_by_age_are_not_sentencepiece_s(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_age(**rules: Any) -> Rules:
        return Rules(**{**rules, "by_spelling": False})

    monkeypatch.setattr(sentencepiece_bpe_training, "Rules", by_age)
    assert not check(three(), "SentencePiece").holds


@pytest.mark.breaks("bpe_training.kinds", r"^WordPiece: .* pieces equal")
def test_a_mark_that_stays_inside_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordpiece_training, "Rules", lambda **_: Rules())
    assert not check(three(), "WordPiece").holds
