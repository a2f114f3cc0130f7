"""Rollouts: the sampler's and the trainer's probabilities, the shared prompt, and what is drawn."""

from __future__ import annotations

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.stack.finetuning.rollouts import roll, scored, trainer
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

END = 0


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    config = DecoderConfig(n_layers=2, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=16, d_vocab=7, n_ctx=24)
    made = Decoder(config).initialise(torch.Generator().manual_seed(0))
    with torch.no_grad():
        made.embed.weight.mul_(6)
    return made.eval()


def drawn(tiny: Decoder, prompts: list[list[int]], group: int = 8, temperature: float = 1.0, seed: int = 0):
    generator = torch.Generator().manual_seed(seed)
    return roll(tiny, prompts, group=group, longest=6, end=END, temperature=temperature, generator=generator)


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_the_trainer_gives_what_the_sampler_gave(tiny: Decoder, temperature: float) -> None:
    made = drawn(tiny, [[3, 4, 5, 1], [6], [2, 2]], temperature=temperature)
    found = trainer(tiny, made)
    assert found.requires_grad
    torch.testing.assert_close(found.detach(), made.sampler, atol=1e-5, rtol=0)
    assert float(made.sampler[~made.mask].abs().sum()) == 0


def test_a_prompt_is_read_once_and_alone_gives_the_same(tiny: Decoder) -> None:
    made = drawn(tiny, [[3, 4, 5, 1], [6]])
    assert made.read == 5
    alone = trainer(tiny, drawn(tiny, [[6]]).of(torch.arange(8)))
    assert alone.shape[0] == 8
    # The same tokens after the unpadded prompt.
    padded = made.of(torch.arange(8, 16))
    for row in range(8):
        ids = padded.answer(row)
        logits = tiny(torch.tensor([[6, *ids]]))[0, :-1].log_softmax(-1)
        expected = logits.gather(1, torch.tensor(ids)[:, None])[:, 0]
        torch.testing.assert_close(padded.sampler[row][: len(ids)], expected.detach(), atol=1e-5, rtol=0)


def test_the_first_of_a_group_may_be_the_likeliest(tiny: Decoder) -> None:
    prompts, generator = [[3, 4, 5, 1], [6]], torch.Generator().manual_seed(0)
    made = roll(tiny, prompts, group=8, longest=6, end=END, generator=generator, greedy=True)
    likeliest = drawn(tiny, prompts, group=1, temperature=0.0)
    assert [made.answer(row) for row in (0, 8)] == likeliest.answers
    assert len({tuple(each) for each in made.answers}) > 2


def test_an_answer_ends_with_its_first_end(tiny: Decoder) -> None:
    made = drawn(tiny, [[3]], group=64)
    lengths = {len(each) for each in made.answers}
    assert len(lengths) > 1
    for each in made.answers:
        assert END not in each[:-1]
        assert len(each) == 6 or each[-1] == END


def test_frequencies_are_the_probabilities(tiny: Decoder) -> None:
    n = 20_000
    first = drawn(tiny, [[5, 1]], group=n).tokens[:, 0]
    p = tiny(torch.tensor([[5, 1]]))[0, -1].softmax(-1).detach()
    found = torch.bincount(first, minlength=7) / n
    assert float(((found - p).abs() / (p * (1 - p) / n).sqrt()).max()) < 5


def test_temperature_nought_takes_the_likeliest(tiny: Decoder) -> None:
    made = drawn(tiny, [[3, 1]], group=2, temperature=0.0)
    ids = [3, 1]
    for token in made.answer(0):
        assert token == int(tiny(torch.tensor([ids]))[0, -1].argmax())
        ids.append(token)
    assert made.answer(0) == made.answer(1)


def test_both_probabilities_stand_side_by_side(tiny: Decoder) -> None:
    made = drawn(tiny, [[3], [4]], group=2)
    found = scored(made, trainer(tiny, made), torch.tensor([1.0, 0.0, 1.0, 1.0]))
    assert found.equal == [1]
    assert found.sampler is made.sampler


@pytest.mark.parametrize("prompts", [[], [[]], [[1], []], [[1] * 19]])
def test_prompts_that_cannot_be_drawn_after(tiny: Decoder, prompts: list[list[int]]) -> None:
    with pytest.raises(BadRequestError):
        drawn(tiny, prompts)
