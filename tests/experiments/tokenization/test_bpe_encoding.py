"""Pieces and merges of a text, against the encoder and the library."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from explorer.experiments.tokenization import bpe_encoding as experiment
from explorer.experiments.tokenization.lineup import opened
from explorer.stack.tokenization.byte_pairs import BytePairs

OWN = "trained:gpt2:40:own/low lower lowest slow slower slowest, the lowest of the low"


@given(text=st.text(max_size=60))
def test_pieces_spell_the_text_and_their_ids_are_the_encoders(text: str) -> None:
    for name in ("smollm2", OWN):
        tokenizer = opened(name).tokenizer
        pieces = experiment.pretokens(tokenizer, text)
        assert b"".join(each.data for each in pieces) == text.encode("utf-8", "replace")
        assert [i for each in pieces for i in each.ids] == tokenizer.encode(text).ids.tolist()
        assert all(each.start < each.end for each in pieces)


@given(text=st.text(max_size=40))
def test_replayed_merges_end_in_the_encoders_ids(text: str) -> None:
    for name in ("smollm2", OWN):
        model = opened(name).tokenizer.model
        assert isinstance(model, BytePairs)
        rules = experiment.table(model)
        for piece in experiment.pretokens(opened(name).tokenizer, text):
            path = experiment.replayed(piece.data, rules)
            assert path.ids == piece.ids
            for step in path.steps:
                known = [rank for rank in step.ranks if rank is not None]
                assert step.rank == min(known)
                assert len(step.lost) == len(known) - 1
                assert step.index not in step.lost


def test_the_references_list_lacks_a_merge() -> None:
    as_listed = experiment.listed(experiment.LISTED)
    assert as_listed.symbols == ("unhapp", "in", "e", "s", "s")
    assert as_listed.symbols == experiment.by_the_library(experiment.LISTED)
    for at in range(7):  # anywhere before "e" + "ss"
        merges = (*experiment.LISTED[:at], experiment.MISSING, *experiment.LISTED[at:])
        assert experiment.listed(merges).symbols == experiment.SAID == experiment.by_the_library(merges)


def test_a_real_vocabulary_cuts_the_word_otherwise() -> None:
    tokenizer = opened("smollm2").tokenizer
    found = [tokenizer.bytes_of(i) for i in tokenizer.encode(experiment.WORD).ids.tolist()]
    assert b"".join(found) == b"unhappiness"
    assert found != [b"unhapp", b"iness"]
