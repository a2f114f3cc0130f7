"""Normalization against Unicode's tables and tokenizers' normalizers; every byte's source by hand and in general."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from tokenizers import normalizers

from explorer.stack.tokenization.normalization import (
    CleanText,
    LowerCase,
    Prepend,
    Replace,
    SpaceIdeographs,
    Strip,
    StripAccents,
    Unicode,
    WholeCharacters,
    bert_steps,
    in_turn,
)
from explorer.stack.tokenization.text import Aligned
from explorer.stack.tokenization.tokenizer import Normalizer

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
#: Letters, marks, ligatures, Hangul and its parts, halfwidth kana with their marks, marks out of order.
LETTERS = "aeéẹ́ÅÅﬁ²½ıİΣςǅ한글각ｶﾞがか゛ཱིཷ\u0323\u0301\u0344\u0f73हऩऩ日本😀 \t\u3000"
TEXTS = some.text(some.sampled_from(LETTERS), max_size=12) | some.text(max_size=12)
STEPS: tuple[Normalizer, ...] = (
    *(Unicode(form) for form in FORMS),
    LowerCase(),
    StripAccents(),
    CleanText(),
    SpaceIdeographs(),
    Replace("a", "bcd"),
    Replace(" {2,}", " ", pattern=True),
    Prepend(" "),
    Strip(),
    WholeCharacters(),
)


def _of(text: str, *steps: Normalizer) -> str:
    return in_turn(steps, Aligned(text.encode())).data.decode()


@given(TEXTS, some.sampled_from(FORMS))
def test_unicodes_forms_are_those_of_tokenizers(text: str, form: str) -> None:
    assert _of(text, Unicode(form)) == getattr(normalizers, form)().normalize_str(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS)
def test_every_character_alone_and_after_a_letter(form: str) -> None:
    """All of Unicode in one text: each character between letters that may join it."""
    for lead in ("x", "\u1100", "\u0b92"):
        text = "".join(lead + chr(code) for code in range(0xA0, 0x30000) if not 0xD800 <= code < 0xE000)
        assert _of(text, Unicode(form)) == getattr(normalizers, form)().normalize_str(text)  # type: ignore[arg-type]


def test_a_composed_character_stands_for_all_that_it_was_composed_of() -> None:
    found = Unicode("NFC")(Aligned("xe\u0301y".encode()))
    assert found.data == "xéy".encode()
    assert found.begins is not None
    assert found.finishes is not None
    assert found.begins.tolist() == [0, 1, 1, 4]
    assert found.finishes.tolist() == [1, 4, 4, 5]


def test_what_one_step_made_is_traced_through_the_next() -> None:
    found = in_turn((Unicode("NFKC"), LowerCase(), Prepend("▁"), Replace("fi", "x")), Aligned("aﬁB".encode()))
    assert found.data == "▁axb".encode()
    assert found.begins is not None
    assert found.finishes is not None
    assert found.begins.tolist() == [0, 0, 0, 0, 1, 4]
    assert found.finishes.tolist() == [0, 0, 0, 1, 4, 5]


@given(some.binary(max_size=16) | TEXTS.map(str.encode), some.lists(some.sampled_from(STEPS), max_size=4))
def test_sources_are_in_order_and_within_the_text(data: bytes, steps: list[Normalizer]) -> None:
    found = in_turn(steps, Aligned(data))
    begins, finishes = found.placed(0)
    assert len(begins) == len(finishes) == len(found.data)
    assert (np.diff(begins) >= 0).all()
    assert (begins <= finishes).all()
    assert not len(begins) or (begins[0] >= 0 and finishes.max() <= len(data))


@given(some.binary(max_size=16))
def test_bytes_that_are_no_character_pass_all_but_the_step_for_them(data: bytes) -> None:
    bad = b"\xff" + data
    assert Unicode("NFC")(Aligned(bad)).data.startswith(b"\xff")
    WholeCharacters()(Aligned(bad)).data.decode()


@pytest.mark.parametrize("lower", [True, False])
@given(text=some.text(some.characters(max_codepoint=0x2FFF, categories=("L", "N", "P", "Z", "Cc")), max_size=20))
def test_berts_steps_are_tokenizers(lower: bool, text: str) -> None:
    peer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=lower)
    assert _of(text, *bert_steps(True, True, lower, lower)) == peer.normalize_str(text)


def test_steps_against_tokenizers() -> None:
    text = "  İstanbul ΣΑΣ  ÀÉ日本 ǅ\u3000"
    assert _of(text, LowerCase()) == normalizers.Lowercase().normalize_str(text)
    assert _of(text, Unicode("NFD"), StripAccents(True)) == normalizers.Sequence(
        [normalizers.NFD(), normalizers.StripAccents()]
    ).normalize_str(text)
    assert _of(text, Strip()) == normalizers.Strip().normalize_str(text)
    assert _of(text, Prepend("▁")) == normalizers.Prepend("▁").normalize_str(text)
    assert _of("", Prepend("▁")) == ""
    assert _of(" a", Prepend(" ", unless_there=True)) == " a"
