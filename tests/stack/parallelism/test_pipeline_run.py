"""A pipeline that runs: every schedule gives one process's loss and gradients, on threads with nothing started."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.pipeline.bubble import NAMED, Named, Size
from explorer.stack.parallelism.pipeline.run import RankRun, Stepped
from explorer.stack.parallelism.pipeline.schedules import one_f_one_b
from explorer.stack.parallelism.pipeline.split_backward import Later
from explorer.stack.parallelism.pipeline.stage import Ends, Stage, shares
from explorer.stack.parallelism.thread_group import in_threads
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

TIED = DecoderConfig(n_layers=6, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=32, d_vocab=64, n_ctx=16)


def _decoder(tied: bool = True) -> Decoder:
    from dataclasses import replace

    return Decoder(replace(TIED, tied=tied)).initialise(torch.Generator().manual_seed(0))


def _windows(rows: int) -> Tensor:
    return torch.randint(0, 64, (rows, 9), generator=torch.Generator().manual_seed(1))


def _one_process(windows: Tensor, tied: bool = True) -> tuple[float, dict[str, Tensor]]:
    decoder = _decoder(tied)
    loss = F.cross_entropy(decoder(windows[:, :-1]).flatten(0, 1), windows[:, 1:].reshape(-1))
    loss.backward()
    return loss.item(), {name: each.grad for name, each in decoder.named_parameters() if each.grad is not None}


def _run(named: Named, ranks: int, windows: Tensor, tied: bool = True) -> list[Stepped]:
    schedule = named.make(Size(ranks, 6))

    def step(group: Group) -> Stepped:
        return RankRun(schedule, _decoder(tied), group, counted=True).step(windows)

    return in_threads(ranks, step)


@pytest.mark.parametrize("named", NAMED, ids=[each.key for each in NAMED])
@pytest.mark.parametrize(("ranks", "tied"), [(2, False), (3, True)])
def test_every_schedule_gives_one_processs_loss_and_gradients(named: Named, ranks: int, tied: bool) -> None:
    windows = _windows(6)
    loss, expected = _one_process(windows, tied)
    made = _run(named, ranks, windows, tied)
    assert sum(each.loss for each in made) == pytest.approx(loss, abs=1e-6)
    found = {name: each for one in made for name, each in one.gradients.items()}
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        assert float((found[name] - gradient).norm() / gradient.norm()) < 1e-6, name
    rows = named.make(Size(ranks, 6)).rows
    assert [[each.slot for each in one.done] for one in made] == [
        ["+".join(map(str, slot)) for slot in row] for row in rows
    ]


def test_1f1b_keeps_fewer_bytes_than_gpipe_on_every_stage() -> None:
    windows = _windows(6)
    gpipe, alternating = (_run(next(n for n in NAMED if n.key == key), 2, windows) for key in ("gpipe", "1f1b"))
    assert [max(b.kept) / max(a.kept) for a, b in zip(gpipe, alternating, strict=True)] == pytest.approx([2 / 6, 1 / 6])


def test_weights_that_wait_keep_what_they_need() -> None:
    """After I a linear layer's input and output gradient are there, and nothing else."""
    stage = Stage(Ends(_decoder()), 0, 1)
    stage.meter = lambda forward: (forward(), 0)
    stage.forward(0, _windows(2), None, 1.0, split=True)
    stage.backward(0, None)
    assert stage.decoder.blocks[0].get_parameter("mlp.W_out.layer.weight").grad is None
    waits = stage.bytes
    assert waits > 0
    stage.weights(0)
    assert stage.bytes == 0
    assert stage.decoder.blocks[0].get_parameter("mlp.W_out.layer.weight").grad is not None


def test_a_split_backward_is_autograds() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(3, 2), torch.randn(4, 3, requires_grad=True)
    layer(x).square().sum().backward()
    assert x.grad is not None
    expected = [x.grad.clone(), layer.weight.grad, layer.bias.grad]
    x.grad = layer.weight.grad = layer.bias.grad = None
    later = Later()
    with later.of(7, split=True):
        made = later.linear(layer, x)
    made.square().sum().backward()
    later.weights(7)
    for found, right in zip([x.grad, layer.weight.grad, layer.bias.grad], expected, strict=True):
        assert found is not None
        assert right is not None
        assert torch.allclose(found, right, atol=1e-6)


def test_what_does_not_divide_is_said() -> None:
    with pytest.raises(ValueError, match="6 blocks do not fill 8 stages: up to 6 stages would fit"):
        shares(6, 8)

    def odd(group: Group) -> None:
        with pytest.raises(ValueError, match="5 rows do not divide into 2 micro-batches"):
            RankRun(one_f_one_b(1, 2), _decoder(), group).step(_windows(5))
        with pytest.raises(ValueError, match="a schedule of 2 ranks does not fit 1"):
            RankRun(one_f_one_b(2, 2), _decoder(), group)

    in_threads(1, odd)
