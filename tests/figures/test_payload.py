"""What a picture's numbers become on their way: the same ones, or none at all."""

from __future__ import annotations

import base64
import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.payload import LARGEST, pack
from explorer.figures.typescript import payloads


def arrived(values: Any) -> np.ndarray:
    sent = pack(values)
    return np.frombuffer(base64.b64decode(sent["b64"]), "<" + sent["dtype"]).reshape(sent["shape"])


@pytest.mark.parametrize(
    "values",
    [
        np.array([2**31]),
        np.array([-(2**31) - 1]),
        np.array([0, 2**60]),
        np.array([2**31], np.uint32),
        np.array([2**63], np.uint64),
        torch.tensor([2**60]),
        np.array([0.5, 1e300]),
        torch.tensor([-1e39], dtype=torch.float64),
        np.array([0.5, 2.0**24 + 1]),
        torch.tensor([-(2.0**53) + 1], dtype=torch.float64),
    ],
)
def test_an_array_with_a_number_that_would_arrive_as_another_is_refused(values: Any) -> None:
    with pytest.raises(ValueError, match=r"a number between .* and .* does not fit [if]4"):
        pack({"of a picture": [values]})


@pytest.mark.parametrize("value", [2**53 + 1, -(2**60), np.int64(2**60)])
def test_a_whole_number_that_javascript_skips_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match=r"does not fit JavaScript's numbers"):
        pack({"tokens": value})


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, 1j, object()])
def test_what_json_lacks_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot send"):
        pack([value])


@given(st.lists(st.integers(-(2**31), 2**31 - 1)), st.sampled_from([np.int64, np.float64]))
def test_whole_numbers_arrive_as_they_are_or_not_at_all(numbers: list[int], kind: type) -> None:
    values = np.array(numbers, kind)
    try:
        made = arrived(values)
    except ValueError:
        assert kind is np.float64
        assert any(int(np.float32(each)) != each for each in numbers)
    else:
        assert made.tolist() == numbers


@given(st.lists(st.floats(-1e30, 1e30).filter(lambda x: not x.is_integer() or abs(x) <= 2**24 or abs(x) > LARGEST)))
def test_measures_arrive_to_seven_digits(numbers: list[float]) -> None:
    assert arrived(np.array(numbers)) == pytest.approx(np.array(numbers), rel=2**-23, abs=1e-38)


def test_the_largest_of_each_type_arrive() -> None:
    for kind in (np.uint8, np.int8, np.uint16, np.int16, np.int32):
        ends = [np.iinfo(kind).min, np.iinfo(kind).max]
        assert arrived(np.array(ends, kind)).tolist() == ends
    assert arrived(np.array([2.0**24, 2.0**24 + 2, 2.0**100])).tolist() == [2.0**24, 2.0**24 + 2, 2.0**100]
    assert arrived(torch.tensor([True, False])).tolist() == [1, 0]
    assert arrived(torch.tensor([0.5], dtype=torch.bfloat16)).tolist() == [0.5]
    assert pack([LARGEST, -LARGEST]) == [LARGEST, -LARGEST]


def test_what_is_no_number_stays_none() -> None:
    made = arrived(np.array([math.nan, math.inf, -math.inf]))
    assert math.isnan(made[0])
    assert made[1:].tolist() == [math.inf, -math.inf]
    assert pack([math.nan, math.inf, np.float32(math.nan), 1e300]) == [None, None, None, 1e300]


def test_shapes_arrive() -> None:
    for values in (np.zeros((0, 3)), np.zeros(()), np.arange(6, dtype=np.int16).reshape(2, 3).T):
        made = arrived(values)
        assert made.shape == values.shape
        assert np.array_equal(made, values)


def test_every_payload_is_made_by_keywords() -> None:
    """Two neighbours of one type could be swapped unseen. What a mechanism's own result brings is that result's."""
    positional = [
        f"{kind.__name__}.{each.name}"
        for kind in payloads()
        if kind.__module__.startswith("explorer.figures.")
        for each in fields(kind)
        if not each.kw_only and each.name in kind.__annotations__
    ]
    assert not positional
