"""Answers of heavy views: made once, and bounded by their bytes."""

from __future__ import annotations

import numpy as np
import torch

from explorer.panels.protocol import Rendered
from explorer.shell.answers import Answers, weight


def test_made_once_and_bounded_by_bytes() -> None:
    made: list[int] = []

    def make(n: int) -> Rendered:
        made.append(n)
        return Rendered({"a": np.zeros(100_000)})

    answers = Answers(max_bytes=2_000_000)
    for n in (0, 1, 0, 2, 0, 3, 4):
        answers.get(n, lambda n=n: make(n))
    assert made == [0, 1, 2, 3, 4]  # 0 was asked for again and again, and stayed
    assert len(answers) == 2
    assert answers.nbytes <= 2_000_000
    assert answers.get("large", lambda: Rendered({"a": np.zeros(1_000_000)})).data["a"].size == 1_000_000
    assert (len(answers), answers.nbytes) == (0, 0)


def test_bounded_by_number() -> None:
    answers = Answers(most=3)
    for n in range(10):
        answers.get(n, lambda: Rendered({}))
    assert len(answers) == 3


def test_weight_counts_what_is_nested() -> None:
    assert weight({"rows": [[np.zeros(1000), torch.zeros(1000)], "x" * 1000]}) > 8000 + 4000 + 1000
