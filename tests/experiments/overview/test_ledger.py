"""The ledger of claims: every entry stands where the reference has it, is computed, and keeps its verdict."""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from explorer.experiments.overview.errata.book import CLAIMS
from explorer.experiments.overview.errata.claims import Checked, Ground, checked
from explorer.experiments.overview.errata.sections import SECTIONS, place
from explorer.tracing import TraceKey, capture
from tests import tiers

TABLE = tomllib.loads(Path(__file__).with_name("verdicts.toml").read_text(encoding="utf-8"))


#: Claims whose check takes a second or more: `make test-all` asks them, too.
DEAR = {"bpe-ids", "flash-traffic", "flash-square", "flash-memory", "deceptive", "sentencepiece-users", "ssm-linear",
        "pre-norm-stable", "pre-norm", "rope-pairs", "int4-bytes", "int8-bytes", "one-pass", "drafts-at-once", "o200k",
        "efficiency", "term-in-context"}  # fmt: skip
ASKED = [claim for claim in CLAIMS if tiers.thorough or claim.name not in DEAR]


class Book(NamedTuple):
    made: dict[str, Checked]
    seconds: dict[str, float]


@pytest.fixture(scope="module")
def book() -> Book:
    """The claims, checked once on a small model."""
    from explorer import zoo

    model = zoo.load("six-kinds-dense")
    run = capture(model, TraceKey(model.name, "Then Mary and John went to the store, and", max_new_tokens=6, seed=7))
    ground, made, seconds = Ground(run, model, run.n_prompt - 1), {}, {}
    for claim in ASKED:
        began = time.process_time()
        made[claim.name] = checked(claim, ground)
        seconds[claim.name] = time.process_time() - began
    return Book(made, seconds)


def test_each_stands_under_a_heading_of_the_reference_and_in_its_order() -> None:
    assert {(claim.name, claim.section) for claim in CLAIMS if claim.section not in SECTIONS[claim.chapter]} == set()
    places = [place(claim.chapter, claim.section) for claim in CLAIMS]
    assert places == sorted(places)


def test_verdicts_are_those_of_the_table(book: Book) -> None:
    absent = {name for name, each in book.made.items() if "is not on this machine" in each.found.why}
    found = {name: each.verdict for name, each in book.made.items()}
    changed = {name: verdict for name, verdict in found.items() if TABLE.get(name) != verdict and name not in absent}
    assert changed == {}
    assert set(TABLE) == {claim.name for claim in CLAIMS}


def test_at_most_a_third_is_not_checked(book: Book) -> None:
    many = Counter(each.verdict for each in book.made.values())
    assert many["open"] <= len(ASKED) / 3, many


def test_each_says_what_is_said_and_why(book: Book) -> None:
    for name, each in book.made.items():
        assert each.found.why.endswith((".", "?")), name
        if each.verdict != "open":
            assert each.found.said, name
            assert each.found.found, name


def test_all_take_seconds(book: Book) -> None:
    dear = {name: round(took, 2) for name, took in book.seconds.items() if took > 0.5}
    assert sum(book.seconds.values()) < 40, dear
