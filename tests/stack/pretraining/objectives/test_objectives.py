"""Six objectives: by hand, as properties, and against transformers' collator and losses and torch's mask."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import Transformer
from transformers import DataCollatorForLanguageModeling, LlamaConfig, LlamaForCausalLM

from explorer.stack.pretraining.objectives import causal, infilling, masked, multi_token, prefix, spans
from explorer.stack.pretraining.objectives.example import (
    IGNORED,
    NOWHERE,
    Example,
    causal_mask,
    full_mask,
    mean_loss,
    prefix_mask,
)
from explorer.stack.pretraining.span_corruption import lengths_for, noise_mask

MARKS = infilling.Marks(pre=90, suf=91, mid=92)
SIZES, SEEDS = st.integers(1, 60), st.integers(0, 10_000)


def text_of(n: int) -> torch.Tensor:
    return torch.arange(100, 100 + n)


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Tokenizer(SimpleNamespace):
    """What the collator asks of one."""

    def __len__(self) -> int:
        return 1000

    def convert_tokens_to_ids(self, token: str) -> int:
        assert token == "[MASK]"
        return 99


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_masked_as_transformers_collator(seed: int) -> None:
    """The same draws from the same seed: inputs and labels equal, special tokens left alone."""
    text, special = torch.randint(100, 1000, (400,), generator=drawn(seed)), torch.arange(400) % 50 == 0
    collator = DataCollatorForLanguageModeling(
        Tokenizer(mask_token="[MASK]"),
        mlm_probability=0.15,
        seed=seed,  # pyright: ignore[reportArgumentType]
    )
    collator.generator = drawn(seed)
    inputs, labels = collator.torch_mask_tokens(text[None].clone(), special_tokens_mask=special[None])
    made = masked.masked(text, 99, 1000, 0.15, drawn(seed), special)
    assert torch.equal(made.inputs, inputs[0])
    assert torch.equal(made.targets, labels)
    assert not made.counted[0, special].any()


def test_masked_rates_lie_within_five_standard_errors() -> None:
    n, generator = 200_000, drawn(1)
    text = torch.randint(100, 50_000, (n,), generator=drawn(0))
    made = [masked.masked(part, 99, 50_000, 0.15, generator) for part in text.split(500)]
    inputs, chosen = torch.cat([each.inputs for each in made]), torch.cat([each.counted[0] for each in made])
    hidden, same = chosen & (inputs == 99), chosen & (inputs == text)
    count = int(chosen.sum())
    for found, of, rate in (
        (count, n, 0.15),
        (int(hidden.sum()), count, 0.8),
        (int(same.sum()), count, 0.1),
        (count - int(hidden.sum()) - int(same.sum()), count, 0.1),
    ):
        assert abs(found / of - rate) < 5 * (rate * (1 - rate) / of) ** 0.5 + 1e-4
    assert torch.equal(inputs[~chosen], text[~chosen])


@given(SIZES, SEEDS, st.sampled_from([0.05, 0.15, 0.5, 1.0]))
@settings(deadline=None)
def test_masked_text_again(n: int, seed: int, rate: float) -> None:
    text = text_of(n)
    assert torch.equal(masked.unmasked(masked.masked(text, 99, 1000, rate, drawn(seed))), text)


def test_infilling_by_hand() -> None:
    text, cut = torch.tensor([1, 2, 3, 4, 5]), infilling.Cut(1, 3)
    assert infilling.infill(text, cut, MARKS).inputs.tolist() == [90, 1, 91, 4, 5, 92, 2, 3]
    assert infilling.infill(text, cut, MARKS, "spm").inputs.tolist() == [90, 91, 4, 5, 92, 1, 2, 3]
    assert infilling.infill(text, cut, MARKS).wanted.tolist() == [[0, -1, 3, 4, -1, 1, 2, -1]]


@given(SIZES, SEEDS, st.sampled_from(["psm", "spm"]))
@settings(deadline=None)
def test_infilling_text_again(n: int, seed: int, order: infilling.Order) -> None:
    """Whatever the cut, the marks alone say how the text was; every token of it is predicted once."""
    text, cut = text_of(n), infilling.drawn_cut(n, drawn(seed))
    made = infilling.infill(text, cut, MARKS, order)
    assert torch.equal(infilling.put_together(made.inputs, MARKS), text)
    assert made.predicted == n
    assert len(made.inputs) == n + 3
    assert made.inputs[len(made.inputs) - (cut.end - cut.begin) :].tolist() == text[cut.begin : cut.end].tolist()
    order_read = infilling.middle_last(n, cut)
    psm = infilling.infill(text, cut, MARKS).places
    assert torch.equal(psm[psm != NOWHERE], order_read)


@pytest.mark.parametrize(("begin", "end"), [(0, 0), (0, 6), (2, 4), (3, 3), (5, 6)])
def test_infilling_as_bigcode_deals_it(begin: int, end: int) -> None:
    """The order of `permute` in bigcode's Megatron-LM, which trained StarCoder."""
    text = text_of(6)
    prefix_, middle, suffix = np.split(text.numpy(), [begin, end])
    dealt = {"psm": ([90], prefix_, [91], suffix, [92], middle), "spm": ([90, 91], suffix, [92], prefix_, middle)}
    for order in ("psm", "spm"):
        made = infilling.infill(text, infilling.Cut(begin, end), MARKS, order)
        assert made.inputs.tolist() == np.concatenate(dealt[order]).astype(int).tolist()


def test_cuts_are_drawn_evenly() -> None:
    """Each gap is as likely as another: of (n + 1)² pairs the middle is empty in n + 1."""
    n, count, generator = 4, 20_000, drawn(0)
    cuts = [infilling.drawn_cut(n, generator) for _ in range(count)]
    empty = sum(each.begin == each.end for each in cuts) / count
    assert abs(empty - 1 / (n + 1)) < 5 * (0.2 * 0.8 / count) ** 0.5
    assert {each.begin for each in cuts} == {each.end for each in cuts} == set(range(n + 1))


def test_spans_have_t5s_sizes() -> None:
    sizes = lengths_for(512)
    sentinels = tuple(range(2000, 2000 + sizes.spans))
    made = spans.spans(text_of(568), noise_mask(568, generator=drawn(0)), sentinels, 0, 1)
    counted = made.counted[0]
    assert (int((~counted).sum()), int(counted.sum())) == (512, 114)
    assert made.predicted == sizes.noise == 85


@given(st.integers(2, 60), SEEDS, st.sampled_from([0.05, 0.15, 0.5]), st.sampled_from([1, 3, 10]))
@settings(deadline=None)
def test_spans_text_again(n: int, seed: int, rate: float, mean: int) -> None:
    text, sentinels = text_of(n), tuple(range(500, 600))
    made = spans.spans(text, noise_mask(n, rate, mean, drawn(seed)), sentinels, 0, 1)
    assert torch.equal(spans.put_together(made, sentinels), text)
    # Decoder positions read the token that the one before them had to say.
    begin = int((~made.counted[0]).sum())
    assert torch.equal(made.inputs[begin + 1 :], made.targets[0, begin:-1])


def test_masks_are_those_of_torch() -> None:
    ahead = Transformer.generate_square_subsequent_mask(7)
    assert torch.equal(causal_mask(7), ahead == 0)
    assert full_mask(7).all()
    assert torch.equal(prefix_mask(7, 1), causal_mask(7))
    assert torch.equal(prefix_mask(7, 7), full_mask(7))
    made = prefix.prefix_lm(text_of(5), 2).attends
    assert made.int().tolist() == [[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]


@given(SIZES, st.integers(1, 8))
@settings(deadline=None)
def test_each_head_says_the_token_so_far_ahead(n: int, heads: int) -> None:
    text = text_of(n)
    made = multi_token.multi_token(text, heads)
    for head in range(heads):
        for at in range(n):
            further = at + head + 1
            assert made.targets[head, at] == (text[further] if further < n else IGNORED)
    assert torch.equal(made.targets[:1], causal.causal(text).targets)


@given(SIZES, SEEDS)
@settings(deadline=None)
def test_targets_are_the_tokens_of_their_places(n: int, seed: int) -> None:
    text = text_of(n)
    made: list[Example] = [
        causal.causal(text),
        masked.masked(text, 99, 1000, 0.5, drawn(seed)),
        prefix.prefix_lm(text, prefix.drawn_prefix(n, drawn(seed))),
        infilling.infill(text, infilling.drawn_cut(n, drawn(seed)), MARKS),
        multi_token.multi_token(text, 3),
    ]
    for each in made:
        said = each.wanted != NOWHERE
        assert torch.equal(each.targets[said], text[each.wanted[said]])
        assert each.attends.shape == (len(each.inputs), len(each.inputs))


@pytest.fixture(scope="module")
def llama() -> LlamaForCausalLM:
    torch.manual_seed(0)
    sizes = LlamaConfig(
        vocab_size=128, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2,
    )  # fmt: skip
    return LlamaForCausalLM(sizes).eval()


@torch.inference_mode()
def test_losses_as_transformers_shifts_them(llama: LlamaForCausalLM) -> None:
    """Labels go in unshifted and are shifted inside. Shifted before, they ask for the token after the next."""
    text = torch.randint(0, 90, (30,), generator=drawn(0))
    logits = llama(text[None]).logits[0]

    def theirs(ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return llama(ids[None], labels=labels[None]).loss

    torch.testing.assert_close(mean_loss(logits, causal.causal(text).targets), theirs(text, text))
    behind = text.where(torch.arange(30) >= 12, IGNORED)
    torch.testing.assert_close(mean_loss(logits, prefix.prefix_lm(text, 12).targets), theirs(text, behind))
    moved = infilling.infill(text, infilling.Cut(8, 20), MARKS)
    again = llama(moved.inputs[None]).logits[0]
    torch.testing.assert_close(mean_loss(again, moved.targets), theirs(moved.inputs, moved.inputs))
    twice = mean_loss(logits, causal.shifted_twice(text)[None])
    torch.testing.assert_close(twice, theirs(text, causal.causal(text).targets[0]))
    assert abs(twice - theirs(text, text)) > 1e-3


def test_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="no prefix of 3"):
        prefix.prefix_lm(text_of(2), 3)
    with pytest.raises(ValueError, match="one head at least"):
        multi_token.multi_token(text_of(2), 0)
    assert causal.causal(text_of(1)).share == 0
    assert torch.isnan(mean_loss(torch.zeros(1, 200), causal.causal(text_of(1)).targets))
