"""Tasks as a real tokenizer has them: equal lengths, answers of one token, what differs decides."""

from __future__ import annotations

from itertools import islice

import pytest
from transformers import AutoTokenizer

from explorer.corpora.prompt_pairs import TASKS, PromptPair, Task, fit, fitted
from explorer.zoo.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(AutoTokenizer.from_pretrained("models/six-kinds-dense", local_files_only=True))


def words(text: str) -> list[int]:
    """A tokenizer of whole words, and of digits."""
    spaced = "".join(f" {each} " if each.isdigit() else each for each in text)
    return [sum(ord(c) * 31**at for at, c in enumerate(each)) for each in spaced.split()]


@pytest.mark.parametrize("task", TASKS)
def test_pairs_fit(task: Task) -> None:
    found = list(islice(fitted(task, words, 3), 4))
    assert len(found) == 4
    for each in found:
        pair = each.pair
        assert len(words(pair.clean)) == len(words(pair.corrupt))
        assert pair.clean != pair.corrupt
        for text, token in zip((*pair.answers, *pair.rivals), (*each.answers, *each.rivals), strict=True):
            assert words(pair.clean + text) == [*words(pair.clean), token]
        assert not set(each.answers) & set(each.rivals)
    assert next(fitted(task, words, 3)) == found[0]


def test_both_orders_of_names() -> None:
    orders: tuple[tuple[Task, int], ...] = (("ioi", 1), ("ioi_baba", 3))
    for task, place in orders:
        pair = next(fitted(task, words, 5)).pair
        spoken = pair.clean.replace(",", "").split()
        assert pair.answers == (f" {spoken[place]}",)
        assert spoken.count(spoken[place]) == 1
        assert pair.rivals[0].strip() in spoken[spoken.index("and") + 2 :]


def test_later_years_are_told_from_earlier_ones() -> None:
    pair = next(fitted("greater", words, 0)).pair
    assert (pair.answers, pair.rivals) == (("5", "6", "7", "8", "9"), ("0", "1", "2", "3"))


def test_a_tokenizer_without_names_has_no_pair(vocabulary: Vocabulary) -> None:
    assert next(fitted("ioi", vocabulary.encode, 0), None) is None
    assert next(fitted("agreement", vocabulary.encode, 0), None) is not None


def test_lengths_and_answers_are_checked() -> None:
    pair = PromptPair("facts", "a b", "a c", (" d",), (" e",))
    assert fit(pair, words) is not None
    assert fit(PromptPair("facts", "a b", "a b c", (" d",), (" e",)), words) is None
    assert fit(PromptPair("facts", "a b", "a c", (" d e",), (" e",)), words) is None
    assert fit(PromptPair("facts", "a b", "a c", (" d",), (" d",)), words) is None
