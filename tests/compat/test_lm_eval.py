"""lm-eval's scoring of ids, as `explorer.compat.lm_eval` asks for it."""

from __future__ import annotations

import inspect

from lm_eval.models.huggingface import HFLM

from explorer.compat.lm_eval import of_ids


class Harness:
    """What is asked of it."""

    def _loglikelihood_tokens(self, requests: list[object], disable_tqdm: bool) -> list[tuple[float, bool]]:
        assert disable_tqdm
        return [(-float(len(each[2])), False) for each in requests]  # pyright: ignore[reportIndexIssue]


def test_the_values_are_taken_without_what_was_greedy() -> None:
    asked = [(("a", "b"), [1], [2, 3]), (("a", "c"), [1], [4])]
    assert of_ids(Harness(), asked) == [-2.0, -1.0]  # pyright: ignore[reportArgumentType]


def test_it_still_takes_what_is_given() -> None:
    names = inspect.signature(getattr(HFLM, "_loglikelihood_tokens")).parameters  # noqa: B009
    assert list(names)[1] == "requests"
    assert "disable_tqdm" in names
