"""Every method of peft's that the explorer has: the same outputs and gradients on the same weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.stack.finetuning import methods
from explorer.stack.finetuning.adapter import Adapter, adapted, merged
from explorer.stack.finetuning.lora import PLUS, LoRA
from explorer.stack.finetuning.task_vectors import added, concatenated
from explorer.stack.finetuning.virtual_tokens import Prefix, Prompt, VirtualTokens
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Settings, one_step, optimiser_for
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses
from explorer.stack.transformer.weights import LLAMA
from tests.stack.finetuning.against_peft import IDS, apart, copied, decoder_of, far, gradients, llama, peft_of, weighed

peft = pytest.importorskip("peft")
#: peft asks transformers for a name that the latter will drop.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
Made = Callable[[Decoder], Adapter]
GENERATOR = torch.Generator().manual_seed(3)
QV = ["q_proj", "v_proj"]
ALL = [LLAMA[f"{'attn' if role in methods.ATTENTION else 'mlp'}.{role}"].split(".")[1] for role in methods.LINEAR]
LORAS: dict[str, tuple[Made, dict[str, Any]]] = {
    "LoRA": (lambda d: methods.lora(d, r=3, alpha=12, generator=GENERATOR), {"target_modules": QV}),
    "LoRA, all": (lambda d: methods.lora(d, methods.LINEAR, 3, 12, generator=GENERATOR), {"target_modules": ALL}),
    "rsLoRA": (
        lambda d: methods.lora(d, r=3, alpha=12, stabilised=True, generator=GENERATOR),
        {"target_modules": QV, "use_rslora": True},
    ),
    "DoRA": (
        lambda d: methods.dora(d, methods.LINEAR, 3, 12, generator=GENERATOR),
        {"target_modules": ALL, "use_dora": True},
    ),
    "PiSSA": (lambda d: methods.pissa(d, r=3, alpha=12), {"target_modules": QV, "init_lora_weights": "pissa"}),
}


def both(decoder: Decoder, adapter: Adapter, model: Any, limit: float = 2e-5) -> None:
    """Outputs, gradients, what is merged."""
    ours, other = adapted(decoder, (adapter, 1.0))(IDS), model(IDS).logits
    assert far(ours.detach(), decoder(IDS)) > 0.05
    assert far(ours.detach(), other.detach()) < limit
    gradients(ours)
    gradients(other)
    assert max(apart(adapter, model).values()) < 1e-4
    theirs = model.merge_and_unload()
    whole = merged(decoder, (adapter, 1.0))
    for name in adapter.names:
        _, layer, rest = name.split(".", 2)
        weight = theirs.get_parameter(f"model.layers.{layer}.{LLAMA[rest]}.weight")
        assert far(whole.get_parameter(f"{name}.weight"), weight) < limit
    assert far(whole(IDS), ours.detach()) < limit


@pytest.mark.parametrize("method", LORAS)
def test_pairs_of_narrow_matrices(method: str) -> None:
    hf = llama()
    decoder = decoder_of(hf)
    made, settings = LORAS[method]
    adapter, model = made(decoder), peft_of(hf, peft.LoraConfig(r=3, lora_alpha=12, **settings))
    assert far(adapted(decoder, (adapter, 1.0))(IDS).detach(), decoder(IDS)) < 1e-5  # nothing changes at first
    assert far(model(IDS).logits.detach(), decoder(IDS)) < 1e-5
    trained = sum(p.numel() for p in adapter.parameters())
    assert trained == sum(p.numel() for p in model.parameters() if p.requires_grad)
    copied(adapter, model)
    both(decoder, adapter, model)


def test_pissa_begins_with_the_same_pair() -> None:
    hf = llama()
    decoder, model = decoder_of(hf), peft_of(hf, peft.LoraConfig(r=3, init_lora_weights="pissa", target_modules=QV))
    ours = methods.pissa(decoder, r=3)["blocks.0.attn.W_Q"]
    assert isinstance(ours, LoRA)
    theirs = model.base_model.model.model.layers[0].self_attn.q_proj
    pair = theirs.lora_B["default"].weight @ theirs.lora_A["default"].weight
    assert far((ours.B @ ours.A).detach(), pair.detach()) < 1e-5  # each by itself but for a sign


def test_factors() -> None:
    hf = llama(attention_bias=True)
    with torch.no_grad():
        for name, parameter in hf.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(generator=GENERATOR)
    decoder = decoder_of(hf)
    adapter = methods.ia3(decoder)
    model = peft_of(
        hf, peft.IA3Config(target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"])
    )
    copied(adapter, model)
    both(decoder, adapter, model)


def test_a_gaussian_start_and_the_bound_of_the_other() -> None:
    decoder = decoder_of(llama(hidden_size=240))
    change = methods.lora(decoder, r=60, start="gaussian", generator=GENERATOR)["blocks.0.attn.W_Q"]
    assert isinstance(change, LoRA)
    assert float(change.A.detach().std()) == pytest.approx(1 / 60, rel=0.03)
    usual = LoRA.fresh(240, 60, 60, generator=GENERATOR).A.detach()
    assert float(usual.abs().max()) == pytest.approx(240**-0.5, rel=0.001)
    assert float(usual.std()) == pytest.approx((3 * 240) ** -0.5, rel=0.02)
    model = peft_of(llama(hidden_size=240), peft.LoraConfig(r=60, target_modules=QV))
    theirs = model.base_model.model.model.layers[0].self_attn.q_proj.lora_A["default"].weight.detach()
    assert float(theirs.std()) == pytest.approx((3 * 240) ** -0.5, rel=0.03)


@pytest.mark.parametrize("kind", ["prefix", "prompt"])
def test_virtual_tokens(kind: str) -> None:
    hf = llama()
    decoder = decoder_of(hf)
    config = (peft.PrefixTuningConfig if kind == "prefix" else peft.PromptTuningConfig)(
        task_type="CAUSAL_LM", num_virtual_tokens=5
    )
    model = peft_of(hf, config)
    fresh = Prefix.fresh if kind == "prefix" else Prompt.fresh
    ours: VirtualTokens = fresh(decoder, 5, GENERATOR)
    parameter = model.prompt_encoder["default"].embedding.weight
    assert parameter.shape == ours.weight.shape
    with torch.no_grad():
        parameter.copy_(ours.weight)
    logits, other = decoder.unembedded(ours.stream(decoder, IDS)), model(IDS).logits[:, ours.columns :]
    assert far(logits.detach(), decoder(IDS)) > 0.05
    assert far(logits.detach(), other.detach()) < 2e-5
    gradients(logits)
    gradients(other)
    assert ours.weight.grad is not None
    assert far(ours.weight.grad, parameter.grad) < 1e-4


def test_biases_against_transformers_own() -> None:
    hf = llama(attention_bias=True, mlp_bias=True)
    bare = decoder_of(hf)
    adapter = methods.bitfit(bare)
    names = {f"model.layers.{n.split('.', 2)[1]}.{LLAMA[n.split('.', 2)[2]]}.bias": n for n in adapter.names}
    hf.requires_grad_(False)
    for name, ours in names.items():
        bias = hf.get_parameter(name)
        noise = 0.2 * torch.randn(bias.shape, generator=GENERATOR)
        with torch.no_grad():
            bias.copy_(noise)
            next(adapter[ours].parameters()).copy_(noise)
        bias.requires_grad_(True)
    ours, other = adapted(bare, (adapter, 1.0))(IDS), hf(IDS).logits
    assert far(ours.detach(), other.detach()) < 2e-5
    gradients(ours)
    gradients(other)
    for theirs, mine in names.items():
        grad = hf.get_parameter(theirs).grad
        found = next(adapter[mine].parameters()).grad
        assert found is not None
        # A key's bias moves all scores of a query alike: its gradient is nought but for rounding.
        assert float((found - grad).abs().max()) < 1e-4 * max(1.0, float(grad.abs().max()))  # pyright: ignore[reportOptionalMemberAccess, reportOptionalOperand]


@torch.no_grad()
def test_several_at_once_and_their_sum_as_one() -> None:
    hf = llama()
    decoder = decoder_of(hf)
    one, two = methods.lora(decoder, r=2, generator=GENERATOR), methods.lora(decoder, r=2, generator=GENERATOR)
    model = peft_of(hf, peft.LoraConfig(r=2, target_modules=QV))
    model.add_adapter("other", peft.LoraConfig(r=2, target_modules=QV))
    copied(one, model)
    copied(two, model, "other")
    for kind, ours in (("cat", concatenated((one, 0.7), (two, -0.4))), ("linear", added((one, 0.7), (two, 0.4)))):
        model.base_model.add_weighted_adapter(
            ["default", "other"], [0.7, -0.4 if kind == "cat" else 0.4], f"both {kind}", combination_type=kind
        )
        model.set_adapter(f"both {kind}")
        assert far(adapted(decoder, (ours, 1.0))(IDS), model(IDS).logits) < 2e-5
    exact = adapted(decoder, (one, 0.7), (two, 0.4))(IDS)
    assert far(adapted(decoder, (concatenated((one, 0.7), (two, 0.4)), 1.0))(IDS), exact) < 2e-5
    assert far(adapted(decoder, (added((one, 0.7), (two, 0.4)), 1.0))(IDS), exact) > 0.01  # it is no sum of updates


class _Read(torch.nn.Module):
    """What the training loop takes, of a loss that weighs all logits differently."""

    def __init__(self, decoder: Decoder, adapter: Adapter) -> None:
        super().__init__()
        self.adapter = adapter
        self.__dict__["worn"] = adapted(decoder, (adapter, 1.0))

    def loss(self, batch: torch.Tensor) -> Losses:
        return Losses({"lm": weighed(self.__dict__["worn"](batch))})


def test_the_two_rates_of_lora_plus() -> None:
    from peft.optimizers import create_loraplus_optimizer

    hf = llama()
    decoder = decoder_of(hf)
    adapter = methods.lora(decoder, r=2, generator=GENERATOR)
    model = peft_of(hf, peft.LoraConfig(r=2, target_modules=QV))
    copied(adapter, model)
    other = create_loraplus_optimizer(model, torch.optim.AdamW, lr=1e-2, loraplus_lr_ratio=16, weight_decay=0.0)
    settings = Settings(
        Schedule("cosine", 1e-2, 0.0, 0, 2), IDS.numel(), weight_decay=0.0, betas=(0.9, 0.999), clip=1e9, times=PLUS
    )
    tuned = _Read(decoder, adapter)
    own = optimiser_for(tuned, settings)
    assert [group["lr"] / 1e-2 for group in own.param_groups if group["params"]] == [1, 16]
    for _ in range(2):
        one_step(tuned, own, settings, IDS, 1e-2)
        other.zero_grad()
        gradients(model(IDS).logits)
        other.step()
    with torch.no_grad():
        assert far(adapted(decoder, (adapter, 1.0))(IDS), model(IDS).logits) < 1e-4
