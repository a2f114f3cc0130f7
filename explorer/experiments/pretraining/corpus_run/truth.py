"""What a run over a corpus did to what was planted in it: precision and recall of each stage.

The truth is a file of JSON lines, `{"url": ..., "kind": ...}`, as `explorer crawl` writes it beside its archives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pyarrow import parquet

from explorer.errors import BadRequestError
from explorer.stack.pretraining.data.pipeline import Judged
from explorer.stack.pretraining.data.stage import PLANTED


def read(path: Path) -> dict[str, str]:
    """What was planted, by address. Raises BadRequestError for a file that does not say it."""
    try:
        with path.open(encoding="utf-8") as lines:
            return {told["url"]: told["kind"] for told in map(json.loads, filter(str.strip, lines))}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadRequestError(
            f"{path} does not say what was planted ({type(error).__name__}).",
            'Each line is {"url": "…", "kind": "…"}, as `explorer crawl` writes truth.jsonl.',
        ) from error


def judged(out: Path, kinds: Mapping[str, str]) -> list[Judged]:
    """Each stage of a finished run that something is planted for, in the order of the stages."""
    names = [each["stage"] for each in json.loads((out / "stages.json").read_text(encoding="utf-8"))["counts"]]
    found = {name: [0, 0, 0] for name in names if name in PLANTED}
    for row in _rows(out):
        told = row["verdicts"] if isinstance(row["verdicts"], list) else json.loads(row["verdicts"])
        for step in told:
            if (name := step["stage"]) not in found or row["set_aside"].startswith(f"{name}:"):
                continue
            acts = bool(step.get("cuts")) if name == "pii" else row["removed_by"] == name
            meant = kinds.get(row["url"]) in PLANTED[name]
            for at, counted in enumerate((acts, acts and meant, meant)):
                found[name][at] += counted
    return [Judged(name, *numbers) for name, numbers in found.items()]


def _rows(out: Path) -> Iterator[Mapping]:
    for path in sorted((*(out / "kept").iterdir(), *(out / "removed").iterdir())):
        if path.suffix == ".parquet":
            yield from parquet.read_table(path, columns=["url", "removed_by", "set_aside", "verdicts"]).to_pylist()
        else:
            with path.open(encoding="utf-8") as lines:
                yield from map(json.loads, lines)


def table(stages: list[Judged]) -> str:
    """A line a stage."""
    head = ("acted on", "of those right", "planted", "precision", "recall")
    rows = [f"{'stage':<22}" + "".join(f"{name:>16}" for name in head)]
    for each in stages:
        shares = ("—" if share is None else f"{share:.3f}" for share in (each.precision, each.recall))
        numbers = (f"{each.acted:,}", f"{each.right:,}", f"{each.planted:,}", *shares)
        rows.append(f"{each.stage:<22}" + "".join(f"{number:>16}" for number in numbers))
    return "\n".join(rows)
