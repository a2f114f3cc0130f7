"""The rows of `published_runs`: trainings, their plans, their speeds, and where each was read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from explorer.stack.parallelism.planning.plan import Plan

Counts = Literal["useful", "unmasked", "hardware"]


@dataclass(frozen=True)
class Source:
    """Where a row was published."""

    title: str
    address: str


@dataclass(frozen=True)
class PublishedRun:
    """One row."""

    name: str
    model: str
    cluster: str
    plan: Plan
    source: Source
    seconds: float | None = None
    """Of a step, as published."""
    flops: float | None = None
    """Operations a second and card, as published."""
    mfu: float | None = None
    """As published."""
    counts: Counts = "unmasked"
    """What the source's operations are."""
    speed_read: bool = True
    """Whether the speed was read again for this table; else it is from memory."""
    plan_read: bool = True
    assumed: str = ""
    note: str = ""
    disagrees: bool = False
    """Whether its two numbers cannot be the same run's: the note says why."""


def _recipe(title: str, path: str) -> Source:
    return Source(
        f"NVIDIA DGX Cloud benchmarking, {title}", f"https://github.com/NVIDIA/dgxc-benchmarking/blob/main/{path}"
    )


_L405 = _recipe("Llama 3.1 405B, 24.09, BF16", "llama3.1/README_405b.md")
_L70 = _recipe("Llama 3.1 70B, 24.09, BF16", "llama3.1/README_70b.md")
_GPT3 = _recipe("NeMo Megatron 175B, BF16", "nemo_megatron/README_175b.md")
_NEMO = _recipe("Nemotron-4 340B, 24.11, BF16", "nemotron/README_340b.md")
_GROK = _recipe("Grok-1 314B, BF16", "grok1/README_314b.md")
_AUTOMODEL = Source("NeMo AutoModel, performance summary, BF16, DGX-H100",
                    "https://github.com/NVIDIA-NeMo/Automodel/blob/main/docs/performance-summary.md")  # fmt: skip
_META = Source(
    "Grattafiori et al. 2024, table 4, through G. Lockwood’s notes", "https://glennklockwood.com/garden/llama-3.1"
)
_DEEPSEEK = Source("DeepSeek-AI 2024, table 1 and section 3.2", "https://arxiv.org/abs/2412.19437")
_NEMOTRON = Source("Nemotron-4 340B, technical report, table 2", "https://arxiv.org/abs/2406.11704")
_PALM = Source("Chowdhery et al. 2022, table 3", "https://arxiv.org/abs/2204.02311")
_TITAN = Source("torchtitan, docs/performance.md: FSDP on 64 A100",
                "https://github.com/pytorch/torchtitan/blob/0413364/docs/performance.md")  # fmt: skip
_KORTHIKANTI = Source("Korthikanti et al. 2022, table 5", "https://arxiv.org/abs/2205.05198")
_NARAYANAN = Source("Narayanan et al. 2021, tables 1 and 2", "https://arxiv.org/abs/2104.04473")
_SMITH = Source("Smith et al. 2022, section 2.4, through llm-analysis",
                "https://github.com/cli99/llm-analysis/blob/main/examples/megatron-turing-nlg/README.md")  # fmt: skip
_BLOOM = Source("BigScience 176B, its page of the training",
                "https://bigscience.notion.site/BigScience-176B-Model-ad073ca07cdf479398d5f95d88e218c4")  # fmt: skip

#: What Megatron was before sequence parallelism and FlashAttention.
_OLD = Plan(length=2048, zero=0, recompute="full", sequence=False, flash=False, overlap=False)
_SELECTIVE = replace(_OLD, sequence=True, recompute="selective")
_LAYOUT = "Micro-batches of one sequence are assumed."
_CHUNKS = "Chunks of a stage are assumed."


def _nvidia() -> list[PublishedRun]:
    dense = Plan(length=8192, tp_overlap=True)
    rows = [
        PublishedRun(
            f"Llama 3.1 405B, {cards:,} H100", "Llama 3 405B", "h100",
            replace(dense, tp=8, pp=9, cp=2, chunks=7, dp=cards // 144, batch=252 * cards // 576), _L405,
            seconds=seconds, mfu=mfu,
        ) for cards, seconds, mfu in ((576, 17.20, 0.5578), (1152, 17.52, 0.5476), (2304, 17.62, 0.5445))
    ]  # fmt: skip
    rows += [
        PublishedRun(
            f"Llama 3.1 70B, {cards:,} H100", "Llama 3 70B", "h100",
            replace(dense, tp=4, pp=4, cp=2, chunks=5, dp=cards // 32, batch=2 * cards), _L70, seconds=seconds, mfu=mfu,
        ) for cards, seconds, mfu in ((64, 14.72, 0.5410), (512, 14.89, 0.5348), (2048, 14.98, 0.5338))
    ]  # fmt: skip
    rows += [
        PublishedRun(
            f"GPT-3 175B, {cards:,} H100", "GPT-3 175B", "h100",
            replace(dense, length=2048, tp=4, pp=8, chunks=12, dp=cards // 32, batch=2 * cards), _GPT3,
            seconds=seconds, mfu=mfu,
        ) for cards, seconds, mfu in ((128, 8.309, 0.5354), (2048, 8.49, 0.5240))
    ]  # fmt: skip
    rows += [
        PublishedRun(
            f"Nemotron-4 340B, {cards:,} H100", "Nemotron-4 340B", "h100",
            replace(dense, length=4096, tp=8, pp=8, chunks=12, dp=cards // 64, batch=cards // 4), _NEMO,
            seconds=seconds, mfu=mfu,
            note="Its work count, 1.01e16 a sequence, is that of 96 key-value heads; the model has 8.", disagrees=True,
        ) for cards, seconds, mfu in ((128, 4.61, 0.5538), (2048, 4.84, 0.5275))
    ]  # fmt: skip
    rows += [
        PublishedRun(
            f"Grok-1 314B, {cards:,} H100", "Grok-1 314B", "h100",
            replace(dense, tp=4, pp=8, cp=2, ep=8, chunks=8, dp=cards // 64, batch=2 * cards), _GROK,
            seconds=seconds, counts="useful",
            mfu=mfu,
        ) for cards, seconds, mfu in ((512, 20.83, 0.415), (2048, 21.09, 0.410))
    ]  # fmt: skip
    return rows


def _mixtures() -> list[PublishedRun]:
    again = Plan(length=4096, zero=3, recompute="full")
    rows = [
        PublishedRun(
            f"DeepSeek-V3, {cards:,} H100", "DeepSeek-V3", "h100",
            replace(again, pp=4, ep=64, chunks=8, dp=cards // 4, batch=batch), _AUTOMODEL, seconds=seconds,
            counts="useful", flops=flops,
        ) for cards, batch, seconds, flops in ((1024, 8192, 37.87, 216e12), (256, 512, 8.18, 250e12))
    ]  # fmt: skip
    rows.append(
        PublishedRun(
            "Kimi K2, 256 H100", "Kimi K2", "h100", replace(again, pp=8, ep=32, chunks=4, dp=32, batch=512), _AUTOMODEL,
            seconds=8.86, counts="useful", flops=189e12,
        )
    )  # fmt: skip
    tokens = 15360 * 4096
    rows.append(
        PublishedRun(
            "DeepSeek-V3, 2,048 H800", "DeepSeek-V3", "h800",
            Plan(pp=16, ep=64, dp=128, batch=15360, length=4096, dual=True, fp8=True), _DEEPSEEK,
            seconds=180e3 * 3600 / 2048 * tokens / 1e12, plan_read=False,
            assumed="Batch, PP, EP and ZeRO are from memory.",
            note="180,000 card hours for 1T tokens. Its second head, for the token after the next, is not counted.",
        )
    )  # fmt: skip
    return rows


def _others() -> list[PublishedRun]:
    meta = Plan(tp=8, pp=16, length=8192, batch=2048, chunks=8, ends=2, zero=2)
    said = "One chunk a block follows from “the first chunk has the embedding alone”; ZeRO 2 from “no resharding”."
    rows = [
        PublishedRun(name, "Llama 3 405B", "h100", plan, _META, flops=flops, counts="useful", mfu=mfu, assumed=said)
        for name, plan, flops, mfu in (
            ("Llama 3 405B, Meta, 8,192 H100", replace(meta, dp=64), 430e12, 0.43),
            ("Llama 3 405B, Meta, 16,384 H100", replace(meta, dp=128), 400e12, 0.41),
            ("Llama 3 405B, Meta, 131,072 tokens", replace(meta, dp=8, cp=16, length=131072, batch=128), 380e12, 0.38),
        )
    ]
    rows += [
        PublishedRun(
            "Nemotron-4 340B, 6,144 H100", "Nemotron-4 340B", "h100",
            Plan(tp=8, pp=12, dp=64, chunks=8, batch=2304, length=4096, tp_overlap=True), _NEMOTRON, seconds=8.0,
            mfu=0.41, counts="unmasked", plan_read=False, assumed="TP 8 and PP 12 are from memory. " + _CHUNKS,
        ),
        PublishedRun(
            "PaLM 540B, 6,144 TPU v4", "PaLM 540B", "tpu_v4",
            Plan(tp=12, dp=512, batch=2048, length=2048, microbatch=4, flash=False, recompute="full", zero=3), _PALM,
            seconds=2048 * 2048 / 238_300, mfu=0.462, plan_read=False, assumed="12-way model parallel: from memory.",
        ),
        PublishedRun(
            "Llama 3 70B, FSDP, 64 A100", "Llama 3 70B", "a100",
            Plan(dp=64, batch=64, length=8192, zero=3, recompute="full"), _TITAN, seconds=8192 / 331, mfu=0.517,
        ),
        PublishedRun(
            "BLOOM 176B, 384 A100", "BLOOM 176B", "a100",
            replace(_OLD, tp=4, pp=12, dp=8, batch=2048, microbatch=2, ends=2, zero=1), _BLOOM, flops=150e12,
            counts="hardware", plan_read=False, assumed="TP 4, PP 12 and micro-batches of 2 are from memory.",
            note="Its nodes have ports of 100 Gb/s; the table’s A100 have 200.",
        ),
    ]  # fmt: skip
    rows += [
        PublishedRun(
            f"MT-NLG 530B, {cards:,} A100", "Megatron 530B", "a100",
            replace(_OLD, tp=8, pp=35, dp=cards // 280, batch=1920), _SMITH, seconds=seconds, flops=flops,
            counts="hardware", assumed=_LAYOUT,
            note="The same model, cards and degrees were published at 159 TFLOP/s elsewhere, and at 126 here: no "
                 "formula can meet both.",
        ) for cards, seconds, flops in ((2240, 60.1, 126e12), (2800, 50.2, 121e12), (3360, 44.4, 113e12))
    ]  # fmt: skip
    return rows


def _megatron() -> list[PublishedRun]:
    rows: list[PublishedRun] = []
    sizes = (
        ("Megatron 1T", Plan(tp=8, pp=64, batch=512), 94.42, 71.49, 0.563),
        ("Megatron 530B", Plan(tp=8, pp=35, batch=280, chunks=3), 49.05, 37.83, 0.560),
        ("GPT-3 175B", Plan(tp=8, pp=8, batch=64, chunks=3), 18.13, 13.75, 0.514),
        ("GPT 22B", Plan(tp=8, batch=4, microbatch=4), 1.42, 1.10, 0.415),
    )
    for model, plan, full, selective, mfu in sizes:
        degrees = {
            "tp": plan.tp,
            "pp": plan.pp,
            "batch": plan.batch,
            "chunks": plan.chunks,
            "microbatch": plan.microbatch,
        }
        for how, base, seconds in (("all recomputed", _OLD, full), ("selective", _SELECTIVE, selective)):
            rows.append(
                PublishedRun(
                    f"{model}, {plan.cards} A100, {how}", model, "a100", replace(base, **degrees), _KORTHIKANTI,
                    seconds=seconds, mfu=mfu if how == "selective" else None, speed_read=False, plan_read=False,
                    assumed=_CHUNKS,
                )
            )  # fmt: skip
    tables = [
        ("Megatron 530B", cards, flops, Plan(tp=8, pp=35, dp=cards // 280, batch=2240))
        for cards, flops in ((560, 171e12), (2240, 159e12))
    ] + [
        ("GPT-3 175B", cards, flops, Plan(tp=8, pp=12, dp=cards // 96, batch=1536, microbatch=4))
        for cards, flops in ((384, 153e12), (1536, 141e12))
    ]
    tables.append(("Megatron 1T", 3072, 163e12, Plan(tp=8, pp=64, dp=6, batch=3072, chunks=2)))
    for model, cards, flops, plan in tables:
        degrees = {"tp": plan.tp, "pp": plan.pp, "dp": plan.dp, "batch": plan.batch, "chunks": plan.chunks,
                   "microbatch": plan.microbatch}  # fmt: skip
        rows.append(
            PublishedRun(
                f"{model}, {cards:,} A100", model, "a100", replace(_OLD, **degrees), _NARAYANAN, flops=flops,
                counts="hardware", speed_read=False, plan_read=False, assumed=f"{_LAYOUT} {_CHUNKS}",
            )
        )  # fmt: skip
    return rows


def all_rows() -> tuple[PublishedRun, ...]:
    return (*_nvidia(), *_mixtures(), *_others(), *_megatron())
