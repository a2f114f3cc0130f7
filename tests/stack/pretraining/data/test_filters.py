"""Gopher's, C4's and FineWeb's rules against datatrove, document by document, on the same words and sentences."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.utils.text import PUNCTUATION_SET, TERMINAL_PUNCTUATION

from explorer.corpora import passages
from explorer.stack.pretraining.data import c4, fineweb, gopher
from explorer.stack.pretraining.data.pii import replaced
from explorer.stack.pretraining.data.verdict import removed_by
from explorer.stack.pretraining.data.words import ends_sentence, is_symbol, sentences, words

FILTERS = "datatrove.pipeline.filters."


@pytest.fixture(scope="module")
def documents() -> list[str]:
    """Real passages, and each of them spoilt in many ways by a seed."""
    draw = random.Random(7)
    real = [one.text for kind in passages.read() for one in kind.excerpts]
    made = ["", "\n\n", "a b c d e", "THE AND OF TO " * 30, "• one\n" * 60, "# " * 80, "so it goes...\n" * 40]
    for text in real:
        lines = text.splitlines()
        some = draw.sample(lines, min(len(lines), 4))
        made += [
            text,
            text.upper(),
            "\n".join(lines + some * draw.randint(1, 6)),
            "\n".join(line[: draw.randint(5, 40)] for line in lines),
            "\n".join(f"- {line}…" if draw.random() < 0.9 else line for line in lines),
            text.replace(" ", " ... ", draw.randint(0, 200)),
            text.replace("e", "# ", draw.randint(0, 200)),
            text + "\n" + draw.choice(["Lorem ipsum dolor.", "var x = {1};", "Use JavaScript now.", "We use cookies!"]),
            "\n\n".join(draw.choices(some, k=12)),
            " ".join(draw.choices(text.split(), k=60)) + "." * draw.randint(0, 4),
            text.replace(". ", ".[12] ", 3).replace("\n", ".\n"),
            "".join(draw.choices("0123456789 .?!\n", k=600)),
        ]
    return made


@pytest.fixture(autouse=True)
def _same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """spaCy is what datatrove splits English by; rules are compared on words and sentences that are given."""
    for name in ("gopher_quality_filter", "gopher_repetition_filter", "fineweb_quality_filter"):
        monkeypatch.setattr(f"{FILTERS}{name}.split_into_words", lambda text, language: words(text))
    monkeypatch.setattr(f"{FILTERS}c4_filters.split_into_sentences", lambda text, language: sentences(text))


def _theirs(kept: object, text: str = "") -> str:
    return "" if kept is True else kept[1]  # pyright: ignore[reportIndexIssue]


def _ours(verdicts: tuple) -> str:
    first = removed_by(verdicts)
    return first.rule if first else ""


def _compared(ours: list[str], theirs: list[str], fewest: int) -> None:
    assert ours == theirs
    assert len(Counter(theirs)) >= fewest, Counter(theirs)


def test_gopher_quality(documents: list[str]) -> None:
    theirs = GopherQualityFilter()
    _compared(
        [_ours(gopher.quality(text, words(text))) for text in documents],
        [_theirs(theirs.filter(Document(text=text, id=""))) for text in documents],
        fewest=7,
    )


def test_gopher_repetition(documents: list[str]) -> None:
    theirs = GopherRepetitionFilter()
    some = [text for text in documents if text]
    _compared(
        [_ours(gopher.repetition(text, words(text))) for text in some],
        [_theirs(theirs.filter(Document(text=text, id=""))) for text in some],
        fewest=6,
    )


def test_fineweb_quality(documents: list[str]) -> None:
    theirs = FineWebQualityFilter()
    _compared(
        [_ours(fineweb.quality(text, words(text))) for text in documents],
        [_theirs(theirs.filter(Document(text=text, id=""))) for text in documents],
        fewest=5,
    )


@pytest.mark.parametrize("terminal", [True, False])
def test_c4(documents: list[str], terminal: bool) -> None:
    theirs, cut = C4QualityFilter(filter_no_terminal_punct=terminal), Counter()
    reasons = []
    for text in documents:
        document = Document(text=text, id="")
        reasons.append(_theirs(theirs.filter(document)))
        made = c4.read(text, terminal)
        assert (made.removed_by.rule if made.removed_by else "") == reasons[-1]
        if not reasons[-1]:
            assert made.text == document.text
        cut.update(line.cut_by for line in made.lines)
    assert len(Counter(reasons)) == 4, Counter(reasons)
    assert {"too_few_words", "javascript", "policy"} <= set(cut)


def test_characters_are_datatroves() -> None:
    assert all(ends_sentence(c) for c in TERMINAL_PUNCTUATION)
    every = {chr(c) for c in range(0x110000)}
    assert {c for c in every if ends_sentence(c)} == set(TERMINAL_PUNCTUATION)
    assert {c for c in every if is_symbol(c)} == PUNCTUATION_SET


def test_mail_and_network_addresses_as_datatrove_replaces_them() -> None:
    text = "a.b@c.test d@e.f.test, 8.8.8.8 and 8.8.4.4; 192.168.0.1 stays, 1.2.3 too; x@[1.2.3.4]! 300.1.1.1"
    made, found = replaced(text)
    assert made == PIIFormatter().format(text)
    assert [each.kind for each in found].count("mail") == 3


def test_a_card_number_with_a_wrong_check_digit_stays() -> None:
    assert replaced("4539 1488 0343 6468")[1] == ()
