"""Numbers that a method trains, by formula: those of the modules, of peft and of transformers."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.finetuning import methods, trainable
from explorer.stack.finetuning.counts import trained_numbers
from explorer.stack.finetuning.virtual_tokens import Prefix, Prompt
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from tests.stack.finetuning.against_peft import decoder_of, llama, peft_of


@settings(deadline=None, max_examples=15)
@given(
    st.tuples(*[st.integers(1, 3)] * 3), st.integers(1, 4), st.integers(4, 20), st.booleans(), st.booleans(),
    st.integers(1, 5),
)  # fmt: skip
def test_the_formula_counts_what_there_is(
    sizes: tuple[int, int, int], half: int, d_mlp: int, gated: bool, tied: bool, n: int
) -> None:
    layers, kv, group = sizes
    config = DecoderConfig(
        n_layers=layers, d_model=16, n_heads=kv * group, n_kv_heads=kv, d_head=2 * half, d_mlp=d_mlp, d_vocab=40,
        n_ctx=8, gated=gated, tied=tied,
    )  # fmt: skip
    with torch.device("meta"):
        decoder = Decoder(config)
    roles = tuple(trainable.matrices(config))
    made = (
        (trainable.low_rank(config, roles, n), methods.lora(decoder, roles, n)),
        (trainable.bottleneck(config, n), methods.bottleneck(decoder, n)),
        (trainable.ia3(config), methods.ia3(decoder)),
        (trainable.bitfit(config), methods.bitfit(decoder)),
    )
    assert all(trained_numbers(each) == count for count, each in made)
    assert (trainable.prefix(config, n), trainable.prompt(config, n)) == (
        n * Prefix.width(decoder), n * Prompt.width(decoder),
    )  # fmt: skip
    assert trainable.full(config) == sum(each.numel() for each in {id(p): p for p in decoder.parameters()}.values())


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
def test_the_formula_counts_what_peft_trains() -> None:
    peft = pytest.importorskip("peft")
    hf = llama()
    config = decoder_of(hf).config
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    virtual = {"task_type": "CAUSAL_LM", "num_virtual_tokens": 5}
    roles = tuple(trainable.matrices(config))
    cases = {
        trainable.low_rank(config, roles, 3): peft.LoraConfig(r=3, target_modules=targets),
        trainable.dora(config, roles, 3): peft.LoraConfig(r=3, target_modules=targets, use_dora=True),
        trainable.ia3(config): peft.IA3Config(
            target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"]
        ),
        trainable.prefix(config, 5): peft.PrefixTuningConfig(**virtual),
        trainable.prompt(config, 5): peft.PromptTuningConfig(**virtual),
    }
    assert {count: peft_of(hf, each).get_nb_trainable_parameters()[0] for count, each in cases.items()} == {
        count: count for count in cases
    }
    assert trainable.full(config) == sum(each.numel() for each in hf.parameters())


@pytest.mark.parametrize("changes", [{"norm": "layer"}, {"attention_bias": True}, {"qk_norm": True}, {"n_experts": 4}])
def test_what_the_formula_is_not_of_is_refused(changes: dict[str, object]) -> None:
    config = DecoderConfig(n_layers=1, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=8)
    object.__setattr__(config, *next(iter(changes.items())))
    with pytest.raises(ValueError, match="dense model with two RMSNorms"):
        trainable.full(config)
