"""Passages moved, kept, cut: against plain runs, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.context import abstention
from explorer.stack.context.dropped_tokens import kept, surprisals
from explorer.stack.context.grounded import Parts
from explorer.stack.context.moved_passage import by_place, ordered
from explorer.stack.context.reused_passages import alone, joined
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

PARTS, ANSWER = Parts((1, 2), ((3, 4), (5,), (6, 7, 8)), (9, 10)), (11, 12)


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    config = DecoderConfig(
        n_layers=2,
        d_model=16,
        n_heads=4,
        n_kv_heads=2,
        d_head=4,
        d_mlp=32,
        d_vocab=20,
        n_ctx=64,
        rope=RopeConfig(d_head=4),
    )
    return Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()


def plainly(decoder: Decoder, ids: tuple[int, ...]) -> torch.Tensor:
    with torch.inference_mode():
        logp = decoder(torch.tensor((*ids, *ANSWER[:-1]))[None])[0, -len(ANSWER) :].log_softmax(-1)
    return logp.gather(-1, torch.tensor(ANSWER)[:, None])[:, 0]


@pytest.mark.parametrize("target", [0, 2])
def test_each_place_is_one_plain_pass(decoder: Decoder, target: int) -> None:
    found = by_place(decoder, PARTS, target, ANSWER)
    for place in range(3):
        right = plainly(decoder, ordered(PARTS, target, place).ids())
        torch.testing.assert_close(found[place], right, atol=1e-5, rtol=1e-5)


def test_one_kept_passage_at_the_start_is_exact(decoder: Decoder) -> None:
    """Nothing stands before it, so that neither its positions nor its sight change."""
    cache = joined(decoder, (), [alone(decoder, (3, 4, 5))], room=2)
    with torch.inference_mode():
        behind = decoder(torch.tensor([[9, 10]]), cache=cache)[0]
        right = decoder(torch.tensor([[3, 4, 5, 9, 10]]))[0, -2:]
    torch.testing.assert_close(behind, right, atol=1e-5, rtol=1e-5)


def test_passages_that_are_read_again_whole_are_exact(decoder: Decoder) -> None:
    held = [alone(decoder, ids) for ids in PARTS.passages]
    exact, kept_, unturned = (
        joined(decoder, PARTS.before, held, again, turn, room=3) for again, turn in ((9, True), (0, True), (0, False))
    )
    with torch.inference_mode():
        right = decoder(torch.tensor((*PARTS.ids(), 11))[None])[0, -3:]
        errors = [
            float((decoder(torch.tensor((*PARTS.after, 11))[None], cache=cache)[0] - right).abs().max())
            for cache in (exact, kept_, unturned)
        ]
    assert errors[0] < 1e-5
    assert errors[1] > 1e-4
    assert errors[2] > 1e-4


def test_surprisals_are_losses_and_choose(decoder: Decoder) -> None:
    found = surprisals(decoder, (1,), (2, 3, 4))
    with torch.inference_mode():
        logits = decoder(torch.tensor([[1, 2, 3]]))[0]
    torch.testing.assert_close(
        found, torch.nn.functional.cross_entropy(logits, torch.tensor([2, 3, 4]), reduction="none")
    )
    with pytest.raises(ValueError, match="behind"):
        surprisals(decoder, (), (1,))


@given(st.lists(st.floats(0, 20), max_size=30), st.floats(0, 1), st.integers(0, 3))
def test_the_kept_share_is_as_large_as_asked(values: list[float], share: float, seed: int) -> None:
    surprisal = torch.tensor(values)
    chosen = {way: kept(surprisal, share, way, seed) for way in ("surprising", "random", "expected")}
    count = len(chosen["random"])
    assert share * len(values) - 1e-6 <= count < share * len(values) + 1
    assert all(len(each) == count and each == sorted(set(each)) for each in chosen.values())
    if count:
        assert surprisal[chosen["surprising"]].sum() >= surprisal[chosen["random"]].sum() - 1e-3
        assert surprisal[chosen["expected"]].sum() <= surprisal[chosen["random"]].sum() + 1e-3


def test_a_threshold_splits_what_can_be_split() -> None:
    found = abstention.threshold(np.array([0.6, 0.7]), np.array([0.1, 0.5]))
    assert (found.value, found.answered, found.refused) == (0.6, 1.0, 1.0)
    with pytest.raises(ValueError, match="both kinds"):
        abstention.threshold(np.array([]), np.array([0.1]))
