"""Many tokenizers on one text, against the library on the same vocabularies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.corpora import article_one
from explorer.errors import SourceMissingError
from explorer.experiments.tokenization import library, lineup, vocabulary_kinds
from explorer.experiments.tokenization import tokenizers_compared as experiment
from explorer.experiments.tokenization.library import Library, merges_of_ranks
from explorer.experiments.tokenization.lineup import LINEUP, YOURS, Asked, opened
from explorer.zoo import tokenizers as shelf
from explorer.zoo.tokenizers import find
from explorer.zoo.tokenizers.shelf import contents

OWN = "trained:gpt2:40:own/low lower lowest slow slower slowest, the lowest of the low"


def test_the_paragraph_is_the_same_in_twelve_languages() -> None:
    paragraphs = article_one.read()
    assert len({each.code for each in paragraphs}) == len({each.text for each in paragraphs}) == 12
    assert paragraphs[0].code == "en"


def test_a_tokenizer_trained_here_joins_the_others() -> None:
    *_, found = experiment.compared("the slowest low", (YOURS, "smollm2"), Asked(OWN))
    assert [each.member.name for each in found] == [YOURS, "smollm2"]
    for each in found:
        assert each.exact
        assert each.promised
        assert each.theirs is not None
        assert each.differing == 0
        assert each.given_back == ""
    assert found[0].size == 256 + 18  # no pair is left that stands twice
    assert len(found[1].theirs or ()) == 4


@given(text=st.text(max_size=60))
def test_a_training_in_the_library_gives_the_same_ids(text: str) -> None:
    at_hand = opened(OWN)
    assert at_hand.ids(text) == tuple(at_hand.tokenizer.encode(text).ids.tolist())


@given(text=st.text(max_size=60) | st.sampled_from(["<|im_start|>user", "<|endoftext|>", "a\ud83c b"]))
def test_the_shelf_and_the_library_read_one_file_alike(text: str) -> None:
    at_hand = opened("smollm2")
    assert at_hand.ids(text) == tuple(at_hand.tokenizer.encode(text).ids.tolist())


def test_ranks_become_merges_that_lead_to_the_same_tokens() -> None:
    assert list(merges_of_ranks(["a", "b", "c", "bc", "ab", "abc"])) == [
        ("b", "c"), ("a", "b"), ("a", "bc"), ("ab", "c"),
    ]  # fmt: skip
    if not shelf.is_cached("gpt2"):
        pytest.skip("GPT-2's ranks are not in the cache")
    made = Library(lambda: library.written(contents(find("gpt2"))))
    assert made.ids("hello world") == (31373, 995)


def test_what_is_not_at_hand_is_said_and_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "is_cached", lambda name: False)
    monkeypatch.setattr(shelf, "load", lambda *_: pytest.fail("it was fetched"))
    *_, found = experiment.compared("a text", ("gemma3",), Asked())
    assert found[0].found is None
    assert found[0].reason == "Not downloaded: its archive has 41 MB."
    assert found[0].differing == 0


def test_what_is_asked_for_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetched(name: str, *_: object) -> None:
        raise SourceMissingError(f"tried {name}")

    monkeypatch.setattr(shelf, "is_cached", lambda name: False)
    monkeypatch.setattr(shelf, "load", fetched)
    found = experiment.cut("gemma3", "a text", Asked(fetch=("gemma3",)))
    assert found.reason == "tried gemma3"


@pytest.mark.parametrize(
    ("name", "text", "promised"),
    [
        ("gpt2", "e\u0301 ▁", True),
        ("qwen2", "e\u0301", False),
        ("qwen2", "é", True),
        ("llama2", "a ▁", False),
        ("llama2", "a b", True),
        ("minilm", "a", False),
    ],
)
def test_what_a_tokenizer_promises(name: str, text: str, promised: bool) -> None:
    assert experiment.promises(LINEUP[name], text) == promised


def test_a_name_of_a_training_is_read_or_there_is_none() -> None:
    assert lineup.trained_name(OWN) == OWN
    assert lineup.trained_name("trained:gpt2:none") == ""
    assert lineup.trained_name(None) == ""
    assert lineup.trained_here(OWN).owner == "trained here, 40 merges"


def test_kinds_are_told_from_tokens() -> None:
    single = [bytes([byte]) for byte in range(256)]
    assert vocabulary_kinds.traits([*single, b"ab", b"abc"]).kind == "byte-level BPE, ids in the order of merges"
    found = vocabulary_kinds.traits([*single, b"abc", b"ab"])
    assert (found.longer, found.out_of_order, found.kind) == (2, 1, "byte-level BPE")
    marked = [f"▁{letter}".encode() for letter in "abcdefgh"]
    assert vocabulary_kinds.traits(marked).kind == "SentencePiece"
    named = [f"<0x{byte:02X}>".encode() for byte in range(256)]
    assert vocabulary_kinds.traits([*named, *marked * 4]).kind == "SentencePiece, byte fallback"
    assert vocabulary_kinds.traits([b"##a", b"##b", b"c"]).kind == "WordPiece"
    assert vocabulary_kinds.traits([b"<s>", b"a"], special=[b"<s>"]).tokens == 1


def test_tiktoken_names_o200k_for_gpt_4o() -> None:
    tiktoken = pytest.importorskip("tiktoken")
    for model, name in vocabulary_kinds.BY_TIKTOKEN.items():
        assert tiktoken.encoding_name_for_model(model) == name


@pytest.mark.thorough
def test_a_models_own_tokenizer_joins_the_others() -> None:
    from explorer import zoo

    own = lineup.of_model(zoo.load("six-kinds-dense"))
    assert own is not None
    assert own[0].kind == lineup.BYTE_LEVEL
    asked = Asked(own=own)
    *_, found = experiment.compared("Then Mary went", (lineup.MODEL,), asked)
    assert (found[0].exact, found[0].differing) == (True, 0)
    assert lineup.of_model(zoo.load("smollm2-135m")) is None  # the shelf has it
