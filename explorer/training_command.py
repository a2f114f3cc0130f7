"""Commands that train what is committed: models, adapters and sweeps, each from its recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.errors import BadRequestError


def train(
    recipe: Annotated[Path, typer.Argument(help="A recipe.toml; the model is written beside it.")],
    until: Annotated[int | None, typer.Option(help="Stop at this step, with a checkpoint.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the model wherever the run stops.")] = False,
    threads: Annotated[int, typer.Option(min=1, help="Threads of torch.")] = 2,
) -> None:
    """Train a model from its recipe; Ctrl-C stops with a checkpoint, and the same command goes on from it.

    [dim]Example: python -m explorer train models/six-kinds-moe/recipe.toml[/dim]
    """
    import torch

    from explorer.training import run as training
    from explorer.training.recipe import read
    from explorer.training.reporting import TerminalReport

    torch.set_num_threads(threads)
    with TerminalReport(read(recipe)) as report:
        training.run(recipe, until=until, write=write, announce=report.say, report=report)


def stages(
    recipe: Annotated[Path, typer.Argument(help="A stages.toml; the model is written beside it.")],
    threads: Annotated[int, typer.Option(min=1, help="Threads of torch.")] = 1,
) -> None:
    """Train a base, then SFT, DPO and GRPO from it, and write all of them with their curves.

    [dim]Example: python -m explorer stages models/sums/stages.toml[/dim]
    """
    import torch

    from explorer.training import staged_run

    torch.set_num_threads(threads)
    print(f"written to {staged_run.run(recipe)}")


def cycles(
    recipe: Annotated[Path, typer.Argument(help="A cycles.toml; nets and measurements are written beside it.")],
) -> None:
    """Train recursive nets on 4 x 4 Sudoku, with every seed, and measure them cycle by cycle.

    [dim]Example: python -m explorer cycles models/sudoku-cycles/cycles.toml[/dim]
    """
    import torch

    from explorer.training import recursive

    torch.set_num_threads(1)
    print(f"written to {recursive.run(recipe, lambda line: print(line, flush=True))}")


def scenes(
    recipe: Annotated[Path, typer.Argument(help="A scenes.toml; the model is written beside it.")],
) -> None:
    """Train a model that answers questions about drawn scenes, its blind twin, and other connectors, shorter.

    A recipe with a table \\[emoji] is of a model that reads emoji beside the scenes.

    [dim]Example: python -m explorer scenes models/scenes/scenes.toml[/dim]
    """
    import torch

    from explorer.training import emoji_run, scenes_recipe, scenes_run

    torch.set_num_threads(1)
    made, announce = scenes_recipe.read(recipe), lambda line: print(line, flush=True)
    of_emoji = made.emoji is not None
    folder = emoji_run.run(recipe.parent, made, announce) if of_emoji else scenes_run.run(recipe, announce)
    print(f"written to {folder}")


def tune(
    recipe: Annotated[Path, typer.Argument(help="An adapter's recipe: models/BASE/adapters/NAME/recipe.toml.")],
) -> None:
    """Train an adapter of the shelf from its recipe; it is written beside it.

    [dim]Example: python -m explorer tune models/smollm2-135m/adapters/json/recipe.toml[/dim]
    """
    from explorer.experiments.finetuning import committed
    from explorer.experiments.safety import arms, teaching, teaching_wide

    runs = {teaching.DATA: teaching.run, arms.DATA: arms.run, teaching_wide.DATA: teaching_wide.run}
    print(f"written to {runs.get(committed.read(recipe).instructions, committed.run)(recipe, print)}")


def autoencoders(
    recipe: Annotated[Path, typer.Argument(help="A recipe: models/MODEL/autoencoders/recipe.toml.")],
) -> None:
    """Train the sparse autoencoders of a model, and their placebos, that are not there yet.

    [dim]Example: python -m explorer autoencoders models/six-kinds-dense/autoencoders/recipe.toml[/dim]
    """
    import torch

    from explorer.experiments.inside.dictionary_training import run

    torch.set_num_threads(1)
    print(f"written to {run(recipe, lambda line: print(line, flush=True))}")


def lenses(
    recipe: Annotated[Path, typer.Argument(help="A recipe: models/MODEL/lenses/recipe.toml.")],
) -> None:
    """Fit the lenses of a model: tuned, least-squares and Jacobian.

    [dim]Example: python -m explorer lenses models/six-kinds-dense/lenses/recipe.toml[/dim]
    """
    import torch

    from explorer.experiments.inside.lens_training import run

    torch.set_num_threads(1)
    print(f"written to {run(recipe, lambda line: print(line, flush=True))}")


def direction(
    folder: Annotated[Path, typer.Argument(help="An adapter's folder whose recipe reads the requests.")],
    minutes: Annotated[float, typer.Option(min=0, help="Stop behind the condition in which these have passed.")] = 1e9,
) -> None:
    """Find an adapter's refusal direction, measure what it does, and write both beside it; the same command goes on.

    [dim]Example: python -m explorer direction models/smollm2-135m/adapters/refusal[/dim]
    """
    import torch

    from explorer.experiments.safety.recording import run

    torch.set_num_threads(1)
    print(f"written to {run(folder, lambda line: print(line, flush=True), minutes)}")


def requests(
    folder: Annotated[Path, typer.Argument(help="The folder of an adapter that was taught to refuse.")],
    only: Annotated[str, typer.Option(help="One file: disguises.json, red_team.json or layers.json.")] = "",
) -> None:
    """Ask it held-out requests in ten forms, in wordings that a search finds, and through choices of safety layers.

    [dim]Example: python -m explorer requests models/smollm2-135m/adapters/refusal[/dim]
    """
    import torch

    from explorer.experiments.safety.requests_kept import run

    torch.set_num_threads(1)
    print(f"written to {run(folder, lambda line: print(line, flush=True), only)}")


def constitution(
    recipe: Annotated[Path, typer.Argument(help="A recipe: models/MODEL/constitution/recipe.toml.")],
) -> None:
    """Make pairs by critique and revision under principles, train on them by DPO, and measure it on other requests.

    [dim]Example: python -m explorer constitution models/smollm2-135m/constitution/recipe.toml[/dim]
    """
    import torch

    from explorer.experiments.safety.constitution_training import run

    torch.set_num_threads(1)
    print(f"written to {run(recipe, lambda line: print(line, flush=True))}")


def reranker(
    recipe: Annotated[Path, typer.Argument(help="A reranker's recipe; the model is written beside it.")],
) -> None:
    """Train a cross-encoder on questions made by rule, with every seed, and measure it on those that are held out.

    [dim]Example: python -m explorer reranker models/rerank-tiny/reranker.toml[/dim]
    """
    import torch

    from explorer.experiments.context.reranker_training import run

    torch.set_num_threads(1)
    print(f"written to {run(recipe, lambda line: print(line, flush=True))}")


def induction() -> None:
    """Train the attention-only models in which induction appears, with every seed, and keep their curves.

    [dim]Example: python -m explorer induction[/dim]
    """
    import platform

    import torch

    from explorer.experiments.inside.induction_kept import record

    machine = f"{platform.machine()}, one thread, torch {torch.__version__.partition('+')[0]}, float32"
    print(f"written to {record(machine, lambda line: print(line, flush=True))}")


def students(
    teacher: Annotated[str, typer.Option(help="six-kinds-moe, or smollm2-135m: two ways, one size.")] = "six-kinds-moe",
) -> None:
    """Teach students in every way and of every size, with three seeds, and keep their curves.

    [dim]Example: python -m explorer students --teacher smollm2-135m[/dim]
    """
    import platform

    import torch

    from explorer.experiments.frontier.distilling_kept import PATHS, record

    if teacher not in PATHS:
        raise BadRequestError(f"“{teacher}” has no students here.", f"Choose one of {', '.join(PATHS)}.")
    torch.set_num_threads(1)
    machine = f"{platform.machine()}, one thread, torch {torch.__version__.partition('+')[0]}, float32"
    print(f"written to {record(machine, lambda line: print(line, flush=True), teacher)}")


def widths(
    recipe: Annotated[Path, typer.Argument(help="A grid's recipe.toml; its losses are written beside it.")],
) -> None:
    """Train the decoders of a grid of widths and learning rates that are not there yet, one after the other.

    [dim]Example: python -m explorer widths assets/sweeps/width-and-rate/recipe.toml[/dim]
    """
    import torch

    from explorer.experiments.pretraining.width_grid import train_missing

    torch.set_num_threads(1)
    print(f"written to {train_missing(recipe, print)}")


def sweep(
    recipe: Annotated[Path, typer.Argument(help="A sweep's recipe.toml; results are written beside it.")],
    predict: Annotated[bool, typer.Option("--predict", help="Write what the runs say of the larger one.")] = False,
    threads: Annotated[int, typer.Option(min=1, help="Threads of torch.")] = 1,
) -> None:
    """Train the small models of a sweep that are not there yet; the larger one waits for --predict.

    [dim]Example: python -m explorer sweep assets/sweeps/small-decoders/recipe.toml[/dim]
    """
    import torch

    from explorer.experiments.pretraining import sweep as results
    from explorer.training import sweep as training
    from explorer.training.run import asked_to_stop

    torch.set_num_threads(threads)
    if predict:
        print(f"written to {results.predict(recipe)}")
        return
    with asked_to_stop() as stop:
        training.run(recipe, report=training.each_minute(print), stopped=lambda: bool(stop))


def methods(
    recipe: Annotated[Path, typer.Argument(help="A recipe of fine-tuning methods; its rows are written beside it.")],
) -> None:
    """Fine-tune by every method of a recipe what is not there yet, one training after the other.

    [dim]Example: python -m explorer methods assets/sweeps/fine-tuning-methods/recipe.toml[/dim]
    """
    import torch

    from explorer.experiments.finetuning.methods_grid import train_missing

    torch.set_num_threads(1)
    print(f"written to {train_missing(recipe, lambda line: print(line, flush=True))}")
