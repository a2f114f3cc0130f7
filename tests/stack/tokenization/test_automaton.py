"""Split patterns as automata: the same pieces as the engines that backtrack."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest
import regex
import tiktoken
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, pre_tokenizers

from explorer.errors import BadRequestError
from explorer.stack.tokenization import patterns
from explorer.stack.tokenization.automaton import automaton
from explorer.stack.tokenization.automaton_characters import category
from explorer.stack.tokenization.pre_tokenization import Behaviour, Digits, InTurn, Split, Step, Whole

NAMED = {
    f"{name} {i}": pattern
    for name, value in vars(patterns).items() if name.isupper() and not name.startswith("_")
    for i, pattern in enumerate(value if isinstance(value, tuple) else (value,))
}  # fmt: skip
SCRIPTS = (
    "The quick brown fox", "Zażółć gęślą jaźń", "Ελληνικά γράμματα", "Съешь же ещё", "שלום עולם", "مرحبا بالعالم",
    "नमस्ते दुनिया", "বাংলা ভাষা", "தமிழ் மொழி", "ภาษาไทย", "ភាសាខ្មែរ", "မြန်မာ", "ქართული ენა", "Հայերեն", "አማርኛ ቋንቋ",
    "中文字符，标点。", "日本語のかなカナ", "한국어 텍스트", "ᏣᎳᎩ", "𐌲𐌿𐍄𐌹𐍃𐌺", "𞤆𞤵𞤤𞤢𞤪",
)  # fmt: skip
PARTS = (
    *SCRIPTS, " ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", " \n ", "\u3000", "\u00a0", "\u2028", "\x1c", "\x00",
    "\u200d", "don't", "I'LL", "we'Ve", "'ſ", "x'", "''", "1", "12", "12345", "٣٤٥", "½", "Ⅷ", "e\u0301", "ǅa", "ʰ",
    "ª", "ﬁ", "İ", "\u212a", "👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈", "✋🏽", "def f(x):", "    return x**2",
    "/path/to", "snake_case", "camelCaseHTML", "...", "?!", "(a|b)", "<|end|>", "▁", "\ufffd", "\U00016d6b",
    "\U000e0041", "𖵣", "߀",
)  # fmt: skip
texts = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=12).map("".join)


def pieces(step: Step, text: str | bytes) -> list[bytes]:
    data = text.encode() if isinstance(text, str) else text
    cuts = step.cuts(data).tolist()
    assert cuts[0] == 0
    assert cuts[-1] == len(data)
    assert all(a < b for a, b in pairwise(cuts))
    return [data[a:b] for a, b in pairwise(cuts)]


def by_regex(pattern: str, text: str) -> list[bytes]:
    """The matches of an engine that backtracks, and what lies between them."""
    found, at = [], 0
    for match in regex.finditer(pattern, text):
        found += [text[at : match.start()], match.group()]
        at = match.end()
    return [piece.encode() for piece in (*found, text[at:]) if piece]


def test_a_run_of_spaces_leaves_one_by_hand() -> None:
    # At the first space " ?\p{L}+" fails for the second; \s+(?!\S) takes all but the last.
    assert pieces(Split(patterns.GPT_2), "a   b  ") == [b"a", b"  ", b" b", b"  "]
    assert pieces(Split(patterns.CL100K), "a\n\n b\n ") == [b"a", b"\n\n", b" b", b"\n "]
    # The first alternative wins though the second is longer.
    assert pieces(Split("a|ab"), "abab") == [b"a", b"b", b"a", b"b"]


@pytest.mark.parametrize("name", NAMED)
def test_the_fields_patterns_cut_as_a_backtracking_engine(name: str) -> None:
    rng = random.Random(0)
    step = Split(NAMED[name])
    for _ in range(150):
        text = "".join(rng.choices(PARTS, k=rng.randrange(12)))
        assert pieces(step, text) == by_regex(NAMED[name], text)


@given(texts)
def test_tiktokens_pieces_are_ours(text: str) -> None:
    tokens = {bytes([byte]): byte for byte in range(256)}
    for pattern in (patterns.GPT_2, patterns.CL100K, patterns.O200K):
        ours = pieces(Split(pattern), text)
        marked = tiktoken.Encoding("t", pat_str=pattern, mergeable_ranks=with_pieces(tokens, ours), special_tokens={})
        assert [marked.decode_single_token_bytes(i) for i in marked.encode_ordinary(text)] == ours


def with_pieces(tokens: dict[bytes, int], pieces: list[bytes]) -> dict[bytes, int]:
    """Each piece a token, so that tiktoken, which looks a piece up whole, gives the piece back."""
    found = dict(tokens)
    for piece in pieces:
        found.setdefault(piece, len(found))
    return found


@given(texts, st.sampled_from(["isolated", "merged_with_previous", "merged_with_next", "contiguous"]))
def test_tokenizers_pieces_are_ours(text: str, behaviour: Behaviour) -> None:
    for pattern in (patterns.LLAMA_3, patterns.QWEN_2, patterns.BLOOM, r"\p{N}", "▁", r"\s|b"):
        theirs = pre_tokenizers.Split(Regex(pattern), behaviour).pre_tokenize_str(text)
        assert pieces(Split(pattern, behaviour), text) == [piece.encode() for piece, _ in theirs]


@given(texts)
def test_steps_in_turn_are_tokenizers_sequence(text: str) -> None:
    hugging_face = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        *(pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns.DEEPSEEK_3),
    ])  # fmt: skip
    ours = InTurn((Digits(), Whole(), *(Split(pattern) for pattern in patterns.DEEPSEEK_3)))
    assert pieces(ours, text) == [piece.encode() for piece, _ in hugging_face.pre_tokenize_str(text)]
    runs = pre_tokenizers.Digits(individual_digits=False).pre_tokenize_str(text)
    assert pieces(Digits(individual=False), text) == [piece.encode() for piece, _ in runs]


@given(texts)
def test_bert_is_cut_at_whitespace_and_around_punctuation(text: str) -> None:
    theirs = [piece.encode() for piece, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(text)]
    ours = pieces(Split(patterns.BERT), text)
    assert [piece for piece in ours if not regex.fullmatch(r"\p{White_Space}+", piece.decode())] == theirs


@given(st.lists(st.binary(max_size=3) | st.sampled_from(PARTS).map(str.encode), max_size=8).map(b"".join))
def test_a_byte_of_no_character_is_cut_as_u_fffd(data: bytes) -> None:
    """Characters as Python's decoder finds them; each byte that is part of none alone."""
    text = data.decode("utf-8", "surrogateescape")
    lone = {chr(i): "\ufffd" for i in range(0xDC80, 0xDD00)}
    expected = by_regex(patterns.LLAMA_3, "".join(lone.get(c, c) for c in text))
    lengths = [len(piece.decode()) for piece in expected]
    starts = np.cumsum([0, *(len(c.encode("utf-8", "surrogateescape")) for c in text)])
    assert Split(patterns.LLAMA_3).cuts(data).tolist() == [int(starts[i]) for i in np.cumsum([0, *lengths])]


@pytest.mark.parametrize("pattern", [
    "a+?b|a", "(?:ab)*c|a|b", "a{2,3}b?|[^b]", "(?i:straSSe|É)|.", r"[\d\s]{2}|\D|[a-c\]x-]", "(a|b(?=a))+", "a??b|a",
    r"\x41B|\u0042+", "x*y|x", "a(?:b|bc)d|.", r"(?i:[k-m]+)|\P{Ll}|\p{^L}", r"b$|b(?!a)|[ab]", "(?:a?b?){3}c|a",
    "(?:a*)*b|.",
])  # fmt: skip
def test_other_patterns_match_what_an_engine_that_backtracks_does(pattern: str) -> None:
    rng = random.Random(1)
    for _ in range(300):
        text = "".join(rng.choices("aabbcd xyABCé1İKK-]ſß\n", k=rng.randrange(9)))
        assert pieces(Split(pattern), text) == by_regex(pattern.replace("$", r"\Z"), text), text


@pytest.mark.parametrize(("pattern", "names"), [
    (r"(a)\1", r"\1"), ("(?<=a)b", "(?<"), ("a(?!bc)", "further ahead"), ("a?", "no characters"),
    ("a++a", "a++ before"), (r"\p{Klingon}", "Klingon"), ("^a", "^"), (r"\bword", r"\b"), ("[a", "too early"),
    ("(a", "lacks )"), ("a)", ")"), ("[[:alpha:]]", "within a class"), ("*a", "*"), ("a{2", "lacks }"),
    ("a{3,2}", "{3,2}"), ("[b-a]", "from 'b'"), ("x{1000}{1000}", "too long"),
    ("(?:a+)++a", "a possessive group"), ("(?>a)", "(?>"), ("(?=a)+b", "repeated look"),
    ("(?:[ab]*a[ab]{14})x", "states"), ("\\", "too early"), (r"\xZZ", r"\xZZ"),
])  # fmt: skip
def test_what_is_not_read_is_refused_by_name(pattern: str, names: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        automaton(pattern)
    assert names in str(refused.value)


def test_categories_are_those_of_the_libraries_engines() -> None:
    """Every code point: tiktoken's Rust and tokenizers' Oniguruma, which are both of Unicode 16.0."""
    every = "".join(chr(i) for i in range(0x110000) if not 0xD800 <= i < 0xE000)
    ranks = {bytes([byte]): byte for byte in range(256)}
    for name in ("L", "N", "M", "P", "S", "Lu", "Lm"):
        rust = tiktoken.Encoding("t", pat_str=rf"\p{{{name}}}+", mergeable_ranks=ranks, special_tokens={})
        theirs = rust.decode(rust.encode_ordinary(every))
        assert "".join(chr(i) for i in np.flatnonzero(category(name)) if not 0xD800 <= i < 0xE000) == theirs
    cut = pre_tokenizers.Split(Regex(r"\p{L}+"), "removed", invert=True).pre_tokenize_str(every)
    assert "".join(piece for piece, _ in cut) == "".join(chr(i) for i in np.flatnonzero(category("L")))
