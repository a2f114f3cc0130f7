"""Exact duplicates, listed words and benchmark items: by hand, and against datatrove, courlan and scikit-learn."""

from __future__ import annotations

import math

import pytest
from courlan import normalize_url
from datatrove.utils.hashes.sha1 import sha1_hash64
from datatrove.utils.text import simplify_text
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from explorer.corpora import crawl, passages
from explorer.stack.pretraining.data import contamination, exact_duplicates, toxicity
from explorer.stack.pretraining.data.contamination import Items, overlap
from explorer.stack.pretraining.data.exact_duplicates import copies, normal_url, text_hash

ITEMS = (
    "Question: A boat carries 63 barrels and unloads 12. How many are left? Answer: 51.",
    "Question: A boat carries 80 barrels and unloads 44. How many are left? Answer: 36.",
    "Which of the planets that go round the sun has the longest year of them all?",
)


def test_a_hash_is_datatroves_of_the_simplified_text() -> None:
    texts = [one.text for kind in passages.read() for one in kind.excerpts]
    assert [text_hash(text) for text in texts] == [sha1_hash64(simplify_text(text)) for text in texts]
    assert text_hash(" ...\n") is None


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://Lantern.example:443/a",
        "http://A.example:8080/x?b=2",
        "http://a.example:80/b",
        "https://a.example/c",
    ],
)
def test_an_address_is_courlans(url: str) -> None:
    assert normal_url(url) == normalize_url(url)


def test_a_fragment_and_a_last_slash_make_no_other_address() -> None:
    assert {normal_url(f"https://a.example/b{end}") for end in ("", "/", "#c", "/#c")} == {"https://a.example/b"}
    assert normal_url("https://a.example/b?c=1") != normal_url("https://a.example/b")


def test_addresses_that_cannot_be_parsed_are_compared_as_they_are() -> None:
    assert normal_url("http://[::1") == "http://[::1"
    assert normal_url("http://a.example:port/") == "http://a.example:port/"


def test_planted_copies_are_found_and_the_first_one_stays() -> None:
    pages = crawl.pages(400, seed=2)
    found = copies(text_hash(page.text) for page in pages)
    assert {at for at, page in enumerate(pages) if page.kind == "exact"} <= set(found)
    assert all(first < at for at, first in found.items())
    assert all(simplify_text(pages[at].text) == simplify_text(pages[first].text) for at, first in found.items())


@given(st.lists(st.integers(0, 5) | st.none()))
def test_what_is_no_copy_stands_once(keys: list[int | None]) -> None:
    found = copies(keys)
    kept = [key for at, key in enumerate(keys) if at not in found and key is not None]
    assert len(kept) == len(set(kept)) == len(set(keys) - {None})
    assert all(keys[at] == keys[first] and first not in found for at, first in found.items())


def test_a_hash_of_few_bits_removes_what_is_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [one.text for kind in passages.read() for one in kind.excerpts]
    assert not copies(map(text_hash, texts))
    monkeypatch.setattr(exact_duplicates, "BITS", 8)
    assert copies(map(text_hash, texts))
    assert exact_duplicates.collision(len(texts), 8) > 0.9


def test_listed_words_are_scikit_learns() -> None:
    texts = ["You MUDFACE, you mudface! Go.", "mudfaces are no mudface's", "", "a snivelpot; a grubbock-pigglenose"]
    counts = CountVectorizer(vocabulary=sorted(toxicity.WORDS), token_pattern=r"\w+(?:['’]\w+)*").transform(texts)
    assert [len(toxicity.read(text).flagged) for text in texts] == counts.sum(1).ravel().tolist()[0]
    made = toxicity.read(texts[0])
    assert made.verdict.value == pytest.approx(2 / 5)
    assert [texts[0][each.start : each.stop].lower() for each in made.flagged] == ["mudface", "mudface"]
    assert [made.verdict.kept for made in (toxicity.read(texts[0], most=0.4), toxicity.read(texts[0], most=0.39))] == [
        True,
        False,
    ]


def test_overlap_counts_grams() -> None:
    assert overlap(list("abcdef"), [list("abcdef")], 3) == 1
    assert overlap(list("abcdef"), [list("abcxxx"), list("xxdef")], 3) == 0.5
    assert math.isnan(overlap(list("ab"), [list("ab")], 3))


def test_items_in_documents_are_scikit_learns() -> None:
    documents = [one.text for kind in passages.read() for one in kind.excerpts]
    documents = [f"{text[:200]} {ITEMS[at % 3][: 20 + 9 * at]} {text[200:]}" for at, text in enumerate(documents[:9])]
    for n in (4, 8, 13):
        items = Items.of(ITEMS, n)
        count = CountVectorizer(ngram_range=(n, n), token_pattern=r"\w+(?:['’]\w+)*").fit(ITEMS)
        own, there = count.transform(ITEMS).toarray(), count.transform(documents).toarray() > 0
        share = there @ own.T / own.sum(1)
        for text, row in zip(documents, share, strict=True):
            made = items.read(text)
            assert made.verdict.value == pytest.approx(row.max())
            assert made.item == (int(row.argmax()) if row.max() else None)


def test_an_item_is_marked_where_it_stands() -> None:
    text = f"First a sentence. {ITEMS[0]} Then another one."
    made = Items.of(ITEMS).read(text)
    assert (made.item, made.verdict.value, made.verdict.kept) == (0, 1.0, False)
    assert [text[start:stop] for start, stop in made.spans] == [ITEMS[0].rstrip(".")]
    assert contamination.Items.of([]).read(text).verdict.kept


def test_an_index_by_shorter_grams_removes_what_is_no_item() -> None:
    text = "A boat carries 10 barrels and unloads 1. How many are left?"
    assert Items.of(ITEMS).read(text).verdict.value == 0
    assert Items.of(ITEMS, n=1).read(text).verdict.value > 0.5
