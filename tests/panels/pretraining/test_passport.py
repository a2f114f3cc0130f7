"""A document's passport: margins by hand, a page of one's own, and what breaks each check."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.experiments.pretraining import data_pipeline, passport
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining.data import extraction, gopher, pii
from explorer.stack.pretraining.data.stage import Cut

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
ASSETS = Path(__file__).resolve().parents[3] / "assets"
PAGE = """<html><body><nav><a href="/">Home</a></nav><article><h1>Salt</h1>
<p>Salt is a mineral that is won from the sea, and it has been traded for as long as there have been roads.</p>
<p>Write to salt@mail.example for a price. The ponds are wide. The sun dries them out. It takes a summer. Then it is
raked together by hand.</p></article><footer>All rights reserved.</footer></body></html>"""


def stages(view: View, **controls: object) -> dict[str, object]:
    made = view("passport.rules", documents=200, **controls)[-1].data
    return {each.name: each for each in made.stages}


def test_an_instructive_document_comes_first(view: View) -> None:
    shown = view("passport.rules", documents=200)[-1]
    made = shown.data
    assert all(check.holds for check in shown.checks)
    assert made.planted == "prose"
    assert made.removed_by
    at = next(each for each in made.stages if each.removes)
    failed = next(rule for rule in at.rules if not rule.kept)
    assert failed.margin == pytest.approx(failed.threshold - failed.value if failed.side == "at most" else
                                          failed.value - failed.threshold)  # fmt: skip
    assert abs(failed.margin) / failed.threshold < 0.1
    assert [each.late for each in made.stages] == [False] * (made.stages.index(at) + 1) + [True] * (
        len(made.stages) - made.stages.index(at) - 1
    )
    assert {each.name for each in made.stages if each.late and not each.read} <= {
        "exact duplicates", "near duplicates", "substring duplicates",
    }  # fmt: skip


def test_the_page_says_in_words_what_each_rule_measures(view: View) -> None:
    words = (ASSETS / "kit" / "text" / "rule_words.js").read_text(encoding="utf-8")
    rules = {rule.rule for each in view("passport.rules", documents=200)[-1].data.stages for rule in each.rules}
    said = {rule for rule in rules if re.match(r"(top|duplicated)_\d+_", rule) or f"\n  {rule}: " in words}
    assert len(rules) > 30
    assert said == rules


def test_a_threshold_at_the_value_lets_it_pass(view: View) -> None:
    page = " ".join(f"word{at}" for at in range(40)) + " and the end of that."
    made = view("passport.rules", documents=200, text=page)[-1].data
    assert (made.id, made.planted, made.removed_by) == ("200", "", "language")
    value = next(rule.value for rule in made.stages[0].rules)
    later = view("passport.rules", documents=200, text=page, language=value - 0.01)[-1].data
    assert later.removed_by != "language"


def test_a_page_of_ones_own_word_by_word(view: View) -> None:
    shown = view("passport.cuts", documents=200, text=PAGE)[-1]
    made = shown.data
    assert all(check.holds for check in shown.checks)
    cut = [(block.path, piece.text) for block in made.blocks for piece in block.pieces if piece.by]
    assert cut == [("nav > a", "Home"), ("footer", "All rights reserved.")]
    assert (made.kept + made.cut, made.cut) == (sum(len(b.text.split()) for p in made.blocks for b in p.pieces), 4)
    replaced = [piece for text in made.texts if text.stage == "pii" for piece in text.pieces if piece.by]
    assert [(piece.text, piece.by, piece.put) for piece in replaced] == [
        ("salt@mail.example", "mail", "email@example.com")
    ]
    assert "email@example.com" in made.text


def test_a_text_has_no_page(view: View) -> None:
    shown = view("passport.cuts", documents=200, text="Only a text.")[-1]
    assert (shown.data.blocks, shown.data.html, shown.data.text) == ((), "", "Only a text.")
    assert all(check.holds for check in shown.checks)


def test_a_copy_names_its_origin(view: View) -> None:
    offered = view("passport.rules", documents=200)[-1].data.offered
    copy = next(each.id for each in offered if each.name.startswith("removed by exact"))
    made = view("passport.rules", documents=200, document=copy)[-1].data
    at = next(each for each in made.stages if each.removes)
    assert at.origin
    assert int(at.origin) < int(copy)
    first = view("passport.rules", documents=200, document=at.origin)[-1].data
    assert first.begins == made.begins


def test_a_page_that_cannot_be_read_is_set_aside(view: View) -> None:
    made = view("passport.rules", documents=200, text="<body>" + "<div>" * 300 + "and the end of it")[-1].data
    assert made.set_aside == "extraction: nested deeper than 256 elements"
    shown = view("passport.cuts", documents=200, text="<body>" + "<div>" * 300 + "and the end of it")[-1]
    assert (shown.data.blocks, shown.data.ended) == ((), made.set_aside)


def test_cuts_by_hand() -> None:
    cuts = (Cut(8, 13, "b"), Cut(4, 7, "a", "2"))
    assert passport.without("one two three", cuts) == "one 2 "
    assert passport.letters("<p>a b<script>x</script><br>c") == 3


@pytest.mark.breaks("passport.rules", r"^\d+ stages, asked anew for this document alone")
def test_verdicts_of_another_document(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    data_pipeline.crawled.cache_clear()
    calls = iter(range(10**9))
    real = gopher.quality
    monkeypatch.setattr(gopher, "quality", lambda text, words: real(text, (*words,) * (1 + next(calls))))
    assert not check("passport.rules", "asked anew", documents=200, text=PAGE).holds
    data_pipeline.crawled.cache_clear()


@pytest.mark.breaks("passport.cuts", r"^Letters kept \+ cut = letters of the page")
def test_a_page_whose_lists_are_skipped(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "SILENT", extraction.SILENT | {"h1"})
    assert not check("passport.cuts", "another parser", documents=200, text=PAGE).holds


@pytest.mark.breaks("passport.cuts", r"^Letters kept = letters of the main text")
def test_words_that_are_kept_by_chance(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = extraction._aligned
    monkeypatch.setattr(
        extraction, "_aligned", lambda *given: ([[True] * len(each) for each in real(*given)[0]], real(*given)[1])
    )
    assert not check("passport.cuts", "main text", documents=200, text=PAGE).holds


@pytest.mark.breaks("passport.cuts", r"^Where a stage cuts \(\d+ of \d+\)")
def test_a_replacement_that_is_not_told(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    data_pipeline.crawled.cache_clear()
    real = pii.replaced
    monkeypatch.setattr(pii, "replaced", lambda text: (real(text)[0].replace("email", "post"), real(text)[1]))
    assert not check("passport.cuts", "Where a stage cuts", documents=200, text=PAGE).holds
    data_pipeline.crawled.cache_clear()
