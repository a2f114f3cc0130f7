"""Tensor parallelism on ranks that are threads: losses, gradients, bytes, and the mistake of a missing f."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import Tensor

from explorer.stack.parallelism.group import Group, Record
from explorer.stack.parallelism.slices import cut, fitting, joined, refusal, slices_of
from explorer.stack.parallelism.tensor import Split, block_bytes
from explorer.stack.parallelism.thread_group import in_threads
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from tests.stack.parallelism.tiny import apart, batch, by_unit, fresh
from tests.tiers import spread

DENSE = DecoderConfig(2, 16, 12, 6, 4, 24, 37, 16)  # 37 tokens: no number of ranks divides them
CASES = {
    "dense": DENSE,
    "untied, biases, learned positions": DecoderConfig(
        2, 16, 12, 12, 4, 24, 37, 16, tied=False, positions="learned", norm="layer", gated=False,
        attention_bias=True, mlp_bias=True,
    ),
    "QK-norm, sandwich, caps": replace(DENSE, qk_norm=True, placement="sandwich", score_cap=5.0, logit_cap=3.0),
    "mixture, shared expert": replace(DENSE, d_mlp=12, n_experts=4, k=2, n_shared=1),
    "ALiBi, one key-value head": replace(DENSE, n_kv_heads=1, positions="alibi", rope=None),
}  # fmt: skip


def ran(
    config: DecoderConfig, ranks: int, sequence: bool = False, without_f: bool = False
) -> tuple[list[float], dict[str, Tensor], tuple[Record, ...]]:
    """Each rank's loss; all gradients put together; what rank 0 recorded."""
    whole = decoder(config)

    def one(group: Group) -> tuple[float, dict[str, Tensor], tuple[Record, ...]]:
        made = Split.of(whole, group, sequence, without_f)
        loss = made.loss(batch())
        loss.backward()
        made.sum_partial()
        gradients = {name: each.grad for name, each in made.decoder.named_parameters() if each.grad is not None}
        return float(loss.detach()), gradients, tuple(group.records)

    made = in_threads(ranks, one)
    like: dict[str, Tensor] = dict(whole.named_parameters())
    return [each[0] for each in made], joined([each[1] for each in made], config, like), made[0][2]


def decoder(config: DecoderConfig) -> Decoder:
    """Biases and norms are not as they begin, so that each counts."""
    made, generator = fresh(config), torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, each in made.named_parameters():
            if each.dim() == 1:
                each += 0.1 * torch.randn(each.shape, generator=generator)
            elif name.endswith("router"):
                each *= 50
    return made


def alone(config: DecoderConfig) -> tuple[float, dict[str, Tensor]]:
    whole = decoder(config)
    loss = whole.loss(batch()).total({})
    loss.backward()
    return float(loss.detach()), {name: each.grad for name, each in whole.named_parameters() if each.grad is not None}


@pytest.mark.parametrize(("case", "ranks", "sequence"), spread(product(CASES, (2, 3, 4), (False, True)), 8))
def test_a_split_decoder_is_one_process(case: str, ranks: int, sequence: bool) -> None:
    config = CASES[case]
    if refusal(config, ranks):
        assert (config.n_kv_heads, ranks) == (6, 4)
        config = replace(config, n_kv_heads=2)  # each lies on two of four ranks
    loss, gradients = alone(config)
    losses, found, records = ran(config, ranks, sequence)
    assert losses == pytest.approx([loss] * ranks, rel=1e-6)
    assert apart(by_unit(found), by_unit(gradients)) < 1e-6
    stream = batch()[:, :-1].numel() * config.d_model * 4
    block = [each for each in records if each.what.startswith("blocks.1")]
    assert len(block) == (8 if sequence else 4)
    assert sum(each.formula for each in block) == pytest.approx(block_bytes(stream, ranks))
    assert {each.name for each in block} == ({"reduce-scatter", "all-gather"} if sequence else {"all-reduce"})


def test_without_f_the_loss_is_right_and_gradients_are_not() -> None:
    config = replace(DENSE, tied=False)
    loss, gradients = alone(config)
    losses, found, _ = ran(config, 2, without_f=True)
    assert losses == pytest.approx([loss] * 2, rel=1e-6)
    error = {name: float((found[name] - each).norm() / each.norm()) for name, each in gradients.items()}
    assert {name for name, each in error.items() if each < 1e-6} == {"unembed.weight"}
    assert min(each for name, each in error.items() if name != "unembed.weight") > 0.05


def test_what_does_not_divide_is_refused_by_name() -> None:
    config = DecoderConfig(1, 16, 9, 3, 4, 24, 37, 16)
    assert refusal(config, 2) == (
        "2 ranks cannot share its 9 query heads and its 3 key-value heads evenly. 1 or 3 would fit."
    )
    assert fitting(config, 9) == (1, 3)
    with pytest.raises(ValueError, match="5 ranks cannot share its 9 query heads"):
        slices_of(config, 0, 5)
    with pytest.raises(ValueError, match="9 positions cannot be shared evenly by 2 ranks"):
        in_threads(2, lambda group: Split.of(fresh(DENSE), group, sequence=True).loss(batch()[:, :10]))


def test_every_weight_lies_somewhere() -> None:
    for config in CASES.values():
        weights = {name: each.detach() for name, each in fresh(config).named_parameters()}
        for ranks in fitting(config, 4):
            parts = [cut(weights, config, rank, ranks) for rank in range(ranks)]
            back = joined(parts, config, weights)
            assert all(torch.equal(back[name], each) for name, each in weights.items())
