"""Languages: the library's answer, and the sum of its n-grams."""

from __future__ import annotations

import pytest

from explorer.corpora import article_one
from explorer.stack.pretraining.data.language import identified, opened


@pytest.mark.parametrize("paragraph", article_one.read(), ids=lambda paragraph: paragraph.name)
def test_twelve_languages(paragraph: article_one.Paragraph) -> None:
    found, why = identified(paragraph.text), opened(paragraph.text)
    assert found.language == why.language == paragraph.code
    assert why.lead > 0
    assert sum(each.toward for each in why.grams) + why.prior == pytest.approx(why.lead, rel=1e-4)
    assert all(each.gram in paragraph.text or "\\x" in each.gram for each in why.grams if each.gram.isascii())


@pytest.mark.parametrize("text", ["", "x", "\n\n", "- \n" * 200])
def test_a_text_without_known_n_grams_has_no_lead(text: str) -> None:
    made = opened(text)
    assert (made.lead, made.prior, made.grams) == (0, 0, ())
