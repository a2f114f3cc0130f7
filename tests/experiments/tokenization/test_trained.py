"""Trainings by name: the name holds everything, and the tokenizer is that of the library's training."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.corpora import passages
from explorer.experiments.tokenization import bpe_training, trained
from explorer.experiments.tokenization.trained import Name, NoSuchTrainingError
from explorer.stack.tokenization.text import well_formed


@given(st.text(max_size=80), st.sampled_from(sorted(trained.CUTS)), st.integers(0, trained.MOST))
def test_a_name_is_read_as_it_was_written(text: str, cut: str, merges: int) -> None:
    name = Name(cut, merges, trained.OWN + text)
    assert Name.read(str(name)) == name


@pytest.mark.parametrize(
    "name",
    ["", "gpt2", "trained:", "trained:gpt2:300", "trained:gpt2:300:nowhere", "trained:gpt5:300:moby-dick",
     "trained:gpt2:-1:moby-dick", "trained:gpt2:٣:moby-dick", "xtrained:gpt2:3:moby-dick",
     "trained:gpt2:3:own/" + "x" * 4_000, "trained:gpt2:3:whole/own/x"],
)  # fmt: skip
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(NoSuchTrainingError):
        trained.tokenizer(name)


def test_more_merges_than_may_be_are_the_most() -> None:
    assert Name.read("trained:gpt2:99999:moby-dick").merges == trained.MOST


@given(st.text(min_size=1, max_size=60), st.text(max_size=40))
@settings(deadline=None, max_examples=30)
def test_it_encodes_as_the_library_s_own_training_does(text: str, other: str) -> None:
    tokenizer = trained.tokenizer(f"trained:o200k:12:own/{text}")
    assert tokenizer.decode(tokenizer.encode(other).ids) == well_formed(other)
    name = Name("o200k", 12, f"own/{text}")
    library = bpe_training.library(name, trained.material(name.source), 12)
    assert len(tokenizer.encode(text).ids) == library.tokens


def test_a_smaller_vocabulary_is_the_same_training_stopped_earlier() -> None:
    whole = trained.named("trained:gpt2:120:shakespeare")
    fewer = trained.named("trained:gpt2:40:shakespeare")
    assert whole.events[:40] == fewer.events
    text = passages.read()[0].excerpts[0].text
    assert whole.tokenizer(40).encode(text).ids.tolist() == fewer.tokenizer().encode(text).ids.tolist()
    assert len(whole.tokenizer(40)) == 256 + 40


def test_what_is_held_out_is_not_trained_on() -> None:
    for source in ("moby-dick", "own/some text"):
        found = trained.material(source)
        assert not set(found.documents) & set(found.held_out)
        assert found.bytes == sum(len(document.encode()) for document in found.documents)
