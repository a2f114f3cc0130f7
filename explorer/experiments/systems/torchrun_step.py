"""A step of a small decoder over several processes that torchrun starts, beside one process's loss and gradients.

    torchrun --standalone --nproc-per-node 4 -m explorer.experiments.systems.torchrun_step --data 2 --tensor 2
    torchrun --standalone --nproc-per-node 8 -m explorer.experiments.systems.torchrun_step --experts --expert 2 --pipe 4

The product of the axes is the number of processes. `--standalone` lets torchrun choose a free port: without it two runs
on one machine may meet at one port. torchrun needs a loopback that is up: in a network of its own where it is down
(`unshare -n`) it waits for minutes and says nothing. NCCL carries the tensors where every process has a GPU, gloo
elsewhere. Over several machines the same line takes torchrun's `--nnodes` and `--rdzv-endpoint` in the place of
`--standalone`.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields

import torch
from torch import distributed

from explorer.experiments.systems import composed_rank
from explorer.experiments.systems.composed import Compared, Setting, compared
from explorer.experiments.systems.parallel_subject import Subject
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.experiments.systems.rank_torchrun import joined_group, onto
from explorer.stack.parallelism.composed import Layout, refusal
from explorer.stack.parallelism.pipeline.bubble import SCHEDULES
from explorer.stack.parallelism.process_group import device_of
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

#: Small, and divided by most numbers of ranks.
DENSE = DecoderConfig(8, 64, 8, 8, 8, 192, 512, 128)
EXPERTS = DecoderConfig(8, 64, 8, 8, 8, 64, 512, 128, n_experts=8, k=2, n_shared=1)


def main(said: list[str]) -> int:
    """0 where losses and gradients are one process's, 1 where they are not, 2 where it cannot be laid out so."""
    asked = parser().parse_args(said)
    layout = Layout(**{each.name: getattr(asked, each.name) for each in fields(Layout)})
    group = joined_group()
    subject = small(EXPERTS if asked.experts else DENSE, asked.rows)
    wrong = refusal(subject.config, layout, asked.rows, asked.microbatches)
    if not wrong and layout.ranks != group.ranks:
        wrong = f"{layout} needs {layout.ranks} processes, and torchrun started {group.ranks}."
    if wrong:
        if not group.rank:
            print(wrong, file=sys.stderr)
        distributed.destroy_process_group()
        return 2
    setting = Setting(layout, asked.microbatches, asked.schedule, asked.sequence)
    device = device_of(group.rank)
    answer = composed_rank.step(Rank(group, lambda _: None, None), onto(setting.payload(subject), device))
    told: list[Message | None] = [None] * group.ranks
    distributed.gather_object(onto(answer, torch.device("cpu")), told if not group.rank else None)
    right = True
    if not group.rank:
        made = compared(subject, setting, [each for each in told if each is not None])
        right = made.gradients < 1e-5 and abs(made.loss - made.alone) < 1e-5
        print(sentence(made, layout, distributed.get_backend()))
    distributed.destroy_process_group()
    return 0 if right else 1


def sentence(made: Compared, layout: Layout, backend: str) -> str:
    """What was measured."""
    return (
        f"{layout} over {backend}: loss {made.loss:.6f}, one process {made.alone:.6f}; gradients differ by at most "
        f"{made.gradients:.1e} of their length; {made.seconds * 1e3:.0f} ms a step, {made.formula / 1e6:.2f} MB by the "
        "formulas."
    )


def small(config: DecoderConfig, rows: int) -> Subject:
    """A decoder that has not learned, and rows of chance tokens."""
    decoder = Decoder(config).initialise(torch.Generator().manual_seed(0))
    windows = torch.randint(config.d_vocab, (rows, 65), generator=torch.Generator().manual_seed(1))
    own = "unembed.weight" if config.tied else ""
    weights = {name: each.detach() for name, each in decoder.named_parameters() if name != own}
    return Subject("a small decoder", config, weights, windows)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="torchrun_step", description="One step over the processes of torchrun.")
    for each in fields(Layout):
        made.add_argument(f"--{each.name}", type=int, default=1, help=f"ranks along the axis: {each.name}")
    made.add_argument("--rows", type=int, default=16, help="rows of the batch")
    made.add_argument("--microbatches", type=int, default=2, help="parts that go through a pipeline one by one")
    made.add_argument("--schedule", choices=[*SCHEDULES], default="1f1b", help="of the pipeline")
    made.add_argument("--sequence", action="store_true", help="cut the stream by positions on the tensor axis")
    made.add_argument("--experts", action="store_true", help="a mixture of 8 experts in the place of a dense decoder")
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
