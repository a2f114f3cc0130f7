"""A wrong type and a wrong shape are seen in the first calls of a function, in each test."""

from __future__ import annotations

import pytest
import torch
from beartype import beartype
from jaxtyping import Float, TypeCheckError
from torch import Tensor

from tests import conftest, first_calls


def doubled(x: Float[Tensor, " n"], like: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    return 2 * x if like.sum() >= 0 else torch.cat([x, x])


CHECKED = first_calls.jaxtyped(doubled, typechecker=beartype)
ONE, TWO = torch.ones(1), torch.ones(2)


@pytest.mark.parametrize("turn", [0, 1])  # what one test has used up, the next has again
def test_the_first_calls_are_checked_in_every_test(turn: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_calls, "CALLS", 4)
    for wrong in (("x", ONE), (ONE, TWO), (ONE, -ONE)):
        with pytest.raises(TypeCheckError):
            CHECKED(*wrong)
    assert CHECKED(ONE, ONE) == 2
    assert CHECKED(ONE, TWO) == 2  # the next


def test_every_call_is_checked_where_that_is_asked(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_calls, "CALLS", 4)
    monkeypatch.setattr(request.config.option, "every_call", True)
    conftest.pytest_configure(request.config)
    for _ in range(20):
        assert CHECKED(ONE, ONE) == 2
    with pytest.raises(TypeCheckError):
        CHECKED(ONE, TWO)


def test_the_package_is_checked_so() -> None:
    from explorer.stack.transformer.norms import RMSNorm

    with pytest.raises(TypeCheckError):
        RMSNorm("no number")  # pyright: ignore[reportArgumentType]
