"""What the glossary says: no more than holds of all models, and it leads to the panel that explains the term."""

from __future__ import annotations

import re

import pytest

from explorer.panels import panels
from explorer.panels.glossary import glossary
from explorer.shell.files.terms import named_in

TERMS = {each["term"]: each for each in glossary()}


@pytest.mark.parametrize(
    ("term", "said", "unsaid"),
    [
        ("router z-loss", r"less often", r"\bcannot\b|\bnever\b"),  # small logits are rounded as well
        ("perplexity", r"equally likely tokens", r"\bwords?\b"),
        ("unembedding", r"In some models .*\btied\b.* in others", r"\bhere\b"),
        ("top-k routing", r"by their sum in Mixtral, unchanged in .*OLMoE", r"probabilities, divided by their sum,"),
        ("noisy top-k", r"random noise .* during training", r"learned noise"),  # its width is learned
    ],
)
def test_a_term_says_no_more_than_holds(term: str, said: str, unsaid: str) -> None:
    text = TERMS[term]["text"]
    assert re.search(said, text), text
    assert not re.search(unsaid, text), text


def test_models_that_are_named_are_as_the_terms_say() -> None:
    from transformers import AutoConfig, LlamaConfig

    tied = {name: AutoConfig.for_model(name).tie_word_embeddings for name in ("gpt2", "mixtral")}
    assert tied == {"gpt2": True, "mixtral": False}
    assert not LlamaConfig().tie_word_embeddings
    assert AutoConfig.for_model("olmoe").norm_topk_prob is False


def test_no_term_is_found_in_words_of_everyday() -> None:
    """A bracket holds an abbreviation, which is a way to write the term, or the term says its ways itself."""
    bracketed = {term: re.findall(r"\((.+?)\)", term) for term, said in TERMS.items() if "ways" not in said}
    assert {"multi-head attention (MHA)"} <= {term for term, words in bracketed.items() if words}
    assert {term: words for term, words in bracketed.items() if any(" " in word for word in words)} == {}


def test_a_term_that_a_panel_is_called_by_leads_there() -> None:
    titles = {panel.title.lower(): panel.name for panel in panels().values()}
    called = {term: titles[term.lower()] for term in TERMS if term.lower() in titles}
    assert {"upcycling", "fine-grained experts"} <= called.keys()
    assert {term: TERMS[term]["panel"] for term in called} == called


def test_a_term_is_found_by_its_own_name() -> None:
    """The ways stand in place of the name: one that names them leaves itself out, unless it is a list or has a bracket.

    An `s` behind a way is found of itself.
    """
    whole = {term: said["ways"] for term, said in TERMS.items() if "ways" in said and not re.search(r", | \(", term)}
    assert {"quality filter", "back-off"} <= whole.keys()
    assert [term for term, ways in whole.items() if not {term, term.removesuffix("s")} & set(ways)] == []


def test_packed_weights_are_no_packed_documents() -> None:
    assert [each["term"] for each in named_in("packed weights")] == ["packed weights"]
    assert [each["term"] for each in named_in("Documents are packed into rows")] == ["packing"]
