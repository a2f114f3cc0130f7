"""The short form of a link, as the page makes it, read by the server."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.shell.envelope.short_links import expanded
from explorer.shell.page.sidebar import restore

FIRST = "1G1iHIUUV0HWWMMcZQxxnDAA"
#: written by tests/kit/short_links.test.js's twin: signs that an address gives a meaning, scripts, NUL
STRANGE = (
    "1A7vC0MBAQdXIVCERmCyTbJMVlLUVqitqFWyS7BQ-zJ_ZpHCz9cbGG2tvrLixXIEBpNDIDEwCaUS8GluZWDmCRA2SQKRzspUhLEaNDPQMic4_QLdog"
    "w0Hk2ZqiarGLkATzZJtAQ"
)


def test_a_short_link_says_what_the_long_one_says() -> None:
    assert dict(parse_qsl(expanded(f"?s={FIRST}"))) == {
        "model": "smollm2-135m", "text": "When Mary and John went to the store, John gave a drink to", "new": "12",
        "k": "24", "p": "0.97", "minp": "0.002", "seed": "7", "panel": "attention", "pos": "9", "layer": "23",
        "head": "3",
    }  # fmt: skip
    assert parse_qsl(expanded(f"s={STRANGE}"), keep_blank_values=True) == [
        ("text", "100 % a&b=c #+ {x} <b> 🙂 مرحبا \0 %26 %2526"),
        ("do", "patch:3:4:A%20b%2Cc:1,ablate:20.1"),
        ("two_runs.with", "model=smollm2-135m&text=100+%25+%26"),
        ("a=b&c", ""),
    ]
    assert restore(f"?s={FIRST}")[1].startswith("When Mary")  # type: ignore[union-attr]
    assert dict(parse_qsl(expanded(f"s={FIRST}&seed=8")))["seed"] == "8"  # what stands behind it counts


@pytest.mark.parametrize("cut", [1, 2, 3, 9, len(FIRST) - 2])
def test_a_link_that_was_cut_is_refused(cut: int) -> None:
    """What is left of it reads like a run of another text."""
    for packed in (FIRST[:-cut], STRANGE[:-cut], f"{FIRST}{'A' * 4 * cut}"):
        with pytest.raises(BadRequestError, match="damaged"):
            expanded(f"s={packed}")


def test_any_other_link_stays_as_it_is() -> None:
    for query in ("", "model=m&text=s=1", "?text=Hi&do=mlp:3", "text=a%26s%3D1abc"):
        assert expanded(query) == query


@given(st.one_of(st.text(max_size=40), st.text("Aaz09-_", max_size=80).map(lambda text: "1" + text)))
def test_a_damaged_one_is_refused_and_never_more(packed: str) -> None:
    with suppress(BadRequestError):
        assert len(expanded(f"s={packed}")) < 200_000
