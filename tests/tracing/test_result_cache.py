"""Results that are made once: each kind has its own bound, and to be counted is not to be used."""

from __future__ import annotations

from explorer.tracing.result_cache import ResultCache


def held(kept: ResultCache, number: int) -> bool:
    """Whether the square of that number was there already."""
    made: list[int] = []
    kept.cached(("square", number), lambda: made.append(number), keep=2)
    return not made


def test_the_least_recently_used_of_a_kind_goes() -> None:
    kept = ResultCache()
    kept.cached(("cube", 3), lambda: 27, keep=1)
    assert [held(kept, number) for number in (1, 2, 1, 3)] == [False, False, True, False]
    assert [held(kept, 1), held(kept, 2)] == [True, False]
    assert kept.cached(("cube", 3), lambda: 0, keep=1) == 27  # other kinds push nothing out
    assert len(kept) == 3


def test_to_be_counted_is_not_to_be_used() -> None:
    kept = ResultCache()
    assert [held(kept, number) for number in (1, 2, 1)] == [False, False, True]
    assert len(kept.results()) == 2
    assert [held(kept, 3), held(kept, 1), held(kept, 2)] == [False, True, False]


def test_one_result_is_made_of_another_and_all_can_go() -> None:
    kept = ResultCache()
    assert kept.cached("sum", lambda: 1 + kept.cached(("part", 1), lambda: 2)) == 3
    assert sorted(map(str, kept.results())) == ["2", "3"]
    kept.clear()
    assert (len(kept), kept.results()) == (0, [])
