"""A training step shared by processes: ours against torch's DDP, ZeRO optimizer, FSDP2 and DTensor, and its bytes."""

from __future__ import annotations

import statistics

from explorer.bench import Report, parallel_pipeline
from explorer.experiments.systems.parallel_subject import subject
from explorer.experiments.systems.ranks import TRAINS, Ranks

DESCRIPTION = (
    "steps of data, tensor and pipeline parallelism and ZeRO on real processes, against torch's own; bytes, simulator"
)
TIMED = "explorer.bench.parallel_ranks:timed"


def run(report: Report, rounds: int = 15, ranks: int = 2, rows: int = 8) -> None:
    """Add the milliseconds of each subject's step, ours as times torch's, and bytes of all ranks."""
    asked = subject("dense", rows, 128)
    with Ranks(
        ranks, loads=(*TRAINS, "torch.distributed.fsdp", "torch.distributed.tensor.parallel"), patience=300
    ) as group:
        answers = group.run(TIMED, [{**asked.payload(), "rounds": rounds}] * ranks)
    cases = answers[0]["cases"]
    for each in cases:
        name = f"{each['case']}, {ranks} ranks"
        report.add(name, each["subject"], statistics.median(each["ms"]), "ms")
        if each["socket"] is not None:
            report.add(f"{name}, bytes on the socket", each["subject"], each["socket"] / 1e6, "MB")
        if each["subject"] == "explorer":
            formula = sum(one["formula"] for answer in answers for one in answer["cases"] if _same(one, each))
            report.add(f"{name}, bytes by the formula", each["subject"], formula / 1e6, "MB")
            _compared(report, name, each, cases)
    parallel_pipeline.cases(report, rounds, rows)


def _compared(report: Report, name: str, ours: dict, cases: list[dict]) -> None:
    for theirs in cases:
        if theirs["case"] == ours["case"] and theirs["subject"] != ours["subject"]:
            ratios = [a / b for a, b in zip(ours["ms"], theirs["ms"], strict=True)]
            report.add(f"{name}: ours by {theirs['subject']}", "explorer", statistics.median(ratios), "times")


def _same(one: dict, other: dict) -> bool:
    return (one["case"], one["subject"]) == (other["case"], other["subject"])
