"""`python -m explorer evaluate`: a task on a model, under its interventions, with what was measured kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from explorer.experiments.evaluation.results import Results


def evaluate(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="Models of the shelf, local folders, or .gguf files.")
    ],
    task: Annotated[
        list[str] | None, typer.Option("--task", "-t", help="A task by name, or its YAML file; may be given again.")
    ] = None,
    do: Annotated[
        list[str] | None, typer.Option("--do", help="An intervention of a link, as ablate:23.1; may be given again.")
    ] = None,
    fmt: Annotated[
        str | None, typer.Option("--format", "-f", help="All weights in a number format, as nf4 or int8.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first so many items.")] = None,
    shots: Annotated[
        int | None, typer.Option(min=0, max=100, help="Examples in a prompt; default: as the task says.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the examples.")] = 1234,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder of results.")] = Path("results"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on from what is kept there.")] = False,
    bos: Annotated[bool, typer.Option("--bos", help="Put BOS (or else EOS) before every prompt.")] = False,
    cut: Annotated[
        bool, typer.Option("--cut", help="Cut a prompt that is too long from the left, as lm-eval does.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Processes that share the work, on Ray; default: this one.")
    ] = None,
    cluster: Annotated[str, typer.Option(envvar="EXPLORER_RAY", help="A cluster of Ray for --workers.")] = "",
) -> None:
    """Score models on tasks and write the results as lm-eval does; without --task, list the tasks.

    A task is a YAML file of data with its items beside it, as lm-eval reads it: no code of a task is run.

    [dim]Example: python -m explorer evaluate smollm2-135m --task agreement --format nf4 --limit 100[/dim]
    """
    from explorer import zoo
    from explorer.corpora.tasks import shelf
    from explorer.experiments.evaluation import workers as workers_module
    from explorer.experiments.evaluation.command import Cell, evaluate_cell
    from explorer.experiments.evaluation.task_run import Choice
    from explorer.tracing.key import read_interventions

    if not task:
        for name in shelf.names():
            found = shelf.own(name)
            print(f"{name:<16} {found.kind:<22} {len(found.items):>5} items")
        print(f"{shelf.GROUP:<16} the thirteen of the catalogue")
        return
    # a file that cannot be read is told before a model is loaded
    tasks = [found for each in task for found in shelf.find(each)]
    do = [each.text for each in read_interventions([*([f"quant:all:{fmt}"] if fmt else []), *(do or [])])]
    choice = Choice(num_fewshot=shots, seed=seed, bos=bos, cut=cut)
    cells = [Cell(model, each, choice, tuple(do), limit) for model in models for each in tasks]
    progress = zoo.TerminalProgress()
    try:
        if workers:
            made = workers_module.evaluate(cells, out, workers_module.Way(workers, cluster), resume, progress)
        else:
            made = [evaluate_cell(each, out, resume, progress) for each in cells]
    finally:
        progress.close()
    print(table(made))
    print(f"written to {out}")


def table(made: list[Results]) -> str:
    """The metrics of all tasks, with their standard errors, as lm-eval's table has them."""
    lines = [
        f"{'model':<14} {'task':<14} {'filter':<16} {'n-shot':>6} {'items':>6}  {'metric':<16} {'value':>10}   "
        f"{'stderr':>8}"
    ]
    for each in made:
        model = Path(each["config"]["model_args"]["pretrained"]).name[:14]
        for name, row in each["results"].items():
            n, shots = each["n-samples"][name]["effective"], each["n-shot"][name]
            values = [key for key in row if "," in key and "_stderr," not in key]
            for key in values:
                metric, _, filtered = key.partition(",")
                error = row[f"{metric}_stderr,{filtered}"]
                said = f"{error:8.4f}" if isinstance(error, float) else f"{error:>8}"
                begin = f"{model:<14} {name:<14} {filtered:<16} {shots:>6} {n:>6}"
                lines.append(f"{begin}  {metric:<16} {row[key]:10.4f} ± {said}")
            if not values:
                begin = f"{model:<14} {name:<14} {'':<16} {shots:>6} {n:>6}"
                lines.append(f"{begin}  answers are kept; no rule grades them")
    return "\n".join(lines)


def humaneval(
    model: Annotated[str, typer.Argument(help="A model of the shelf.")] = "qwen2.5-coder-0.5b",
    problems: Annotated[int, typer.Option(min=2, help="How many, spaced evenly.")] = 24,
    dtype: Annotated[str, typer.Option(help="float32 or bfloat16: of weights and matrix products.")] = "float32",
    threads: Annotated[int, typer.Option(min=1, help="Threads of torch.")] = 2,
) -> None:
    """Let a model write programs for some problems of HumanEval, run them in the sandbox, and keep what became of them.

    [dim]Example: python -m explorer humaneval qwen2.5-coder-0.5b --dtype bfloat16[/dim]
    """
    import torch

    from explorer.errors import BadRequestError
    from explorer.experiments.evaluation.human_eval import record

    if dtype not in ("float32", "bfloat16"):
        raise BadRequestError(f"“{dtype}” is no format that is computed in here.", "Choose float32 or bfloat16.")
    torch.set_num_threads(threads)
    print(f"written to {record(model, lambda line: print(line, flush=True), dtype, problems)}")
