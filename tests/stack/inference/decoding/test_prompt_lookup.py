import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.inference.decoding.drafts import GREEDY
from explorer.stack.inference.decoding.prompt_lookup import PromptLookup, look_up

texts = st.lists(st.integers(0, 4), min_size=1, max_size=30)


@settings(max_examples=60)
@given(ids=texts, gamma=st.integers(1, 6), max_ngram=st.integers(1, 4))
def test_the_first_match_is_transformers(ids: list[int], gamma: int, max_ngram: int) -> None:
    from transformers.generation.candidate_generator import PromptLookupCandidateGenerator

    theirs = PromptLookupCandidateGenerator(
        num_output_tokens=gamma, max_matching_ngram_size=max_ngram, max_length=1 << 20
    ).get_candidates(torch.LongTensor([ids]))[0][0, len(ids) :]
    ours = look_up(ids, gamma, max_ngram=max_ngram, latest=False)
    assert theirs.tolist() == list(ours.ids if ours else ())


@settings(max_examples=60)
@given(ids=texts, gamma=st.integers(1, 6), max_ngram=st.integers(1, 4), latest=st.booleans())
def test_a_match_is_the_longest_and_says_where_it_stood(
    ids: list[int], gamma: int, max_ngram: int, latest: bool
) -> None:
    match = look_up(ids, gamma, max_ngram=max_ngram, latest=latest)
    found = match.matched if match else 0
    if match:
        at = match.copied_from
        assert tuple(ids[at : at + gamma]) == match.ids
        assert ids[at - found : at] == ids[-found:]
        places = [i for i in range(found, len(ids)) if ids[i - found : i] == ids[-found:]]
        assert at == (max if latest else min)(places)
    for longer in range(found + 1, min(max_ngram, len(ids) - 1) + 1):
        assert not any(ids[i : i + longer] == ids[-longer:] for i in range(len(ids) - longer))


def test_a_shortest_length_is_kept() -> None:
    assert look_up([1, 2, 1], 3, min_ngram=2) is None
    assert look_up([1, 2, 1, 2], 3, min_ngram=2) is not None
    assert look_up([1, 2, 1], 0) is None


def test_the_draft_is_certain_of_what_it_copies() -> None:
    drafted = PromptLookup(5).propose([3, 4, 2, 3, 4], 2, GREEDY, torch.Generator())
    assert (drafted.ids, drafted.copied_from, drafted.matched) == ((2, 3), 2, 2)
    assert drafted.q.argmax(-1).tolist() == [2, 3]
    assert drafted.q.sum(-1).tolist() == [1.0, 1.0]
    assert PromptLookup(5).propose([3, 4], 2, GREEDY, torch.Generator()).q.shape == (0, 5)
