"""Every code point by itself, as tokenizers normalizes and cuts it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import regex
from tokenizers import normalizers, pre_tokenizers

from explorer.stack.tokenization import characters, normalization, patterns
from explorer.stack.tokenization.text import Aligned
from explorer.zoo import tokenizers as shelf
from tests.zoo import tokenizer_peers as peers

ALL = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
#: The ends of every run of the tables, what lies beside them, and some of the rest.
EDGES = sorted({
    chr(code)
    for table in (characters.NONSPACING, characters.MARKS, characters.OTHER, characters.PUNCTUATION, characters.NFKD)
    for run in table for end in run for code in (end - 1, end, end + 1)
    if 0 < code < 0xD800 or 0xE000 <= code < 0x110000
} | {*characters.LOWER, *ALL[::97]})  # fmt: skip


def bert(**on: bool) -> Any:
    off = dict.fromkeys(("clean_text", "handle_chinese_chars", "strip_accents", "lowercase"), False)
    return normalizers.BertNormalizer(**{**off, **on})


def own(*steps: Any) -> Callable[[str], str]:
    return lambda text: normalization.in_turn(steps, Aligned(text.encode())).data.decode()


STEPS: dict[str, tuple[Any, Callable[[str], str]]] = {
    "clean text": (bert(clean_text=True), own(normalization.CleanText())),
    "no accents": (bert(strip_accents=True), own(normalization.Unicode("NFD"), normalization.StripAccents())),
    "no marks": (normalizers.StripAccents(), own(normalization.StripAccents(all_marks=True))),
    "lower case": (normalizers.Lowercase(), own(normalization.LowerCase())),
    **{
        form: (getattr(normalizers, form)(), own(normalization.Unicode(form)))
        for form in ("NFC", "NFD", "NFKC", "NFKD")
    },
}


def compared(step: str, some: Iterable[str], around: str) -> None:
    theirs, ours = STEPS[step]
    before, after = around.split("|")
    texts = (f"{before}{each}{after}" for each in some)
    wrong = [text for text in texts if theirs.normalize_str(text) != ours(text)]
    assert not wrong, (step, len(wrong), [f"U+{ord(text[len(before)]):04X}" for text in wrong[:20]])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("around", ["x|y", "a|\u0301\u0323"])
def test_characters_as_tokenizers_has_them(step: str, around: str) -> None:
    compared(step, EDGES, around)


@pytest.mark.thorough
@pytest.mark.parametrize("step", STEPS)
def test_every_character_as_tokenizers_has_it(step: str) -> None:
    theirs, ours = STEPS[step]
    for at in range(0, len(ALL), 1000):
        text = "\n".join(f"x{each}y" for each in ALL[at : at + 1000])
        assert theirs.normalize_str(text) == ours(text), f"U+{ord(ALL[at]):04X} and what follows"


def cut_wrongly(some: Iterable[str]) -> list[str]:
    theirs, ours = pre_tokenizers.BertPreTokenizer(), regex.compile(patterns.BERT)

    def pieces(each: str) -> int:
        return 1 if not ours.match(each) else 2 if each.isspace() else 3

    return [f"U+{ord(each):04X}" for each in some if len(theirs.pre_tokenize_str(f"x{each}y")) != pieces(each)]


def test_punctuation_as_tokenizers_has_it() -> None:
    assert not cut_wrongly(EDGES)


@pytest.mark.thorough
def test_all_punctuation_as_tokenizers_has_it() -> None:
    assert not cut_wrongly(ALL)


def test_ids_of_code_points_that_stand_for_nothing_and_of_newer_ones() -> None:
    unassigned = [each for each in EDGES if unicodedata.category(each) == "Cn"]
    texts = [f"a{each}b {each}" for each in [*unassigned[:400], *EDGES[::5], "\u07fd", "\u0898", "\u2e52", "\u1c89"]]
    tokenizer = shelf.load("minilm")
    ours = [tokenizer.encode(text).ids.tolist() for text in texts]
    wrong = [(text, a, b) for text, a, b in zip(texts, ours, peers.ids("minilm", texts), strict=True) if a != b]
    assert not wrong, (len(wrong), wrong[:3])
