"""Windows: those of lm-eval itself, those of transformers' guide, and each token scored once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

from explorer.stack.evaluation.windows import rolling, strided

SIZES = st.tuples(st.integers(0, 40), st.integers(1, 12), st.integers(1, 12)).filter(lambda each: each[2] <= each[1])


def test_windows_worked_out_by_hand() -> None:
    """Ten tokens in windows of 4 behind a context of 3."""
    made = [(each.ids, each.targets) for each in rolling(range(10), -1, 4, context=3)]
    assert made == [
        ((-1, 0, 1, 2), (0, 1, 2, 3)), ((1, 2, 3, 4), (4, 5)), ((3, 4, 5, 6), (6, 7)), ((5, 6, 7, 8), (8, 9)),
    ]  # fmt: skip
    assert [each.context for each in rolling(range(10), -1, 4)] == [1, 1, 3]


@given(SIZES)
def test_they_are_lm_evals(sizes: tuple[int, int, int]) -> None:
    n, length, context = sizes
    ids = list(range(n))
    theirs = list(get_rolling_token_windows(ids, -1, length, context))
    ours = list(rolling(ids, -1, length, context))
    assert [(list(each.ids), list(each.targets)) for each in ours] == theirs
    for each, (read, scored) in zip(ours, map(make_disjoint_window, theirs), strict=True):
        assert (len(read), scored) == (each.context, list(each.targets))


@given(SIZES)
def test_each_token_is_scored_once(sizes: tuple[int, int, int]) -> None:
    n, length, stride = sizes
    for made, first in ((list(rolling(range(n), -1, length)), 0), (list(strided(range(n), length, stride)), 1)):
        scored = [token for each in made for token in each.targets]
        if stride < length or first == 0:
            assert scored == list(range(first, n))
        for each in made:
            assert each.start == each.targets[0]
            assert each.ids[-1] == each.targets[-1] - 1
            assert len(each.ids) <= length


@given(SIZES)
def test_they_are_those_of_the_guide(sizes: tuple[int, int, int]) -> None:
    """The loop as transformers' documentation prints it: labels of -100 are not scored, nor is a window's first."""
    n, length, stride = sizes
    expected, before = [], 0
    for begin in range(0, n, stride):
        end = min(begin + length, n)
        labels = list(range(begin, end))
        for at in range(len(labels) - (end - before)):
            labels[at] = -100
        if scored := [each for each in labels[1:] if each != -100]:
            expected.append((list(range(begin, end)), scored))
        before = end
        if end == n:
            break
    made = [([*each.ids, each.targets[-1]], list(each.targets)) for each in strided(range(n), length, stride)]
    assert made == expected
