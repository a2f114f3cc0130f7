"""`python -m explorer data`: a folder or an archive of a crawl through the pipeline; and the recipe of a crawl."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from explorer.errors import BadRequestError

#: The orders of stages, as the command line takes them.
Order = Literal["reference", "fineweb"]


def data(
    source: Annotated[
        Path, typer.Argument(help="A folder of HTML, texts, JSON lines or Parquet; or a .warc.gz or .wet.gz archive.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new folder for what is kept and what is removed.")],
    order: Annotated[str, typer.Option(help="Of the stages: reference, or fineweb (filters first).")] = "reference",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from what a killed run left there.")] = False,
    language: Annotated[list[str] | None, typer.Option(help="To keep, as en; may be given again. Default: en.")] = None,
    threshold: Annotated[
        list[str] | None, typer.Option("--set", help="Another threshold, as gopher_short_doc=20; may be given again.")
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(help="What was planted, as crawl writes it: judges each stage by it."),
    ] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Write JSON lines instead of Parquet.")] = False,
    ray: Annotated[bool, typer.Option("--ray", help="By Ray Data, on whatever cluster Ray finds.")] = False,
) -> None:
    """Extract, filter and deduplicate documents; keep every verdict on what is removed.

    A document that cannot be read is set aside with its reason, and the run goes on.

    [dim]Example: python -m explorer data crawl.warc.gz --out filtered --order fineweb --truth truth.jsonl[/dim]
    """
    from explorer.experiments.pretraining.corpus_run import run
    from explorer.experiments.pretraining.corpus_run import truth as planted
    from explorer.stack.pretraining.data.stage import ORDERS, Settings

    if order not in ORDERS:
        raise BadRequestError(f"There is no order {order[:40]!r}.", f"Known are {', '.join(ORDERS)}.")
    kinds = planted.read(truth) if truth else {}
    settings = Settings(
        order=cast(Order, order),
        languages=frozenset(language or ["en"]),
        thresholds=dict(map(_threshold, threshold or ())),
    )
    executor = None
    if ray:
        from explorer.experiments.pretraining.corpus_run.by_ray import executor as by_ray

        executor = by_ray(workers)
    done = run.run(source, out, settings, workers, resume, jsonl, executor)
    print(run.table(done))
    if kinds:
        print(f"\n{planted.table(planted.judged(out, kinds))}")
    if not done.documents:
        print(f"There is no document in {source}.")
    print(f"written to {out}")


def crawl(
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for crawl.warc.gz, crawl.wet.gz and truth.jsonl.")],
    documents: Annotated[int, typer.Option(min=50, max=20_000, help="Pages; 20,000 are 120 MB of HTML.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Of the recipe.")] = 1,
) -> None:
    """Make a crawl by a recipe, with planted copies, spam and more, and write what was planted beside it.

    [dim]Example: python -m explorer crawl --out made --documents 2000[/dim]
    """
    from explorer import zoo
    from explorer.corpora import crawl as recipe

    progress = zoo.TerminalProgress()
    try:
        made = recipe.pages(documents, seed, large=True, progress=progress)
    finally:
        progress.close()
    out.mkdir(parents=True, exist_ok=True)
    with (out / "crawl.warc.gz").open("wb") as file:
        recipe.write_warc(made, file)
    with (out / "crawl.wet.gz").open("wb") as file:
        recipe.write_wet(made, file)
    with (out / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for page in made:
            origin = None if page.origin is None else made[page.origin].url
            truth.write(
                json.dumps({"url": page.url, "kind": page.kind, "origin": origin, "changed": page.changed}) + "\n"
            )
    print(f"{len(made):,} pages written to {out}")


def _threshold(said: str) -> tuple[str, float]:
    rule, _, value = said.partition("=")
    try:
        return rule, float(value)
    except ValueError:
        raise BadRequestError(f"“{said[:60]}” is no threshold.", "Write rule=number, as gopher_short_doc=20.") from None
