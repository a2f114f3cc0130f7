"""Is it good text: judges against datatrove, a text word by word by hand, and what breaks each check."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)

from explorer.corpora import good_text as examples
from explorer.experiments.pretraining import good_text as experiment
from explorer.experiments.pretraining import quality
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining.data import language, quality_classifier
from explorer.stack.pretraining.data.kneser_ney import KneserNey, Step
from explorer.stack.pretraining.data.words import sentences, words

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FILTERS = "datatrove.pipeline.filters."


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """No test reads a model that another has broken."""
    yield
    experiment.counted.cache_clear()
    quality.trained.cache_clear()


@pytest.mark.parametrize("name", examples.NAMES)
def test_verdicts_are_datatroves(name: str, view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in ("gopher_quality_filter", "gopher_repetition_filter", "fineweb_quality_filter"):
        monkeypatch.setattr(f"{FILTERS}{each}.split_into_words", lambda text, language: words(text))
    monkeypatch.setattr(f"{FILTERS}c4_filters.split_into_sentences", lambda text, language: sentences(text))
    theirs = {
        "Gopher, repetition": GopherRepetitionFilter(),
        "Gopher, quality": GopherQualityFilter(),
        "C4": C4QualityFilter(),
        "C4 as FineWeb runs it": C4QualityFilter(filter_no_terminal_punct=False),
        "FineWeb, quality": FineWebQualityFilter(),
    }
    shown = {each.name: each for each in view("good_text.judges", example=name)[-1].data.judges}
    for judge, filtering in theirs.items():
        made = filtering.filter(Document(text=examples.text_of(name), id=""))
        assert shown[judge].removed_by == ("" if made is True else made[1])  # pyright: ignore[reportIndexIssue]
        assert shown[judge].kept is (made is True)


def test_it_opens_where_judges_disagree(view: View) -> None:
    judges = view("good_text.judges")[-1].data.judges
    assert {each.kept for each in judges} == {True, False}
    [gone] = [each for each in judges if not each.kept]
    rule = next(each for each in gone.rules if each.rule == gone.removed_by)
    # "In the forests of the night" ends with ; and with : - "Tyger Tyger" has a comma once. One line stands twice.
    text = examples.text_of("poem")
    again = "What immortal hand or eye,"
    assert text.count(again) == 2
    assert rule.value == pytest.approx(len(again) / len(text.replace("\n", "")))
    assert rule.margin == pytest.approx(0.01 - rule.value)


@pytest.mark.parametrize("text", ["x", "...", "\n\n", "\x00", "é" * 4000, "- \n" * 200, "{", "123 456"])
def test_odd_texts(text: str, view: View) -> None:
    for name in ("judges", "words"):
        shown = view(f"good_text.{name}", text=text, order=2)[-1]
        assert all(check.holds for check in shown.checks)
    assert view("good_text.judges", text="  ")[-1].data.text == examples.text_of("poem")  # nothing is typed


def test_a_mail_address_is_replaced(view: View) -> None:
    made = view("good_text.judges", text="Write to jo@mail.test soon.")[-1].data
    assert [(each.kind, each.text, each.by) for each in made.personal] == [
        ("mail", "jo@mail.test", "email@example.com")
    ]


def test_a_word_by_hand(view: View) -> None:
    """Its probability is the found n-gram's times the weights that were paid on the way."""
    shown = view("good_text.words", example="prose", order=3)[-1]
    assert all(check.holds for check in shown.checks)
    made = shown.data
    for each in made.words:
        assert each.p == pytest.approx(each.own * math.prod(step.weight for step in each.left))
        assert len(each.found.split(" ")) == each.matched
    assert sum(made.orders) == len(made.words)
    assert made.perplexity == pytest.approx(
        10 ** -np.mean([math.log10(each.p) for each in made.words])  # kenlm's definition
    )
    assert [each.word for each in made.words if not each.known]


def test_prose_is_held_out() -> None:
    known = experiment.counted(2)
    lines = set(known.sentences)
    for name in ("prose", "French", "code"):
        own = experiment.in_sentences(examples.text_of(name))
        assert sum(each in lines for each in own if len(each) > 4) == 0
    experiment.counted.cache_clear()


def test_spam_is_bad_to_the_classifier_and_good_to_c4(view: View) -> None:
    assert view("good_text.words", example="spam", order=2)[-1].data.good < 0.5
    judges = {each.name: each for each in view("good_text.judges", example="spam")[-1].data.judges}
    assert judges["C4"].kept
    assert not judges["Gopher, repetition"].kept


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("good_text.judges", r"^The lead of \w+, n-gram by n-gram")
def test_counts_that_are_not_dampened(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = language.opened

    def undampened(text: str) -> language.Opened:
        made = real(text)
        grams = tuple(replace(g, toward=g.toward / math.log1p(g.count) * g.count) for g in made.grams)
        return replace(made, grams=grams)

    monkeypatch.setattr(language, "opened", undampened)
    assert not check("good_text.judges", "n-gram by n-gram").holds


@pytest.mark.breaks("good_text.words", r"^log₁₀ p of [\d,]+ words = p counted again")
def test_discounts_of_the_wrong_count(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = KneserNey.of.__func__  # pyright: ignore[reportFunctionMemberAccess]

    def raw(cls: type[KneserNey], parts: object, order: int = 5) -> KneserNey:
        made = real(cls, parts, order)
        return replace(made, probability={gram: p * 0.99 for gram, p in made.probability.items()})

    monkeypatch.setattr(KneserNey, "of", classmethod(raw))
    experiment.counted.cache_clear()
    assert not check("good_text.words", "counted again", order=2).holds


@pytest.mark.breaks("good_text.words", r"^The probabilities of all words after \d+ contexts")
def test_back_off_without_its_weight(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = KneserNey._step

    def free(self: KneserNey, word: str, known: str, context: tuple[str, ...]) -> Step:
        made = real(self, word, known, context)
        return replace(made, log10=made.log10 - sum(map(math.log10, made.backoff)))

    monkeypatch.setattr(KneserNey, "_step", free)
    experiment.counted.cache_clear()
    assert not check("good_text.words", "all words after", order=2).holds


@pytest.mark.breaks("good_text.words", r"^The classifier’s probability = the sigmoid")
def test_features_of_another_table(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = quality_classifier.features
    quality.trained()
    monkeypatch.setattr(quality_classifier.Classifier, "good", lambda self, text: float(
        quality_classifier.forward(self.table, self.output, real(text, len(self.table))[::2])[1][1]
    ))  # fmt: skip
    assert not check("good_text.words", "sigmoid", order=2).holds
