"""State spaces: three forms of one layer, the gradient of the compiled scan, and transformers' Mamba and Mamba-2."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from transformers import JambaConfig, JambaForCausalLM, Mamba2Config, MambaConfig, MambaForCausalLM
from transformers.models.mamba2.modeling_mamba2 import Mamba2Mixer as TheirMamba2

from explorer.stack.frontier.state_spaces import gated_linear, mamba2
from explorer.stack.frontier.state_spaces.config import StateSpaceConfig, hybrid, jamba
from explorer.stack.frontier.state_spaces.mamba2 import Mamba2Mixer
from explorer.stack.frontier.state_spaces.model import StateSpaceModel, Stepper
from explorer.stack.frontier.state_spaces.selective_scan import (
    ScanInputs,
    hidden_attention,
    in_blocks,
    recurrence,
    scan,
    segment_sums,
)

FIELDS = ("x", "dt", "A", "B", "C", "D")


@pytest.fixture
def draw() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def inputs_of(draw: torch.Generator, length: int = 21, channels: int = 19, states: int = 5) -> ScanInputs:
    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw)

    dt = torch.nn.functional.softplus(normal(2, length, channels) - 2)
    return ScanInputs(
        normal(2, length, channels), dt, -torch.exp(normal(channels, states)), normal(2, length, states),
        normal(2, length, states), normal(channels),
    )  # fmt: skip


def scanned(i: ScanInputs, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
    return scan(i.x, i.dt, i.A, i.B, i.C, i.D, state)


def far(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max() / other.abs().max())


def test_the_forms_of_mamba_are_one(draw: torch.Generator) -> None:
    given = inputs_of(draw)
    made = recurrence(given)
    matrix = torch.einsum("bdqk,bkd->bqd", hidden_attention(given), given.x) + given.D * given.x
    blocks = in_blocks(given, 8)
    y, state = scanned(given)
    for other in (matrix, blocks.y, y):
        assert far(other, made.y) < 1e-6
    for other in (blocks.state, state):
        assert far(other, made.state) < 1e-6


def test_a_scan_goes_on_from_its_state(draw: torch.Generator) -> None:
    given = inputs_of(draw)
    whole, last = scanned(given)
    first = replace(given, **{name: getattr(given, name)[:, :9] for name in ("x", "dt", "B", "C")})
    then = replace(given, **{name: getattr(given, name)[:, 9:] for name in ("x", "dt", "B", "C")})
    y, state = scanned(first)
    rest, end = scanned(then, state)
    assert far(torch.cat([y, rest], 1), whole) < 1e-6
    assert far(end, last) < 1e-6


def test_its_gradient_is_that_of_the_recurrence(draw: torch.Generator) -> None:
    given = inputs_of(draw, 13, 17, 3)
    weight = torch.randn(given.x.shape, generator=draw)
    exact = [getattr(given, name).double().requires_grad_() for name in FIELDS]
    (recurrence(ScanInputs(*exact)).y * weight).sum().backward()
    ours = [getattr(given, name).clone().requires_grad_() for name in FIELDS]
    (scanned(ScanInputs(*ours))[0] * weight).sum().backward()
    for name, one, other in zip(FIELDS, ours, exact, strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert far(one.grad, other.grad.float()) < 2e-6, name


def test_long_sums_of_steps_never_make_a_state_grow() -> None:
    steps = torch.full((1, 2000), 0.1)
    sums = segment_sums(steps)
    assert float(sums.min()) == 0.0
    assert float(sums[0, -1, -2]) == pytest.approx(0.1)  # a difference of two long sums would have lost digits


def test_the_forms_of_the_other_families_are_one(draw: torch.Generator) -> None:
    shape = (1, 21, 2, 4)

    def normal(*size: int) -> Tensor:
        return torch.randn(*size, generator=draw)

    ssd = mamba2.SSDInputs(
        normal(*shape), normal(1, 21, 2).exp() / 4, -normal(2).exp(), normal(1, 21, 3), normal(1, 21, 3)
    )
    exact, state = mamba2.recurrence(ssd)
    blocks, end = mamba2.in_blocks(ssd, 8)
    assert max(far(mamba2.dual(ssd), exact), far(blocks, exact), far(end, state)) < 2e-6
    gates = -normal(*shape).abs() / 4
    gated = gated_linear.GatedInputs(normal(*shape), normal(*shape), normal(*shape), gates)
    exact, state = gated_linear.recurrence(gated)
    blocks, end = gated_linear.in_blocks(gated, 8)
    assert max(far(gated_linear.dual(gated), exact), far(blocks, exact), far(end, state)) < 2e-6


@pytest.mark.parametrize("length", [1, 16, 21, 40])
def test_blocks_by_products_are_the_recurrence(draw: torch.Generator, length: int) -> None:
    def normal() -> Tensor:
        return torch.randn(2, length, 3, 5, generator=draw)

    fast = -2 * normal().abs()  # a key is forgotten within a token or two
    for gates in (fast, fast / 100, 0 * fast):
        leaves = [normal().requires_grad_() for _ in range(3)] + [gates.clone().requires_grad_()]
        exact, state = gated_linear.recurrence(gated_linear.GatedInputs(*leaves))
        blocks, end = gated_linear.in_products(gated_linear.GatedInputs(*leaves))
        assert max(far(blocks.detach(), exact.detach()), far(end.detach(), state.detach())) < 5e-6
        weigh = torch.randn(exact.shape, generator=draw)
        for one, other in zip(
            torch.autograd.grad((blocks * weigh).sum(), leaves), torch.autograd.grad((exact * weigh).sum(), leaves),
            strict=True,
        ):  # fmt: skip
            assert float((one - other).abs().max()) < 5e-5 * max(1.0, float(other.abs().max()))


def test_a_gate_that_shuts_does_not_overflow(draw: torch.Generator) -> None:
    mixer = gated_linear.GatedLinearMixer(StateSpaceConfig(32, 40, ("gla",), d_head=16))
    mixer.initialise(draw)
    with torch.no_grad():
        mixer.gate_out.bias.fill_(-1000.0)
        u = torch.randn(1, 40, 32, generator=draw)
        read = mixer.read(u)
        assert float(read.log_gate.max()) == gated_linear.LEAST
        assert gated_linear.LEAST * gated_linear.PRODUCT >= -80
        assert far(gated_linear.in_products(read)[0], gated_linear.recurrence(read)[0]) < 5e-6
        assert mixer(u).isfinite().all()


def test_mamba_is_transformers_mamba(draw: torch.Generator) -> None:
    config = StateSpaceConfig(32, 50, ("mamba",) * 2, d_state=12)
    ours = StateSpaceModel(config).initialise(draw).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {k: v for k, v in ours.hf_config().items() if k not in ("architectures", "model_type")}
        theirs = MambaForCausalLM(MambaConfig(**settings)).eval()
        theirs.load_state_dict(ours.hf_state_dict() | {"lm_head.weight": ours.backbone.embeddings.weight})
        ids = torch.randint(50, (2, 17), generator=draw)
        with torch.no_grad():
            logits, expected = ours(ids), theirs(ids).logits
    assert far(logits, expected) < 2e-6
    again = StateSpaceModel.from_hf(ours.hf_config(), ours.hf_state_dict())
    assert torch.equal(again(ids), logits)
    stepper = Stepper(again)
    assert far(torch.stack([stepper(each) for each in ids[0].tolist()]), logits[0]) < 1e-5


def test_mamba_2_is_transformers_mamba_2(draw: torch.Generator) -> None:
    ours = Mamba2Mixer(StateSpaceConfig(32, 50, ("mamba2",), d_head=8))
    ours.initialise(draw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = Mamba2Config(
            hidden_size=32, num_heads=8, head_dim=8, state_size=16, n_groups=1, expand=2, use_bias=False, chunk_size=8,
            num_hidden_layers=1,
        )  # fmt: skip
        theirs = TheirMamba2(config, 0).eval()
        theirs.load_state_dict(ours.state_dict())
        u = torch.randn(2, 19, 32, generator=draw)
        with torch.no_grad():
            assert far(ours(u), theirs(u)) < 2e-6


def test_a_hybrid_is_transformers_jamba(draw: torch.Generator) -> None:
    config = StateSpaceConfig(32, 50, jamba(4), d_state=12, d_head=8, d_mlp=48, inner_norms=True, rope=False, eps=1e-6)
    assert config.kinds.count("attention") == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = JambaConfig(
            vocab_size=50, hidden_size=32, intermediate_size=48, num_hidden_layers=4, num_attention_heads=4,
            num_key_value_heads=4, num_experts=1, attn_layer_period=4, attn_layer_offset=2, mamba_d_state=12,
            tie_word_embeddings=True, initializer_range=0.2,
        )  # fmt: skip
        torch.manual_seed(0)
        theirs = JambaForCausalLM(settings).eval()
        for name, weight in theirs.named_parameters():
            if "norm" in name:
                torch.nn.init.uniform_(weight, 0.5, 1.5)
        ours = StateSpaceModel(config).eval()
        ours.load_state_dict(ours_of(theirs.state_dict()))
        ids = torch.randint(50, (2, 17), generator=draw)
        with torch.no_grad():
            assert far(ours(ids), theirs(ids).logits) < 2e-6


def ours_of(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Jamba's weights under our names: a layer of it is two of ours."""
    found = {"backbone.embeddings.weight": state["model.embed_tokens.weight"]}
    found["backbone.norm_f.weight"] = state["model.final_layernorm.weight"]
    for name, weight in state.items():
        parts = name.split(".")
        if parts[1] != "layers":
            continue
        part, rest = parts[3], ".".join(parts[4:])
        second = part in ("feed_forward", "pre_ff_layernorm")
        place = f"backbone.layers.{2 * int(parts[2]) + second}"
        if part.endswith("layernorm"):
            found[f"{place}.norm.weight"] = weight
        elif rest == "A_log":
            found[f"{place}.mixer.A_log"] = weight.flatten()
        elif rest == "q_proj.weight":
            whole = [state[name.replace("q_proj", f"{each}_proj")] for each in "qkv"]
            found[f"{place}.mixer.qkv.weight"] = torch.cat(whole)
        elif rest not in ("k_proj.weight", "v_proj.weight"):
            found[f"{place}.mixer.{rest.replace('o_proj', 'out_proj')}"] = weight
    return found


def test_a_hybrid_reads_causally(draw: torch.Generator) -> None:
    kinds = (*hybrid(4), "mamba2", "gla")
    model = StateSpaceModel(StateSpaceConfig(32, 40, kinds, d_head=16)).initialise(draw)
    ids = torch.randint(40, (1, 12), generator=draw)
    other = ids.clone()
    other[0, 8] = (other[0, 8] + 1) % 40
    with torch.no_grad():
        one, two = model(ids), model(other)
    assert torch.equal(one[:, :8], two[:, :8])
    assert not torch.allclose(one[:, 8:], two[:, 8:])
    model.loss(ids).total({}).backward()
    assert all(each.grad is not None for each in model.parameters())
