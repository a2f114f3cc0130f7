"""SFT: templates, masks, the two ways that go wrong, packing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.conversations import (
    Example,
    Rows,
    example,
    joint,
    learnt,
    packed,
    padded,
    sliced,
    told,
    whole_rows,
)
from explorer.stack.finetuning.counts import gradient_bytes, kept, state_bytes, trained_numbers
from explorer.stack.finetuning.neftune import noise
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.finetuning.virtual_tokens import Prefix, Prompt
from explorer.stack.tokenization.chat_template import turn
from explorer.stack.tokenization.tokenizer import Tokenizer
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import tokenizers
from tests.stack.finetuning.against_peft import llama
from tests.stack.finetuning.test_adapters import shaken, small

#: SmolLM2's, without its default system turn.
CHATML = (
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TURNS = [
    turn("system", "Be brief."), turn("user", "What ís 2 + 3?"), turn("assistant", "Fünf."),
    turn("user", "And 4?"), turn("assistant", "Nine."),
]  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return tokenizers.load("smollm2")


def test_the_answers_and_the_marks_that_end_them_are_learnt(tokenizer: Tokenizer) -> None:
    made = example(tokenizer, told(CHATML, TURNS))
    said = [tokenizer.bytes_of(each).decode(errors="replace") for each in made.ids]
    answers = "".join(each for each, yes in zip(said, made.learnt, strict=True) if yes)
    assert answers == "Fünf.<|im_end|>\nNine.<|im_end|>\n"
    assert tokenizer.decode(made.ids) == told(CHATML, TURNS).text


def test_the_slice_of_the_reference_loses_the_first_token_of_the_answer(tokenizer: Tokenizer) -> None:
    made = example(tokenizer, told(CHATML, TURNS[:3]))
    ours = {at for at, yes in enumerate(made.learnt) if yes}
    lost = ours - set(sliced(min(ours), len(made.ids)))
    assert lost == {min(ours)}
    assert tokenizer.bytes_of(made.ids[min(lost)]).decode() == "F"


def test_apart_and_together_differ_where_letters_merge_over_the_border(tokenizer: Tokenizer) -> None:
    def encode(text: str) -> list[int]:
        return tokenizer.encode(text).ids.tolist()

    assert joint(encode, "What is 2 + 3?\n", "It is five.").differs is None
    found = joint(encode, "The answer is ", "five.")  # the space belongs to the answer's token
    assert found.differs == 3
    assert len(found.together) < len(found.apart)
    prompt = len(encode("The answer is "))
    places = tokenizer.encode("The answer is five.")
    by_place = learnt(list(zip(places.starts.tolist(), places.ends.tolist(), strict=True)), [(14, 19)])
    by_length = tuple(at >= prompt for at in range(len(by_place)))
    assert by_place == (False, False, False, True, True)  # " five" is learnt though its space is the prompt's
    assert by_length == (False, False, False, False, True)


def test_a_mark_in_a_turn_and_a_template_without_places_are_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(BadRequestError, match="ends or begins turns"):
        example(tokenizer, told(CHATML, [turn("user", "a<|im_end|>b"), turn("assistant", "c")]))
    other = "{% for m in messages %}{{ m.content }};{% endfor %}{% if add_generation_prompt %}answer:{% endif %}"
    with pytest.raises(BadRequestError, match="otherwise than it asks"):
        told(other, [turn("user", "a"), turn("assistant", "c")])


@given(st.lists(st.integers(1, 12), min_size=1, max_size=12), st.integers(4, 10))
def test_packing_keeps_every_conversation_whole(lengths: list[int], length: int) -> None:
    cut = [min(each, length) for each in lengths]
    rows = whole_rows(cut, length)
    assert sorted(each for row in rows for each in row) == list(range(len(lengths)))
    assert all(sum(cut[each] for each in row) <= length for row in rows)
    made = packed([Example(tuple(range(1, n + 1)), (True,) * n) for n in lengths], length)
    assert int((made.ids > 0).sum()) == sum(cut)
    assert made.tokens == sum(cut) - len(lengths)  # the first of each has nothing of its own before it


def examples() -> list[Example]:
    generator = torch.Generator().manual_seed(7)
    return [
        Example(tuple(torch.randint(1, 50, (n,), generator=generator).tolist()), tuple(at >= n // 2 for at in range(n)))
        for n in (9, 5, 7, 4)
    ]


@pytest.mark.parametrize("kind", ["lora", "prefix", "prompt", "full"])
def test_packed_apart_costs_what_padded_costs_and_packed_together_does_not(kind: str) -> None:
    decoder = small()
    losses, grads = [], []
    for rows in (padded(examples()), packed(examples(), 16), packed(examples(), 16, apart=False)):
        generator = torch.Generator().manual_seed(1)
        made = {
            "lora": lambda g: shaken(methods.lora(decoder, r=2, generator=g)),
            "prefix": lambda g: Prefix.fresh(decoder, 3, g),
            "prompt": lambda g: Prompt.fresh(decoder, 3, g),
            "full": lambda _: None,
        }[kind](generator)
        tuned = Tuned(decoder, made)
        loss = tuned.loss(rows).parts["lm"]
        loss.backward()
        losses.append(float(loss.detach()))
        grads.append(torch.cat([each.grad.flatten() for each in tuned.parameters() if each.grad is not None]))
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    assert torch.allclose(grads[1], grads[0], atol=1e-4 * float(grads[0].abs().max()))
    assert abs(losses[2] - losses[0]) > 1e-3
    assert not torch.allclose(grads[2], grads[0], atol=1e-3 * float(grads[0].abs().max()))


def test_the_loss_is_by_tokens_and_by_hand() -> None:
    decoder, rows = small(), padded(examples())
    tuned = Tuned(decoder, methods.lora(decoder, r=2))
    logp = torch.log_softmax(decoder(rows.ids), -1)
    each = [
        -float(logp[row, at - 1, rows.ids[row, at]])
        for row, at in rows.learnt.nonzero().tolist()
    ]  # fmt: skip
    assert float(tuned.loss(rows).parts["lm"].detach()) == pytest.approx(sum(each) / len(each), rel=1e-5)
    assert rows.tokens == len(each)
    with pytest.raises(BadRequestError, match="Nothing of this batch"):
        tuned.loss(padded([Example((1, 2, 3), (False,) * 3)]))


def test_only_the_adapter_is_trained_and_stored_and_counted() -> None:
    decoder, rows = small(), padded(examples())
    adapter = methods.lora(decoder, r=2)
    tuned = Tuned(decoder, adapter)
    assert sum(each.numel() for each in tuned.state_dict().values()) == trained_numbers(adapter)
    optimiser = torch.optim.AdamW(tuned.parameters(), lr=1e-2)
    tuned.loss(rows).parts["lm"].backward()
    optimiser.step()
    numbers = trained_numbers(tuned)
    assert (state_bytes(optimiser), gradient_bytes(tuned.parameters())) == (8 * numbers, 4 * numbers)
    assert all(each.grad is None for each in decoder.parameters())
    whole = Tuned(decoder)
    assert trained_numbers(whole) == sum(each.numel() for each in {id(p): p for p in decoder.parameters()}.values())
    few, all_of = (
        kept(lambda m=m: m.loss(rows).parts["lm"], [*decoder.parameters(), *m.parameters()]) for m in (tuned, whole)
    )
    assert 0 < few < all_of


def test_a_tied_table_stays_one_where_all_is_trained() -> None:
    hf = llama()
    whole = Tuned(Decoder.from_pretrained(hf.config, hf.state_dict()))  # two parameters on one storage
    assert trained_numbers(whole) == sum(each.numel() for each in hf.parameters())
    ids = torch.arange(12)[None]
    whole.loss(Rows(ids, torch.ones_like(ids, dtype=torch.bool))).parts["lm"].backward()
    hf(input_ids=ids, labels=ids).loss.backward()
    ours, theirs = whole.decoder.embed.weight.grad, hf.get_input_embeddings().weight.grad
    assert ours is not None
    assert float((ours - theirs).abs().max() / theirs.abs().max()) < 1e-4


def test_noise_is_that_of_transformers() -> None:
    from transformers.integrations.neftune import neftune_post_forward_hook

    embed: Any = torch.nn.Embedding(50, 16).train()
    embed.neftune_noise_alpha = 5.0
    embed.register_forward_hook(neftune_post_forward_hook)
    ids = torch.arange(12).view(2, 6)
    torch.manual_seed(4)
    theirs = embed(ids) - embed.weight[ids]
    ours = noise(embed.weight[ids], 5.0, torch.Generator().manual_seed(4))
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_noise_is_there_in_training_alone() -> None:
    decoder, rows = small(), padded(examples())
    made = [
        Tuned(decoder, methods.lora(decoder, r=2), noise=alpha, generator=torch.Generator().manual_seed(1))
        for alpha in (0.0, 5.0)
    ]
    plain, noisy = (float(each.loss(rows).parts["lm"].detach()) for each in made)
    assert abs(plain - noisy) > 1e-4
    with torch.no_grad():
        assert torch.equal(made[0](rows.ids), made[1](rows.ids))
