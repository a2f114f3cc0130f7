"""The key's text form is the link: whatever is put in comes out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.stack.inference.decoding.sampler_settings import SETTINGS
from explorer.stack.inference.decoding.sampling import STAGE_NAMES, Sampler
from explorer.tracing import AblateHead, PatchPosition, TraceKey

# Settings, not objects: beartype draws random numbers when it checks a tuple, which hypothesis forbids in a strategy.
samplers = st.fixed_dictionaries(
    {
        **{
            each.name: st.integers(0, 100)
            if each.whole
            else st.floats(each.low, each.high, exclude_min=each.open_below)
            for each in SETTINGS
        },
        "order": st.permutations(STAGE_NAMES).map(tuple),
    }
)
keys = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["smollm2-135m", "owner/name@main", "/a folder/model.gguf"]),
        "text": st.text(),
        "chat": st.booleans(),
        "max_new_tokens": st.integers(3, 64),
        "seed": st.integers(0, 2**63 - 1),
        "forced": st.dictionaries(st.integers(0, 2), st.integers(0, 50000)).map(lambda d: tuple(d.items())),
        "interventions": st.lists(
            st.sampled_from([AblateHead(23, 1), AblateHead(0, 0, "mean"), PatchPosition(1, 2, "a,b:c & d%", 3)]),
            max_size=3,
        ).map(tuple),
    }
)


@given(keys, samplers)
def test_query_gives_the_key_back(settings: dict[str, Any], sampler: dict[str, Any]) -> None:
    key = TraceKey(**settings, sampler=Sampler(**sampler))
    assert TraceKey.parse(key.query()) == key
    assert hash(TraceKey.parse("?" + key.query())) == hash(key)
    assert key.query().isascii()


def test_defaults_are_left_out() -> None:
    assert TraceKey("m", "a b").query() == "model=m&text=a%20b"
    assert TraceKey("m", "", sampler=Sampler(temperature=1)).query() == "model=m&text="


def test_a_link_with_the_first_five_steps() -> None:
    """Links made before typical sampling and the other penalties still mean the same."""
    key = TraceKey.parse("text=x&T=0.5&order=penalty,top_k,top_p,min_p,temperature")
    assert key.sampler == Sampler(0.5, order=("penalty", "top_k", "top_p", "min_p", "temperature"))
    assert "typ=" not in key.query()
    assert "order=" not in TraceKey.parse("text=x&order=penalty,temperature,top_k,top_p,min_p").query()
    assert TraceKey.parse("text=x&typ=0.9&pres=-0.5&freq=1").query().endswith("text=x&typ=0.9&pres=-0.5&freq=1")


def test_unknown_names_are_passed_over() -> None:
    assert TraceKey.parse("text=x&panel=attention&position=4").text == "x"


def test_surrogates() -> None:
    assert TraceKey("m", "a\ud800b").text == "a\ufffdb"
    assert TraceKey("m", "\ud83e\udd9c").text == "🦜"


def test_without_interventions() -> None:
    key = TraceKey("m", "x", interventions=(AblateHead(1, 2),))
    assert key.without_interventions() == TraceKey("m", "x")
    assert key.query() == "model=m&text=x&do=ablate:1.2"


@pytest.mark.parametrize(
    "query",
    ["T=hot", "T=nan", "T=-1", "k=-1", "k=1.5", "p=0", "p=2", "new=-1", "new=x", "seed=-1", "seed=99999999999999999999",
     "order=top_k", "order=a,b", "force=0:1", "new=2&force=5:1", "new=2&force=x", "do=cut:1", "chat=yes", "rep=0",
     "typ=0", "typ=1.1", "pres=3", "freq=x"],
)  # fmt: skip
def test_bad_links(query: str) -> None:
    with pytest.raises(BadRequestError):
        TraceKey.parse("text=x&" + query)
