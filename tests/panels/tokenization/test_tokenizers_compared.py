"""Compare tokenizers: lanes, languages, habits and the published table, whole and broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from explorer.corpora import article_one
from explorer.errors import NotApplicableError
from explorer.experiments.tokenization import vocabulary_kinds
from explorer.experiments.tokenization.lineup import LINEUP, YOURS, Asked, opened
from explorer.figures.tokenization import tokenizers_compared as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.tokenization import tokenizers_compared_views as views
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.tokenizer import Encoding, Pieces, Tokenizer
from explorer.zoo import DEFAULT
from explorer.zoo import tokenizers as shelf

Beside = Callable[..., Rendered]
View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
OWN = "trained:gpt2:40:own/low lower lowest slow slower slowest, the lowest of the low"
#: Two that need no download: one that is trained here, and the default model's own.
TWO = {"yours": OWN, "lineup": f"{YOURS},smollm2"}


@pytest.mark.thorough
def test_lanes_come_one_by_one_and_then_the_library(view: View) -> None:
    shown = view("tokenizers_compared.lanes", source="prose", **TWO)
    assert [len(part.data.lanes) for part in shown] == [1, 2, 2]
    made = shown[-1]
    assert len(made.checks) == 3
    assert all(check.holds for check in made.checks), made.checks
    data = made.data
    assert (data.text, data.nbytes, data.characters) == (views.PROSE, 161, 158)
    assert [(lane.name, lane.equal == len(lane.ids)) for lane in data.lanes] == [(YOURS, True), ("smollm2", True)]
    assert len(data.lanes[1].ids) == 59
    assert all(lane.equal == -1 for lane in shown[1].data.lanes)


def test_the_prompt_is_the_first_text_where_it_shows_a_difference(view: View, run: Any) -> None:
    data = view("tokenizers_compared.lanes", **TWO)[-1].data
    assert (data.source, data.text, data.alike) == ("prompt", run.key.text, None)
    assert view("tokenizers_compared.lanes", lineup="smollm2")[-1].data.source == "prompt"  # nothing to differ from


def test_a_prompt_that_all_cut_alike_gives_way_to_a_text_that_shows_differences(
    view: View, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = opened("smollm2")
    monkeypatch.setattr(Asked, "open", lambda *_: same)
    data = view("tokenizers_compared.lanes", **TWO)[-1].data
    assert (data.source, data.text) == (views.INSTEAD, views.PROSE)
    n = len(same.tokenizer.encode(run.key.text).ids)
    assert data.alike == figure.CutAlike(tokenizers=2, agreed=n, ends=n)
    data = view("tokenizers_compared.lanes", source="prompt", **TWO)[-1].data
    assert (data.source, data.alike) == ("prompt", None)  # a link that asks for the prompt gets it


def test_the_text_in_its_stead_is_cut_in_many_ways() -> None:
    tokenizers = (opened(OWN).tokenizer, opened("smollm2").tokenizer)
    ends = [set(each.encode(views.PROSE).ends.tolist()) for each in tokenizers]
    assert len(ends[0] & ends[1]) < views.ALIKE * len(ends[0] | ends[1])


@pytest.mark.parametrize(
    "text", ["", " ", "مرحبا بالعالم", "<b>${1}</b>", "a\ud83c", "👩‍👩‍👧", "e\u0301 ▁", "\x00\r\n", "<|im_end|>"]
)
def test_any_text_may_be_typed(view: View, text: str) -> None:
    made = view("tokenizers_compared.lanes", source="typed", typed=text, **TWO)[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert made.data.nbytes == len(made.data.text.encode())


def test_a_link_may_name_anything(view: View) -> None:
    (made,) = view("tokenizers_compared.lanes", lineup="nonsense,,", source=3)
    assert made.data.chosen == ()
    assert made.data.lanes == ()
    made = view("tokenizers_compared.lanes", lineup="smollm2,smollm2,yours", yours="trained:nothing")[-1]
    assert made.data.chosen == ("smollm2",)


def test_a_tokenizer_that_is_not_at_hand_is_said(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "is_cached", lambda name: name == "smollm2")
    made = view("tokenizers_compared.lanes", source="prose", lineup="gemma3,smollm2")[-1]
    assert [bool(lane.reason) for lane in made.data.lanes] == [True, False]
    assert all(check.holds for check in made.checks)
    assert next(each.cost for each in made.data.lineup if each.name == "gemma3") > 40_000_000
    columns = view("tokenizers_compared.languages", lineup="gemma3,smollm2")[-1].data.columns
    assert [len(column.counts) for column in columns] == [0, 12]
    assert view("tokenizers_compared.habits", lineup="gemma3,smollm2")[-1].data.missing == ("Gemma 3",)
    assert view("tokenizers_compared.habits", lineup="gemma3")[-1].data.cases == ()


def test_a_language_costs_what_its_paragraph_has_tokens(view: View) -> None:
    data = view("tokenizers_compared.languages", **TWO)[-1].data
    assert [row.code for row in data.languages] == [each.code for each in article_one.read()]
    smollm2 = data.columns[1].counts.tolist()
    assert smollm2[0] == min(smollm2)
    assert smollm2[7] > 5 * smollm2[0]  # Hindi
    assert not data.columns[1].unknown.any()


def test_small_texts_are_cut_by_habit(view: View) -> None:
    cases = {case.name: case for case in view("tokenizers_compared.habits", **TWO)[-1].data.cases}
    smollm2 = {name: case.rows[1].texts for name, case in cases.items()}
    assert smollm2["digits"][0].pieces == tuple("1234567")
    assert [len(text.ids) for text in smollm2["space"]] == [1, 1]
    assert smollm2["emoji"][0].pieces.count("") > 0
    assert cases["digits"].fact == "Seven digits: 7 tokens."


def test_pieces_that_stand_for_nothing_of_the_text_are_written() -> None:
    tokenizer = Tokenizer("example", (), opened("smollm2").tokenizer.pre_tokenizer, BytePairs([b" ", b"a"]))
    found = Encoding(np.array([0, 1]), np.array([0, 0]), np.array([0, 1]))
    assert figure.worked("a", found, tokenizer).pieces == (" ", "a")


def alone(model: BytePairs, data: bytes, cuts: Sequence[int]) -> Pieces:
    """Every byte a token: nothing is merged."""
    ids = {token: i for i, token in reversed(list(enumerate(model.tokens))) if len(token) == 1}
    found = [(ids[data[i : i + 1]], i) for i in range(int(cuts[-1])) if data[i : i + 1] in ids]
    starts = np.array([i for _, i in found], np.int64)
    return Pieces(np.array([token for token, _ in found], np.int64), starts, starts + 1)


@pytest.mark.breaks("tokenizers_compared.lanes", r"^Ids equal those of")
@pytest.mark.breaks("tokenizers_compared.languages", r"^Tokens of .* paragraphs equal those")
@pytest.mark.breaks("tokenizers_compared.habits", r"^Ids of .* small texts equal those")
def test_bytes_that_are_not_merged_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BytePairs, "encode", alone)
    assert check("tokenizers_compared.lanes", "Ids equal", source="prose", **TWO).error > 100
    assert check("tokenizers_compared.languages", "Tokens of", **TWO).error > 100
    assert check("tokenizers_compared.habits", "Ids of", **TWO).error > 8


@pytest.mark.breaks("tokenizers_compared.lanes", r"^decode\(encode\(text\)\) = text")
def test_a_token_that_stands_for_something_else_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tokenizer, "bytes_of", lambda self, token: self.model.tokens[token].upper())
    assert check("tokenizers_compared.lanes", "decode(encode", source="prose", **TWO).error == 2


@pytest.mark.breaks("tokenizers_compared.lanes", r"^Blocks of the \d+ byte-level tokenizers cover every byte once")
def test_offsets_that_leave_a_byte_out_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    own = BytePairs.encode

    def short(self: BytePairs, data: bytes, cuts: Any) -> Pieces:
        found = own(self, data, cuts)
        return Pieces(found.ids, found.starts, np.maximum(found.ends - 1, found.starts))

    monkeypatch.setattr(BytePairs, "encode", short)
    assert check("tokenizers_compared.lanes", "cover every byte", source="prose", **TWO).error > 20


@pytest.fixture
def llama(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table's row on Llama 3, with the file of the default model in the place of Llama 3's."""
    row = next(each for each in vocabulary_kinds.PUBLISHED if each.name == "llama3")
    monkeypatch.setattr(vocabulary_kinds, "PUBLISHED", (row,))
    tokens = [bytes([byte]) for byte in range(256)] + [b"ab", b"abc"]
    held = Tokenizer("llama3", (), opened("smollm2").tokenizer.pre_tokenizer, BytePairs(tokens))
    monkeypatch.setattr(Asked, "open", lambda *_: SimpleNamespace(tokenizer=held))
    monkeypatch.setattr(views, "contents", lambda _: SimpleNamespace(tokens=tokens))
    monkeypatch.setattr(views, "find", lambda _: SimpleNamespace(vocabulary=258))


@pytest.mark.usefixtures("llama")
def test_a_vocabulary_of_ranks_is_no_sentencepiece(view: View) -> None:
    made = view("tokenizers_compared.published")[-1]
    assert all(check.holds for check in made.checks), made.checks
    (row,) = made.data.rows
    assert row.kind.startswith("byte-level BPE")
    assert not row.holds
    assert row.finding.startswith("This is not SentencePiece: each of 256 bytes is a token, and 0 tokens")


@pytest.mark.usefixtures("llama")
@pytest.mark.breaks("tokenizers_compared.published", r"^Each of the .* longer tokens of Llama 3")
@pytest.mark.breaks("tokenizers_compared.published", r"^The files of .* hold as many ids")
def test_another_file_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "contents", lambda _: SimpleNamespace(tokens=[b"a", b"b", b"abc", b"ab"]))
    monkeypatch.setattr(views, "find", lambda _: SimpleNamespace(vocabulary=128_256))
    assert check("tokenizers_compared.published", "longer tokens of Llama 3").error == 1
    assert check("tokenizers_compared.published", "The files of").error == 128_256 - 258


def test_the_table_says_what_is_not_at_hand(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "is_cached", lambda name: False)
    monkeypatch.setattr("explorer.experiments.tokenization.lineup.UNASKED", 0)
    (made,) = view("tokenizers_compared.published")[-1:]
    assert all(row.reason for row in made.data.rows)
    assert len(made.data.rows) == len(vocabulary_kinds.PUBLISHED)
    assert not made.checks


def test_every_tokenizer_of_the_line_up_is_on_the_shelf() -> None:
    assert all(member.card is not None for member in LINEUP.values())


def test_the_other_text_is_counted_lane_by_lane(beside: Beside) -> None:
    made = beside("tokenizers_compared.lanes", "the low", "the slowest low", **TWO)
    base = made.data.base
    assert (base.nbytes, base.characters, base.same_text, base.own) == (15, 15, False, None)
    tokenizers = (opened(OWN).tokenizer, opened("smollm2").tokenizer)
    assert base.tokens == tuple(len(each.encode("the slowest low").ids) for each in tokenizers)
    assert all(check.holds for check in made.checks), made.checks
    assert "ids in 2 vocabularies" in made.checks[0].statement
    with pytest.raises(NotApplicableError, match="the same for both runs"):
        beside("tokenizers_compared.lanes", "the low", "a low", source="code", **TWO)


@pytest.mark.thorough
def test_the_other_models_own_tokenizer_reads_both_texts(beside: Beside) -> None:
    made = beside("tokenizers_compared.lanes", "the low", "the slowest low", second=DEFAULT, yours=OWN, lineup=YOURS)
    own, tokenizer = made.data.base.own, opened("smollm2").tokenizer
    assert (own.title, own.size) == ("SmolLM2-135M", 49152)
    assert [own.here, own.there] == [len(tokenizer.encode(text).ids) for text in ("the low", "the slowest low")]
    assert "ids in 2 vocabularies" in made.checks[0].statement
    assert all(check.holds for check in made.checks), made.checks
    same = beside("tokenizers_compared.lanes", "the low", "the low", second=DEFAULT, yours=OWN, lineup=YOURS).data.base
    assert (same.same_text, same.own.here) == (True, own.here)


@pytest.mark.breaks("tokenizers_compared.lanes", r"^Ids equal those of")
def test_another_cut_of_the_other_text_is_seen(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    encode = Tokenizer.encode
    monkeypatch.setattr(Tokenizer, "encode", lambda self, text: encode(self, text.replace("slow", "low")))
    ids = beside("tokenizers_compared.lanes", "the low", "the slow low", **TWO).checks[0]
    assert ids.statement.startswith("Ids equal")
    assert not ids.holds
