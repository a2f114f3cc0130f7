"""The recursive net: the same as transformers' HRM where both can be, and its training's rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.stack.frontier.recursive.net import Recursive, RecursiveConfig, State, moved, normed, solved
from explorer.stack.frontier.recursive.training import Course, Supervision, loss_of

CONFIG = RecursiveConfig(d_model=16, n_heads=2, d_mlp=24, inner=3)


def _net(seed: int = 0) -> Recursive:
    return Recursive(CONFIG, torch.Generator().manual_seed(seed))


def test_it_is_the_hierarchical_model_of_transformers_where_both_nets_are_one() -> None:
    """HRM's low and high modules with the same weights, its gate at 1/2 and all positions 0. It has no x in a cycle:
    the high state begins with the embedding instead."""
    from transformers.models.hrm_text import HrmTextConfig, HrmTextModel

    net, d = _net(), CONFIG.d_model
    config = HrmTextConfig(
        vocab_size=8, hidden_size=d, intermediate_size=CONFIG.d_mlp, num_hidden_layers=2, num_attention_heads=2,
        head_dim=d // 2, H_cycles=4, L_cycles=3, embedding_scale=1.0, rms_norm_eps=1e-6, attention_bias=False,
    )  # fmt: skip
    theirs = HrmTextModel(config).eval()
    for layer in range(2):
        q, k, v = net.W_QKV[layer].detach().T.split(d)
        weights = {
            "self_attn.q_proj": q, "self_attn.k_proj": k, "self_attn.v_proj": v,
            "self_attn.gate_proj": torch.zeros(d, d), "self_attn.o_proj": 2 * net.W_O[layer].detach().T,
            "mlp.gate_proj": net.W_gate[layer].detach().T, "mlp.up_proj": net.W_in[layer].detach().T,
            "mlp.down_proj": net.W_out[layer].detach().T,
        }  # fmt: skip
        for module in ("L_module", "H_module"):
            for name, weight in weights.items():
                theirs.get_parameter(f"{module}.layers.{layer}.{name}.weight").data = weight.clone()
    first = torch.randn(2, 5, d, generator=torch.Generator().manual_seed(1))
    state, nothing = State(first, torch.zeros_like(first)), torch.zeros_like(first)
    with torch.no_grad():
        net.bias.zero_()
        for _ in range(4):
            state = _unbiased(net).cycle(state, nothing)
        wanted = theirs(
            inputs_embeds=first, position_ids=torch.zeros(2, 5, dtype=torch.long), use_cache=False,
            token_type_ids=torch.ones(2, 5, dtype=torch.long),
        ).last_hidden_state  # fmt: skip
    assert float((state.high - wanted).abs().max()) < 1e-5


def _unbiased(net: Recursive) -> Recursive:
    """The same net on five cells: its bias, which is 0, has another shape."""
    other = Recursive(replace(CONFIG, n_ctx=5), torch.Generator())
    for name in ("W_QKV", "W_O", "W_gate", "W_in", "W_out"):
        getattr(other, name).data = getattr(net, name).data
    return other


def test_a_cycle_is_one_function_of_the_state() -> None:
    net = _net()
    puzzle = torch.randint(0, 5, (3, 16), generator=torch.Generator().manual_seed(2))
    thoughts = net.thought(puzzle, 4)
    again = net.thought(puzzle, 2, thoughts[1].state)
    assert torch.equal(again[1].logits, thoughts[3].logits)
    assert moved(thoughts[0].state, thoughts[0].state).tolist() == [0, 0, 0]
    other = net.random_start(3, torch.Generator().manual_seed(3))
    assert float((other.low - normed(other.low)).abs().max()) < 1e-5
    assert not torch.equal(net.thought(puzzle, 1, other)[0].logits, thoughts[0].logits)


def test_the_gradient_reaches_back_one_cycle_only() -> None:
    net = _net()
    puzzle = torch.randint(0, 5, (3, 16), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        state = net.cycle(net.start(3), net.embedded(puzzle))
    whole = net(net.start(3), puzzle, cycles=2)
    last = net(state, puzzle)
    grads = [torch.autograd.grad(each.logits.square().sum(), net.W_QKV)[0] for each in (whole, last)]
    assert torch.equal(grads[0], grads[1])


def _draw(rows: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    solution = torch.randint(1, 5, (rows, 16), generator=generator)
    return solution * (torch.rand(rows, 16, generator=generator) < 0.5), solution


def test_rows_leave_when_they_halt_or_are_old() -> None:
    asked = Supervision(rows=6, most=3, explored=0.0, steps=10)
    course = Course(_net(), asked, _draw, torch.Generator().manual_seed(0))
    course.net.b_halt.data.fill_(-9.0)  # never says yes
    first = course.puzzle.clone()
    course.step()
    course.step()
    assert torch.equal(course.puzzle, first)
    assert course.age.tolist() == [2] * 6
    course.step()
    assert course.age.tolist() == [0] * 6
    assert not torch.equal(course.puzzle, first)
    assert torch.equal(course.state.low[0, 0], course.net.start_low)
    course.net.b_halt.data.fill_(9.0)  # always says yes
    course.least[:3] = 3  # but these must stay
    course.step()
    assert course.age.tolist() == [1, 1, 1, 0, 0, 0]


def test_the_loss_is_of_blank_cells_and_of_halting() -> None:
    net = _net()
    puzzle, solution = _draw(2, torch.Generator().manual_seed(0))
    thought = net(net.start(2), puzzle)
    probabilities = thought.logits.log_softmax(-1).gather(-1, solution[..., None] - 1)[..., 0].detach()
    cells = -sum(float(probabilities[at]) for at in zip(*(puzzle == 0).nonzero().T.tolist(), strict=True))
    right, p = solved(thought, solution).float(), thought.halt.detach().sigmoid()
    halt = -(right * p.log() + (1 - right) * (1 - p).log()).mean()
    wanted = cells / int((puzzle == 0).sum()) + 0.5 * float(halt)
    assert float(loss_of(thought, puzzle, solution).detach()) == pytest.approx(wanted, abs=1e-5)


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadRequestError, match="evenly"):
        RecursiveConfig(d_model=10, n_heads=4)
