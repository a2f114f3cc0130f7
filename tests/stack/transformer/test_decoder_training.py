"""The decoder in training against transformers: logits, losses, gradients; what is written opens there and here."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
import transformers as hf
from torch import Tensor
from torch.testing import assert_close
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.architectures.moe_parameters import from_hf, parameters
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.transformer.balancing import router_losses
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.experts import BLOCK
from explorer.stack.transformer.losses import Losses
from explorer.stack.transformer.router import softmax_top_k

SPARSE = DecoderConfig(
    n_layers=3, d_model=24, n_heads=4, n_kv_heads=2, d_head=6, d_mlp=20, d_vocab=70, n_ctx=64,
    rope=RopeConfig(5000.0, 6), n_experts=6, k=2,
)  # fmt: skip
DENSE = dataclasses.replace(SPARSE, n_experts=0, k=0)
CONFIGS = {
    "mixtral": SPARSE,
    "mixtral, top-3": dataclasses.replace(SPARSE, k=3),
    "llama": DENSE,
    "llama, untied": dataclasses.replace(DENSE, tied=False),
}


def randomised(config: DecoderConfig, compute: torch.dtype | None = None) -> Decoder:
    """Weights that make mistakes visible: norms off one, routers with opinions."""
    ours = Decoder(config, compute).initialise(torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    return ours


def published(ours: Decoder, implementation: str = "eager") -> Any:
    """transformers' model from what we would write to a folder: its settings, and each tensor by its published name."""
    settings: dict[str, Any] = {**ours.hf_config(), "output_router_logits": ours.config.n_experts > 0}
    kind = settings.pop("model_type")
    config = hf.AutoConfig.for_model(kind, **settings, experts_implementation=implementation)
    state = {name: tensor.clone() for name, tensor in ours.hf_state_dict().items()}
    cls: Any = hf.MixtralForCausalLM if ours.config.n_experts else hf.LlamaForCausalLM
    made, info = cls.from_pretrained(
        None, config=config, state_dict=state, output_loading_info=True, dtype=torch.float32
    )
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert not info["mismatched_keys"]
    return made.eval()


def windows(rows: int, length: int) -> Tensor:
    return torch.randint(70, (rows, length), generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("name", CONFIGS)
def test_logits_and_loss_are_transformers(name: str) -> None:
    ours = randomised(CONFIGS[name])
    peer = published(ours)
    ids = windows(3, 20)
    with torch.no_grad():
        expected = peer(ids, labels=ids)
        assert float(expected.logits.std()) > 0.3
        assert_close(ours(ids), expected.logits, atol=1e-5, rtol=1e-5)
        losses = ours.loss(ids)  # the last token is only a target, in transformers' shifted labels too
    lm = torch.nn.functional.cross_entropy(expected.logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    assert_close(losses.parts["lm"], lm, atol=1e-5, rtol=0)
    if not CONFIGS[name].n_experts:
        assert_close(losses.parts["lm"], expected.loss, atol=1e-5, rtol=0)
        assert set(losses.parts) == {"lm"}
        assert not losses.measures


def test_router_losses_are_each_layers_own_averaged() -> None:
    ours = randomised(SPARSE)
    ids = windows(3, 20)
    with torch.no_grad():
        routers = published(ours)(ids[:, :-1]).router_logits
        losses = ours.loss(ids)
    assert len(routers) == 3
    each = [float(load_balancing_loss_func((logits,), 6, 2)) for logits in routers]
    assert max(each) - min(each) > 0.01
    assert float(losses.parts["balance"]) == pytest.approx(sum(each) / 3, abs=1e-5)
    lse = torch.stack([logits.exp().sum(-1).log() for logits in routers])
    assert_close(losses.parts["z"], (lse**2).mean(), atol=1e-5, rtol=0)
    counts = torch.stack([torch.bincount(logits.topk(2).indices.flatten(), minlength=6) for logits in routers])
    load = counts / counts.sum(-1, keepdim=True)
    assert_close(router_losses([softmax_top_k(logits, 2) for logits in routers]).load, load)
    assert_close(losses.measures["busiest"], load.max())
    assert_close(losses.measures["idlest"], load.min())
    assert float(load.max()) > 2 * float(load.min())


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("rows", [2, 8 * BLOCK // 19 + 1])
def test_gradients_are_transformers(name: str, rows: int) -> None:
    """Through attention, norms, the tied embedding, the grouped products' own backward and the chunked loss."""
    ours = randomised(CONFIGS[name])
    peer = published(ours)
    ids = windows(rows, 20)
    ours.loss(ids).parts["lm"].backward()
    logits = peer(ids[:, :-1]).logits
    torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()
    assert_close(ours.embed.weight.grad, peer.model.embed_tokens.weight.grad, atol=1e-5, rtol=1e-4)
    blocks: Any = ours.blocks
    for block, layer in zip(blocks, peer.model.layers, strict=True):
        pairs = [
            (block.ln1.weight, layer.input_layernorm.weight),
            (block.ln2.weight, layer.post_attention_layernorm.weight),
        ]
        pairs += [
            (getattr(block.attn, f"W_{n.upper()}").weight, getattr(layer.self_attn, f"{n}_proj").weight) for n in "qkvo"
        ]
        if CONFIGS[name].n_experts:
            pairs += [
                (block.mlp.router, layer.mlp.gate.weight),
                (block.mlp.experts.gate_in, layer.mlp.experts.gate_up_proj),
                (block.mlp.experts.out, layer.mlp.experts.down_proj),
            ]
        else:
            names = {"W_gate": "gate_proj", "W_in": "up_proj", "W_out": "down_proj"}
            pairs += [(getattr(block.mlp, n).weight, getattr(layer.mlp, o).weight) for n, o in names.items()]
        for mine, other in pairs:
            assert_close(mine.grad, other.grad, atol=1e-5, rtol=1e-4)
            assert float(mine.grad.abs().max()) > 1e-4


def test_a_capped_logits_loss_is_transformers() -> None:
    """Gemma 2: capped scores and logits, four norms a layer, windows; no chunked loss there."""
    config = hf.Gemma2Config(
        vocab_size=70, hidden_size=24, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=6, sliding_window=8, final_logit_softcapping=3.0, max_position_embeddings=64,
    )  # fmt: skip
    config._attn_implementation = "eager"
    peer: Any = hf.Gemma2ForCausalLM(config).eval()
    ours = Decoder.from_pretrained(peer).requires_grad_()
    ids = windows(3, 20)
    losses = ours.loss(ids)
    expected = peer(ids, labels=ids).loss
    assert_close(losses.parts["lm"], expected, atol=1e-5, rtol=0)
    (mine,) = torch.autograd.grad(losses.parts["lm"], [ours.blocks[0].get_parameter("attn.W_V.weight")])
    (other,) = torch.autograd.grad(expected, [peer.model.layers[0].self_attn.v_proj.weight])
    assert_close(mine, other, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_written_is_read_back(name: str) -> None:
    ours = randomised(CONFIGS[name])
    again = Decoder.from_pretrained(published(ours))
    assert again.config == ours.config
    for tensor, other in zip(ours.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(tensor, other)


@pytest.mark.parametrize(
    "other", [{"qk_norm": True}, {"placement": "sandwich"}, {"windows": (4, None, 4)}, {"logit_cap": 30.0}]
)
def test_what_is_no_llama_is_not_written_as_one(other: dict[str, Any]) -> None:
    with pytest.raises(NotApplicableError, match="neither"):
        Decoder(dataclasses.replace(DENSE, **other)).hf_config()


@pytest.mark.parametrize("name", CONFIGS)
def test_products_in_sixteen_bits_sums_in_thirty_two(name: str) -> None:
    exact, rounded = randomised(CONFIGS[name]), randomised(CONFIGS[name], torch.bfloat16)
    seen: dict[str, torch.dtype] = {}
    names = ["hook_resid_post", "attn.hook_q", "attn.hook_z", "hook_mlp_out", "ln1.hook_normalized"]
    names += ["mlp.hook_router_logits"] if CONFIGS[name].n_experts else ["mlp.hook_pre", "mlp.hook_post"]

    def note(tensor: Tensor, hook: Any) -> None:
        seen[hook.name.removeprefix("blocks.1.")] = tensor.dtype

    ids = windows(4, 20)
    with rounded.hooks(fwd_hooks=[(f"blocks.1.{each}", note) for each in names]):
        losses = rounded.loss(ids)
    losses.total({}).backward()
    wide = {"hook_resid_post", "ln1.hook_normalized", "mlp.hook_router_logits"}
    assert seen == {each: torch.float32 if each in wide else torch.bfloat16 for each in names}
    assert all(p.grad is not None and p.grad.dtype == p.dtype == torch.float32 for p in rounded.parameters())
    difference = abs(float(losses.parts["lm"].detach()) - float(exact.loss(ids).parts["lm"].detach()))
    assert 0 < difference < 0.02
    with torch.no_grad():
        assert rounded(ids).dtype == torch.float32
        assert 0 < float((rounded(ids) - exact(ids)).abs().median()) < 0.05


@pytest.mark.parametrize("positions", ["alibi", "sinusoidal", "none"])
def test_other_positions_train_in_sixteen_bits_too(positions: Any) -> None:
    config = dataclasses.replace(DENSE, positions=positions, rope=None)
    ids = windows(2, 12)
    exact, rounded = (float(randomised(config, t).loss(ids).parts["lm"].detach()) for t in (None, torch.bfloat16))
    assert rounded == pytest.approx(exact, abs=0.02)


def test_a_hook_changes_what_is_trained() -> None:
    """What is traced and changed is the very decoder that learns."""
    ours = randomised(SPARSE)
    ids = windows(2, 12)
    with ours.hooks(fwd_hooks=[("blocks.1.hook_mlp_out", lambda tensor, hook: tensor * 0)]):
        ours.loss(ids).total({}).backward()
    blocks: Any = ours.blocks
    assert float(blocks[1].mlp.experts.out.grad.abs().max()) == 0.0
    assert float(blocks[0].mlp.experts.out.grad.abs().max()) > 0


def test_the_start_is_the_same_for_the_same_seed_and_small_where_it_writes() -> None:
    config = dataclasses.replace(
        SPARSE, d_model=64, d_mlp=64, d_head=16, rope=RopeConfig(d_head=16), n_layers=8, windows=()
    )
    one, two = (Decoder(config).initialise(torch.Generator().manual_seed(7)) for _ in range(2))
    for name, weight in one.state_dict().items():
        assert torch.equal(weight, two.state_dict()[name])
        if weight.dim() == 1:
            assert bool((weight == 1).all())
            continue
        writes = name.endswith(("W_O.weight", "experts.out"))
        assert float(weight.std()) == pytest.approx(0.02 / 4 if writes else 0.02, rel=0.1)  # sqrt(2 x 8) = 4


def test_parts_are_weighed_by_name() -> None:
    losses = Losses({"lm": torch.tensor(3.0), "z": torch.tensor(10.0), "kl": torch.tensor(0.5)})
    assert float(losses.total({})) == pytest.approx(3 + 0.01 + 0.5)
    assert float(losses.total({"lm": 0, "z": 0.1, "kl": 2, "balance": 0.0})) == pytest.approx(1 + 1)
    with pytest.raises(BadRequestError, match=r"'ballance'.*It has lm, z, kl"):
        losses.total({"ballance": 0.1})


def test_a_later_token_changes_nothing_before_it() -> None:
    ours = randomised(SPARSE)
    ids = windows(1, 12)
    other = ids.clone()
    other[0, 8] = (ids[0, 8] + 1) % 70
    with torch.no_grad():
        before, after = ours(ids), ours(other)
    assert_close(before[:, :8], after[:, :8], atol=1e-6, rtol=1e-5)
    assert float((before[:, 8:] - after[:, 8:]).abs().amax(-1).min()) > 1e-3


def test_counts_are_the_decoders_own() -> None:
    ours = randomised(SPARSE)
    count = parameters(from_hf(published(ours).config))
    assert count.total == sum(parameter.numel() for parameter in ours.parameters())


def test_it_learns_a_cycle() -> None:
    """Token t + 1 follows token t: the loss falls from ln 20 to near nothing, through every part of the backward."""
    ours = Decoder(dataclasses.replace(SPARSE, n_layers=2, windows=(), d_vocab=20))
    ours.initialise(torch.Generator().manual_seed(0))
    optimiser = torch.optim.Adam(ours.parameters(), lr=1e-2)
    ids = (torch.arange(20)[:, None] + torch.arange(7)) % 20
    first = last = 0.0
    for step in range(40):
        losses = ours.loss(ids)
        optimiser.zero_grad()
        losses.total({}).backward()
        optimiser.step()
        last = float(losses.parts["lm"].detach())
        first = first if step else last
    assert first == pytest.approx(2.996, abs=0.05)  # ln 20
    assert last < 0.5
