"""The command line: serve the page, look at the shelf, fetch a model, write a trace, run the benchmarks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from explorer import __version__
from explorer.claims_command import claims
from explorer.data_command import crawl, data
from explorer.errors import ExplorerError
from explorer.evaluate_command import evaluate, humaneval
from explorer.sampler_options import with_sampler
from explorer.scaffold.commands import new
from explorer.shell.api.command import mcp
from explorer.shell.lessons.commands import lessons
from explorer.shell.recorded.command import export_site
from explorer.training_command import (
    autoencoders,
    constitution,
    cycles,
    direction,
    induction,
    lenses,
    methods,
    requests,
    reranker,
    scenes,
    stages,
    students,
    sweep,
    train,
    tune,
    widths,
)

app = typer.Typer(
    name="python -m explorer",
    help=(
        "A real small language model runs, and you walk one token through it: text, tokens, vectors, attention, "
        "residual stream, logits, next token. Every number is measured on that run."
    ),
    epilog=(
        "Where things lie: models are cached in EXPLORER_CACHE (default: the platform's cache folder); cards are read "
        "from models/*/model.toml. With HF_HUB_OFFLINE=1 no hub is asked."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

ModelName = Annotated[
    str,
    typer.Option("--model", "-m", help="A model of the shelf, a local folder, a .gguf file, or a hub's owner/name."),
]

Device = Annotated[
    str | None,
    typer.Option(help="Where weights lie: auto, cpu, cuda, cuda:N, mps; or EXPLORER_DEVICE. Without either auto."),
]
Dtype = Annotated[
    str | None,
    typer.Option(help="Their format: float32, bfloat16, float16; or EXPLORER_DTYPE. Without either float32."),
]


def _version(wanted: bool) -> bool:
    if wanted:
        print(__version__)
        raise typer.Exit
    return wanted


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version
    from explorer.fetching import cache

    cache.temporary_folder()


@app.command("serve", hidden=True)  # the same by another name
@app.command()
def run(
    host: Annotated[str | None, typer.Option(help="Address to listen on, or HOST; without either 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on, or PORT; without either 7860.")
    ] = None,
    device: Device = None,
    dtype: Dtype = None,
) -> None:
    """Serve the page. [dim]Example: llm-explorer run --port 8000[/dim]

    An address that others reach makes the server public: visitors get the shelf only (EXPLORER_PUBLIC=0 opens any
    model). EXPLORER_HOSTS=demo.example names the hosts that it answers to, besides its address.
    """
    from explorer.shell.process import collector

    collector.begin()
    from explorer.shell.app import serve

    for name, said in (("EXPLORER_DEVICE", device), ("EXPLORER_DTYPE", dtype)):
        if said:
            os.environ[name] = said  # the processes that measure read it too

    serve(host, port)


@app.command()
def models() -> None:
    """List the shelf and its companions: size, licence, cached or not, and what each model is good for."""
    from rich.console import Console

    from explorer.zoo.listing import table

    # A pipe has no width of its own, and 80 columns would cut the sentences to ribbons.
    Console(width=None if sys.stdout.isatty() else 160).print(table())


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A name of the shelf.")] = "smollm2-135m",
    tokenizers: Annotated[bool, typer.Option("--tokenizers", help="The panels' tokenizers as well.")] = False,
) -> None:
    """Download, verify and convert a model, so that it loads in a second; mends a damaged one."""
    from explorer import zoo
    from explorer.zoo import tokenizers as shelf

    card = zoo.find(name)
    if card.opt_in and not zoo.is_cached(card):
        print(f"Licence of {card.title}: {card.licence}, {card.licence_url}", file=sys.stderr)
    progress = zoo.TerminalProgress()
    try:
        folder = zoo.fetch(card, progress)
        for each in shelf.NAMES if tokenizers else ():
            shelf.load(each, progress)
    finally:
        progress.close()
    print(f"{card.name} is ready: {folder}")
    if tokenizers:
        print(f"{len(shelf.NAMES)} tokenizers are ready: {', '.join(shelf.NAMES)}")


@app.command()
@with_sampler
def trace(
    text: Annotated[str, typer.Argument(help="The prompt.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The .npz file to write.")] = Path("trace.npz"),
    model: ModelName = "smollm2-135m",
    max_new_tokens: Annotated[int, typer.Option(min=0, help="Tokens to generate after the prompt.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the sampler's random numbers.")] = 0,
    chat: Annotated[bool, typer.Option("--chat", help="Put the prompt into the model's chat template.")] = False,
    device: Device = None,
    dtype: Dtype = None,
    **sampling: float | int,
) -> None:
    """Run a model on a text and write what it computed as numpy arrays.

    The arrays bear the names of the Python API: ids, embed, resid_pre, resid_mid, resid_post, pattern, rot_q, rot_k, v,
    z, mlp_pre, logits and so on; with new tokens also steps_position, steps_chosen and steps_u.

    [dim]Example: python -m explorer trace "The capital of France is" --out france.npz[/dim]
    """
    import explorer
    from explorer import zoo
    from explorer.stack.inference.decoding.sampling import Sampler
    from explorer.trace_file import arrays, write

    progress = zoo.TerminalProgress()
    try:
        loaded = explorer.load(model, progress, device=device, dtype=dtype)
    finally:
        progress.close()
    run = explorer.trace(loaded, text, max_new_tokens, seed=seed, chat=chat, sampler=Sampler.of(sampling))
    contents = arrays(run)
    write(contents, out)
    for name, array in contents.items():
        print(f"{name:<18} {array.dtype!s:<8} {list(array.shape)}")
    print(f"written to {out}")


@app.command()
def tokenize(
    name: Annotated[str, typer.Argument(help="gpt2, cl100k, o200k, llama2, llama3, gemma3, qwen2, ...; or a file.")],
    text: Annotated[str | None, typer.Argument(help="The text; - reads it from standard input.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="The text is in this file.")] = None,
    offsets: Annotated[bool, typer.Option("--offsets", help="Also where each token lies in the text.")] = False,
    special: Annotated[bool, typer.Option("--special", help="A special token's name is that token, not text.")] = False,
    frame: Annotated[bool, typer.Option("--frame", help="Put the tokenizer's own first and last tokens.")] = False,
) -> None:
    """Print the ids of a text as JSON; with --offsets an object of ids, offsets (in characters) and bytes.

    NAME is one of the real tokenizers, fetched when first asked for, or a file: tokenizer.json, .tiktoken ranks,
    SentencePiece's .model, vocab.txt, .gguf.

    [dim]Example: python -m explorer tokenize gpt2 "Hello world" --offsets[/dim]
    """
    from explorer.zoo.tokenizers.printed import printed, text_of

    print(printed(name, text_of(text, file), offsets, special, frame))


@app.command()
def quantize(
    model: Annotated[str, typer.Argument(help="A model of the shelf, a local folder, or a .gguf file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The .gguf file to write.")],
    kind: Annotated[str, typer.Option("--format", "-f", help="One of llama.cpp's kinds of file.")] = "q4_k_m",
    imatrix: Annotated[
        bool, typer.Option("--imatrix", help="Weigh errors by how large each input is on passages of six kinds.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a model as a GGUF file that llama.cpp runs, in one of its mixes of formats.

    [dim]Example: python -m explorer quantize smollm2-135m --format q4_k_m --out smollm2.gguf[/dim]
    """
    from explorer import zoo
    from explorer.experiments.systems.calibration_text import importances
    from explorer.stack.systems.quantization.mix import mix
    from explorer.zoo.gguf_writer import check, write

    made = mix(kind)
    progress = zoo.TerminalProgress()
    try:
        loaded = zoo.load(model, progress, device="cpu", dtype="float32")  # what formats are made of
        check(loaded, out, force)
        weigh = importances(loaded, lambda done, of: progress("Reading passages", done, of)) if imatrix else None
        written = write(loaded, made, out, importance=weigh, force=force, progress=progress)
    finally:
        progress.close()
    said = ", ".join(f"{count} in {name.upper()}" for name, count in sorted(written.formats.items()))
    print(f"{written.path}: {made.title}, {written.nbytes / 1e6:,.1f} MB; tensors: {said}")
    for d_in, count in written.fallen.items():
        print(f"{count} matrices with rows of {d_in:,} fell back: K types need rows in multiples of 256")


@app.command()
def bench(
    name: Annotated[str | None, typer.Argument(help="Name of the benchmark; without a name, all are listed.")] = None,
    options: Annotated[list[str] | None, typer.Argument(help="Options of the benchmark, such as minutes=2")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Also write the rows to this file.")] = None,
) -> None:
    """List the benchmarks, or run one. [dim]Example: python -m explorer bench trace --json rows.json[/dim]"""
    from explorer import bench as benchmarks

    if name is None:
        for each, about in benchmarks.available().items():
            print(f"{each:<10} {about}")
        return
    report = benchmarks.run(name, options or ())
    print(report.table())
    if json is not None:
        report.write(json)


@app.command()
def specialisation(
    model: Annotated[str, typer.Argument(help="A mixture of experts that was trained here.")] = "six-kinds-moe",
    twins: Annotated[
        list[str] | None, typer.Option("--twin", help="Models to compare with; those not on the shelf are left out.")
    ] = None,
    windows: Annotated[int, typer.Option(min=1, help="Windows of 256 held-out tokens of each kind of text.")] = 64,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write; default: report.md in its folder.")] = None,
) -> None:
    """Report what the experts of a model do, on its held-out text: loss, load, and information against chance.

    [dim]Example: python -m explorer specialisation six-kinds-moe --twin six-kinds-dense[/dim]
    """
    from explorer import zoo
    from explorer.experiments.architectures import experts_report
    from explorer.zoo.card import shelf_folder

    named = [model, *(twins if twins is not None else ["six-kinds-unbalanced", "six-kinds-dense"])]
    there = [name for name in named if name in zoo.shelf() or name == model]
    for name in sorted({*named} - {*there}):
        print(f"{name} is not on the shelf; left out", file=sys.stderr)
    progress = zoo.TerminalProgress()
    try:
        report = experts_report.markdown([experts_report.measure(name, windows, progress) for name in there])
    finally:
        progress.close()
    target = out or shelf_folder() / model / "report.md"
    target.write_text(report, encoding="utf-8")
    print(report)
    print(f"written to {target}", file=sys.stderr)


@app.command()
def record() -> None:
    """Store the default run as the page's first picture, after a change of what the page draws."""
    from explorer.shell.recorded.first_run import RECORDED
    from explorer.shell.recorded.first_run import record as record_run

    print(f"{record_run():,} bytes written to {RECORDED}")


@app.command()
def types() -> None:
    """Write what JavaScript is checked against, after a change of a payload, the envelope or a table."""
    from explorer.shell.files.for_javascript import files

    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
        print(f"{path} is written")


app.command()(data)
app.command()(crawl)
app.command()(train)
app.command()(stages)
app.command()(scenes)
app.command()(tune)
app.command()(autoencoders)
app.command()(lenses)
app.command()(direction)
app.command()(requests)
app.command()(constitution)
app.command()(induction)
app.command()(cycles)
app.command()(methods)
app.command()(students)
app.command()(reranker)
app.command()(widths)
app.command()(sweep)
app.command()(evaluate)
app.command()(humaneval)
app.command()(claims)
app.command()(export_site)
app.command()(mcp)
app.add_typer(lessons, name="lessons")
app.add_typer(new, name="new")


def main(words: list[str] | None = None) -> None:
    """Run the command line; an error that a person may see is printed with its hint, and the exit code is 2."""
    try:
        app(words)
    except ExplorerError as error:
        print(f"Error: {error.message}", file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
