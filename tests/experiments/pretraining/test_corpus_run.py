"""A corpus by parts: the same as in memory, whatever is killed on the way; nothing lost, nothing counted twice."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest
from pyarrow import parquet

from explorer.corpora import crawl, passages
from explorer.corpora.inputs import reading
from explorer.errors import BadRequestError
from explorer.experiments.pretraining.corpus_run import pool, run, segments, tools, truth
from explorer.experiments.pretraining.corpus_run.segments import Task, process
from explorer.stack.pretraining.data import pipeline
from explorer.stack.pretraining.data.stage import ORDERS, Document, Order, Settings
from explorer.stack.pretraining.data.stages import stages

FINEWEB = Settings(order="fineweb")
DEADLY = b"<html><body><p>This page is deadly.</p></body></html>"


def here(act: Callable[[Task], int], tasks: Iterable[Task]) -> Iterator[int]:
    return map(act, tasks)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of pages with real texts that are long enough to be kept, and two files that cannot be read."""
    folder = tmp_path_factory.mktemp("source")
    made = crawl.pages(120, seed=3)
    with (folder / "crawl.warc.gz").open("wb") as file:
        crawl.write_warc(made, file)
    excerpts = [excerpt.text for kind in passages.read() for excerpt in kind.excerpts]
    for at, text in enumerate(excerpts):
        paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
        page = f"<html><body><article>{paragraphs}</article></body></html>"
        (folder / f"long-{at:02d}.html").write_text(page, encoding="utf-8")
    (folder / "copy.html").write_bytes((folder / "long-28.html").read_bytes())
    (folder / "empty.html").write_bytes(b"")
    (folder / "nul.txt").write_bytes(bytes(1000))
    return folder


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "DOCUMENTS", 16)


def hashes(out: Path) -> dict[str, str]:
    """Of every file of the result."""
    files = sorted(path for folder in ("kept", "removed") for path in (out / folder).iterdir())
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(out: Path, folder: str) -> list[dict]:
    return [row for path in sorted((out / folder).iterdir()) for row in parquet.read_table(path).to_pylist()]


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "DOCUMENTS", 16)
        run.run(source, out, FINEWEB, executor=here)
    return out


@pytest.mark.parametrize("order", ["fineweb", pytest.param("reference", marks=pytest.mark.thorough)])
def test_the_same_as_in_memory(order: Order, source: Path, tmp_path: Path) -> None:
    settings = Settings(order=order, thresholds={"gopher_short_doc": 20})
    done = run.run(source, tmp_path / "out", settings, executor=here)
    given = [each for each in reading.read(source) if isinstance(each, Document)]
    whole = pipeline.run(given, stages(settings, tools.tools(ORDERS[order])), settings.thresholds)
    kept, removed = rows(tmp_path / "out", "kept"), rows(tmp_path / "out", "removed")
    assert [(row["id"], row["text"]) for row in kept] == [(each.id, each.text) for each in whole.kept]
    assert len(kept) > 10
    gone = {each.id: (each.removed_by, each.set_aside) for each in whole.passports if not each.kept}
    gone["nul.txt"] = ("", "reading: 1,000 NUL bytes of 1,000: no text")
    assert {row["id"]: (row["removed_by"], row["set_aside"]) for row in removed} == gone
    assert done.counts == whole.counts
    assert (done.documents, done.unread, done.kept) == (len(given) + 1, 1, len(kept))
    assert done.documents == done.kept + done.removed + done.set_aside
    failing = [row for row in removed if row["rule"]]
    assert failing
    assert all(row["margin"] < 0 and json.loads(row["verdicts"]) for row in failing)
    copies = [row for row in removed if row["removed_by"] in ("near duplicates", "exact duplicates")]
    assert copies
    assert all(row["origin"] for row in copies)


@pytest.mark.thorough
def test_two_processes_give_the_same_bytes(source: Path, undisturbed: Path, tmp_path: Path) -> None:
    run.run(source, tmp_path / "out", FINEWEB, workers=2)
    assert hashes(tmp_path / "out") == hashes(undisturbed)


@pytest.mark.parametrize("after", [0, 1, 5, 13])
def test_a_killed_run_goes_on(after: int, source: Path, undisturbed: Path, tmp_path: Path) -> None:
    def killed(act: Callable[[Task], int], tasks: Iterable[Task]) -> Iterator[int]:
        for task in tasks:
            if len(done) == after:
                raise KeyboardInterrupt
            done.append(act(task))
            yield done[-1]

    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        run.run(source, tmp_path / "out", FINEWEB, executor=killed)
    begun: list[Task] = []

    def counted(act: Callable[[Task], int], tasks: Iterable[Task]) -> Iterator[int]:
        for task in tasks:
            begun.append(task) if not task.made.exists() else None
            yield act(task)

    resumed = run.run(source, tmp_path / "out", FINEWEB, resume=True, executor=counted)
    assert hashes(tmp_path / "out") == hashes(undisturbed)
    assert len(begun) == 2 * len(list((undisturbed / "kept").iterdir())) - after  # what was done is not done again
    assert run.run(source, tmp_path / "out", FINEWEB, resume=True) == resumed  # one that is done says what it made


def test_another_wish_needs_another_folder(source: Path, undisturbed: Path, tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="holds a run"):
        run.run(source, undisturbed, FINEWEB)
    with pytest.raises(BadRequestError, match="other settings"):
        run.run(source, undisturbed, Settings(), resume=True)
    (tmp_path / "mine.txt").write_text("a person's own", encoding="utf-8")
    with pytest.raises(BadRequestError, match="not empty"):
        run.run(source, tmp_path, FINEWEB)


def once(task: Task, flag: Path) -> int:
    """Its process is killed in the middle of the first part of the second segment."""
    if task.segment == 1 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return process(task)


@pytest.mark.thorough
def test_a_killed_worker_loses_nothing(source: Path, undisturbed: Path, tmp_path: Path) -> None:
    act = partial(once, flag=tmp_path / "killed")
    run.run(source, tmp_path / "out", FINEWEB, executor=lambda _, tasks: pool.in_order(act, tasks, 2))
    assert (tmp_path / "killed").exists()
    assert hashes(tmp_path / "out") == hashes(undisturbed)


def deadly(task: Task) -> int:
    """In a worker: one page ends its process whenever it is read."""
    real = pipeline.attempted

    def attempted(act: Callable, document: Document) -> object:
        if document.html == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(act, document)

    segments.attempted = attempted  # pyright: ignore[reportAttributeAccessIssue]
    return process(task)


def test_a_document_that_kills_its_process_is_set_aside(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("long-00.html", "long-01.html", "long-02.html"):
        (folder / name).write_bytes((source / name).read_bytes())
    (folder / "long-01-deadly.html").write_bytes(DEADLY)
    done = run.run(folder, tmp_path / "out", FINEWEB, executor=lambda _, tasks: pool.in_order(deadly, tasks, 2))
    aside = {row["id"]: row["set_aside"] for row in rows(tmp_path / "out", "removed") if row["set_aside"]}
    assert aside == {"long-01-deadly.html": f"url: its process ended {segments.TRIES} times here"}
    assert (done.documents, done.set_aside) == (4, 1)


def test_a_document_that_takes_too_long_is_set_aside() -> None:
    def endless(document: Document) -> pipeline.Reading:
        while True:
            time.sleep(0.01)

    with segments.limited(0.1):
        said = pipeline.attempted(endless, Document(id="a"))
    assert said == "TookTooLongError: longer than 0.1 s"
    time.sleep(0.15)  # no alarm is left


def test_an_empty_corpus(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    done = run.run(tmp_path / "source", tmp_path / "out", FINEWEB, executor=here)
    assert (done.documents, done.kept) == (0, 0)
    assert [each.documents for each in done.counts] == [0] * len(ORDERS["fineweb"])


def test_json_lines(source: Path, undisturbed: Path, tmp_path: Path) -> None:
    run.run(source, tmp_path / "out", FINEWEB, lines=True, executor=here)
    files = sorted((tmp_path / "out" / "kept").iterdir())
    said = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]
    assert [row["text"] for row in said] == [row["text"] for row in rows(undisturbed, "kept")]
    assert said[0]["verdicts"][0]["stage"] == "url"


def test_every_document_has_one_place(undisturbed: Path, source: Path) -> None:
    places = Counter(row["id"] for folder in ("kept", "removed") for row in rows(undisturbed, folder))
    read = [each.id if isinstance(each, Document) else each[0] for each in reading.read(source)]
    assert places == Counter(read)
    assert set(places.values()) == {1}


def test_the_truth_is_judged_as_in_memory(source: Path, undisturbed: Path, tmp_path: Path) -> None:
    kinds = {page.url: page.kind for page in crawl.pages(120, seed=3)}
    told = tmp_path / "truth.jsonl"
    told.write_text("".join(json.dumps({"url": url, "kind": kind}) + "\n" for url, kind in kinds.items()))
    assert truth.read(told) == kinds
    documents = [each for each in reading.read(source) if isinstance(each, Document)]
    made = stages(FINEWEB, tools.tools(ORDERS["fineweb"]))
    outcome = pipeline.run(documents, made)
    by_id = {each.id: kinds[each.url] for each in documents if each.url in kinds}
    found = truth.judged(undisturbed, kinds)
    assert found == outcome.judged(by_id)
    assert any(each.right for each in found)
    assert truth.table(found).count("\n") == len(found)


@pytest.mark.parametrize("said", ["no JSON", '{"url": "a"}', "[1]", "\xff"])
def test_a_truth_that_says_nothing_is_refused(said: str, tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_bytes(said.encode("latin-1"))
    with pytest.raises(BadRequestError, match="does not say what was planted"):
        truth.read(path)
