"""Clusters by their documents: how fast cards really multiply, read memory and talk to each other.

A peak is what a data sheet says; a plan needs what is reached. Each rate here was measured by somebody who trained no
model of the planner's table: the best matrix product that a search over shapes found, attention alone, an all-reduce
alone. None is fitted to a published run.

    bus   what a ring moves in a node, bytes a second and card: 370 of 450 GB/s of NVLink 4 is what its protocol leaves
          (a maintainer of NCCL); the same share is taken of other links
    net   the same between nodes, of the card's own network port

>>> h100 = CLUSTERS["h100"]
>>> h100.node, round(h100.matmul.value / h100.peak, 3), h100.bus / 1e9, round(h100.net / 1e9, 1)
(8, 0.803, 370.0, 41.1)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.stack.systems.accelerator import Document, Quoted
from explorer.stack.systems.accelerators import ACCELERATORS, TRAINING_DEVICES

_MAMF = Document("Maximum achievable matmul FLOPS (stas00/ml-engineering, compute/accelerator)",
                 "https://github.com/stas00/ml-engineering/blob/master/compute/accelerator/README.md")  # fmt: skip
_NCCL = Document("All-reduce on H100 (NVIDIA/nccl-tests, issue 212)", "https://github.com/NVIDIA/nccl-tests/issues/212")
_CUDNN = Document("Attention forward on H100, cuDNN, 8,192 tokens, 128 dimensions (tritonbench, issue 141)",
                  "https://github.com/meta-pytorch/tritonbench/issues/141")  # fmt: skip
_FA2 = Document("FlashAttention-2 (Dao 2023): up to 225 TFLOP/s a card in training on A100",
                "https://arxiv.org/abs/2307.08691")  # fmt: skip
_NVLINK4 = Document("NVIDIA H100 Tensor Core GPU, data sheet: NVLink 900 GB/s, both ways",
                    "https://resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet")  # fmt: skip
_NVLINK3 = Document("NVIDIA A100 Tensor Core GPU, data sheet: NVLink 600 GB/s, both ways",
                    "https://www.nvidia.com/en-us/data-center/a100/")  # fmt: skip
_H800 = Document("DeepSeek-V3 (DeepSeek-AI 2024), section 3.2.2: NVLink 160 GB/s, InfiniBand 50 GB/s",
                 "https://arxiv.org/abs/2412.19437")  # fmt: skip
_SELENE = Document("Narayanan et al. 2021, section 5: eight 200 Gb/s HDR InfiniBand cards a node",
                   "https://arxiv.org/abs/2104.04473")  # fmt: skip
_LLAMA3 = Document("Grattafiori et al. 2024, section 3.3.1: 400 Gb/s between cards", "https://arxiv.org/abs/2407.21783")
_TPU = Document("Cloud TPU v4, system architecture", "https://cloud.google.com/tpu/docs/v4")
#: What NCCL's protocol leaves of a link: 370 of 450 GB/s.
PROTOCOL = 370 / 450
#: Of a memory's bandwidth, what kernels that only move numbers reach.
MOVED = 0.9


@dataclass(frozen=True)
class Cluster:
    """Cards of one kind in nodes."""

    key: str
    name: str
    peak: float
    """Dense operations a second in bfloat16, by the data sheet."""
    memory: float | int
    """Bytes that a program can have."""
    bandwidth: float | int
    """Of the memory, by the data sheet."""
    processors: int
    """Of a card: tiles of a product are computed in waves of so many."""
    matmul: Quoted
    flash: Quoted
    """Attention without writing scores."""
    link: Quoted
    """In the node, one way."""
    port: Quoted
    """To other nodes, one way."""
    node: int
    """Cards of one."""
    fp8: Quoted | None = None
    """The best product in FP8; None: it has no units for it."""

    @property
    def bus(self) -> float:
        return self.link.value * PROTOCOL

    @property
    def net(self) -> float:
        return self.port.value * PROTOCOL

    @property
    def moved(self) -> float:
        return self.bandwidth * MOVED


def _nvidia(
    key: str, name: str, card: str, matmul: Quoted, flash: Quoted, link: Quoted, port: Quoted, fp8: Quoted | None = None
) -> Cluster:
    known = ACCELERATORS[card]
    peak, chip = known.bf16, known.chip
    assert peak is not None
    assert chip is not None
    return Cluster(
        key, name, peak.value, known.memory.value, known.bandwidth.value, int(chip.processors.value), matmul, flash,
        link, port, 8, fp8,
    )  # fmt: skip


_H100_MATMUL = Quoted(794.5e12, "794.5 TFLOPS, bfloat16", _MAMF)
_H100_FP8 = Quoted(1402.6e12, "1,402.6 TFLOPS, FP8", _MAMF)
_H100_FLASH = Quoted(581.9e12, "581.868 TFLOPS", _CUDNN)
_PORT_400 = Quoted(50e9, "400 Gb/s", _LLAMA3)

CLUSTERS: Mapping[str, Cluster] = {
    each.key: each
    for each in (
        _nvidia("h100", "H100 80 GB", "h100", _H100_MATMUL, _H100_FLASH,
                Quoted(450e9, "900 GB/s, both ways", _NVLINK4), _PORT_400, _H100_FP8),
        _nvidia("h200", "H200 141 GB", "h200", _H100_MATMUL, _H100_FLASH,
                Quoted(450e9, "900 GB/s, both ways", _NVLINK4), _PORT_400, _H100_FP8),
        _nvidia("h800", "H800 80 GB", "h100", _H100_MATMUL, _H100_FLASH,
                Quoted(160e9 / PROTOCOL, "160 GB/s that are reached", _H800), Quoted(50e9, "50 GB/s", _H800),
                _H100_FP8),
        _nvidia("a100", "A100 80 GB", "a100_80", Quoted(271.2e12, "271.2 TFLOPS, bfloat16", _MAMF),
                Quoted(187e12, "50 to 73 % of the peak", _FA2), Quoted(300e9, "600 GB/s, both ways", _NVLINK3),
                Quoted(25e9, "200 Gb/s", _SELENE)),
        Cluster("tpu_v4", "TPU v4 32 GB", TRAINING_DEVICES["tpu_v4"].peak.value, 32 * 2**30, 1.2e12, 1,
                Quoted(0.869 * 275e12, "the A100’s share of the peak; none was found measured", _TPU),
                Quoted(0.6 * 275e12, "the A100’s share of the peak; none was found measured", _TPU),
                Quoted(300e9, "six links of 50 GB/s", _TPU), Quoted(300e9, "one torus", _TPU), 4096),
    )
}  # fmt: skip
