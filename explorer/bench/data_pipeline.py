"""The whole pipeline from pages to texts: its speed beside datatrove's, and its memory while the input grows."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from explorer.bench import Peer, Report, data_peer
from explorer.corpora import crawl
from explorer.experiments.pretraining.corpus_run import run as corpus
from explorer.stack.pretraining.data.stage import Settings

DATATROVE = Peer("datatrove", "datatrove", "pip install datatrove==0.10.1")
#: A run in a process of its own, which says its peak memory in MB.
MEASURED = """
import resource, sys
from pathlib import Path
from explorer.experiments.pretraining.corpus_run import run
from explorer.stack.pretraining.data.stage import Settings
run.run(Path(sys.argv[1]), Path(sys.argv[2]), Settings(order="fineweb"), executor=lambda act, tasks: map(act, tasks))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def whole(report: Report, pages: int) -> None:
    """Pages of the recipe as JSON lines, one file a process, through the steps of FineWeb's order."""
    made = crawl.pages(pages, seed=1, large=True)
    peer = report.peer(DATATROVE)
    with tempfile.TemporaryDirectory() as folder:
        for workers in (1, 2):
            source = Path(folder) / f"source-{workers}"
            written(made, source, workers)
            size = sum(path.stat().st_size for path in source.iterdir()) / 1e6
            case = f"{pages:,} pages, {size:.0f} MB, {workers} process{'es' * (workers > 1)}"
            kept: dict[str, int] = {}
            subjects = {"explorer": partial(ours, source, Path(folder) / "ours", workers, kept)}
            if peer is not None:
                subjects["datatrove"] = partial(theirs, source, Path(folder) / "theirs", workers, kept)
            medians = report.time(case, subjects, rounds=5)
            for name, milliseconds in medians.items():
                report.add(f"{case}: speed", name, 1e3 * size / milliseconds, "MB/s")
                report.add(f"{case}: speed", name, 1e3 * pages / milliseconds, "documents/s")
                report.add(f"{case}: kept", name, kept[name], "documents")
            if peer is not None:
                ratio = medians["datatrove"] / medians["explorer"]
                report.judge(f"{case}: at least as fast as datatrove", ratio, "x", ratio >= 1)


def ours(source: Path, out: Path, workers: int, kept: dict[str, int]) -> None:
    shutil.rmtree(out, ignore_errors=True)
    kept["explorer"] = corpus.run(source, out, Settings(order="fineweb"), workers, lines=True).kept


def theirs(source: Path, out: Path, workers: int, kept: dict[str, int]) -> None:
    shutil.rmtree(out, ignore_errors=True)
    kept["datatrove"] = data_peer.filtered(source, out, workers)


def memory(report: Report, pages: int) -> None:
    """Peak memory of one process on some pages, and on ten times as many."""
    peaks = []
    for count in (pages, 10 * pages):
        with tempfile.TemporaryDirectory() as folder:
            written(crawl.pages(count, seed=1, large=True), Path(folder) / "source", 1)
            command = [sys.executable, "-c", MEASURED, f"{folder}/source", f"{folder}/out"]
            said = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(float(said.stdout.split()[-1]))
        report.add(f"peak memory on {count:,} pages", "explorer", peaks[-1], "MB")
    ratio = peaks[1] / peaks[0]
    report.judge("memory bounded while the input grows tenfold: at most 1.5 times", ratio, "x", ratio <= 1.5)


def written(made: list[crawl.Page], folder: Path, files: int) -> None:
    folder.mkdir()
    for file in range(files):
        with (folder / f"{file}.jsonl").open("w", encoding="utf-8") as lines:
            for at, page in enumerate(made[file::files]):
                lines.write(json.dumps({"id": f"{file}-{at}", "url": page.url, "html": page.html}) + "\n")
