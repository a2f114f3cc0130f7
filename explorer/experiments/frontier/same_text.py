"""Attention, three kinds of state, and both in turn: trained by one recipe on the same windows of six kinds of text.

The recipe is that of six-kinds-mamba, whose windows are those of six-kinds-dense, stopped sooner: each model reads the
same tokens in the same order, from one seed, at one rate. Sizes are chosen so that all but the dense twin have nearly
as many parameters. The Mamba is the one of the shelf, which is measured and not trained anew; the others are trained
here, and their losses are kept, not their weights.

    python -m explorer.experiments.frontier.same_text

writes `assets/sweeps/same_text/runs.json`: run after run, those that are there left out. Delete it to train all anew.

>>> [arm.name for arm in ARMS if isinstance(arm.sizes, StateSpaceConfig) and "attention" in arm.sizes.kinds]
['hybrid']
"""

from __future__ import annotations

import csv
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache

import torch
from jaxtyping import Float, Int
from pydantic import TypeAdapter
from torch import Tensor

from explorer import places
from explorer.corpora import passages, texts
from explorer.experiments.shelf_course import DENSE, tokenizer_of
from explorer.fetching import cache as fetched
from explorer.fetching.progress import silent
from explorer.stack.frontier.state_spaces.config import StateSpaceConfig, hybrid
from explorer.stack.frontier.state_spaces.model import StateSpaceModel
from explorer.stack.pretraining.batches import WindowCourse, held_out_windows, token_losses
from explorer.stack.pretraining.train import Progress, train
from explorer.stack.transformer.decoder import Decoder
from explorer.training import decoder as decoders
from explorer.training import recipe as recipes
from explorer.training.recipe import DecoderSizes, Recipe
from explorer.zoo.card import shelf_folder
from explorer.zoo.state_space import StateSpace

FILE = places.assets() / "sweeps" / "same_text" / "runs.json"
MAMBA = "six-kinds-mamba"
WIDTH, D_VOCAB = 192, 6144
#: Held-out windows of each kind at the end, and tokens of each that are read twice.
WINDOWS, TWICE = 24, 64
#: Steps whose losses make one point of the curve.
SMOOTHED = 10
#: Tokens of the passage that is read again where the page is opened.
PROBE = 64
FLOAT32 = 4

Model = StateSpaceModel | Decoder


@dataclass(frozen=True)
class Arm:
    """One kind of model."""

    name: str
    sizes: StateSpaceConfig | DecoderSizes

    @property
    def layers(self) -> tuple[str, ...]:
        """Its layers' kinds; a decoder's are attention and a feed-forward network each."""
        if isinstance(self.sizes, StateSpaceConfig):
            return self.sizes.kinds
        return ("attention", "mlp") * self.sizes.n_layers

    def carried(self, length: int) -> int:
        """Bytes that it carries behind so many tokens, in float32."""
        if isinstance(self.sizes, StateSpaceConfig):
            return FLOAT32 * self.sizes.state_numbers(length)
        d_head = self.sizes.d_model // self.sizes.n_heads
        return FLOAT32 * 2 * self.sizes.n_layers * self.sizes.n_kv_heads * d_head * length


def _llama(d_mlp: int) -> DecoderSizes:
    return DecoderSizes(architecture="llama", n_layers=6, d_model=WIDTH, n_heads=4, n_kv_heads=2, d_expert=d_mlp)


#: The last has the sizes of the dense twin; the second is the shelf's.
ARMS = (
    Arm("attention", _llama(256)),
    Arm("Mamba", StateSpaceConfig(WIDTH, D_VOCAB, ("mamba",) * 6)),
    Arm("Mamba-2", StateSpaceConfig(WIDTH, D_VOCAB, ("mamba2",) * 6, d_state=64)),
    Arm("gated linear attention", StateSpaceConfig(WIDTH, D_VOCAB, ("gla",) * 8)),
    Arm("hybrid", StateSpaceConfig(WIDTH, D_VOCAB, hybrid(8), d_head=48)),
    Arm("dense twin", _llama(768)),
)


@dataclass(frozen=True)
class Trained:
    """One model, in numbers."""

    arm: str
    parameters: int
    loss: list[float]
    """Of the windows of so many steps each, before they are learnt from; nats a token."""
    held_out: list[list[float]]
    """Step, and the mean of the kinds on a part of what is held out."""
    windows: dict[str, list[float]]
    """Of each kind, of each held-out window at the end; nats a token."""
    saved: dict[str, list[float]]
    """Of each window, by how much its first tokens cost less when they are read a second time; nats a token."""
    untrained: float
    """What the passage costs before the first step, nats a token."""
    probe: float
    """And at the end."""
    seconds: float
    """Of the processor, of the training."""


@dataclass(frozen=True)
class Recording:
    """All of them."""

    runs: tuple[Trained, ...]
    machine: str
    recipe: dict[str, float]
    """Seed, steps, tokens, peak rate."""


def recipe() -> Recipe:
    """That of the shelf's Mamba."""
    return recipes.read(shelf_folder() / MAMBA / "recipe.toml")


def built(arm: Arm, compute: torch.dtype | None = None) -> Model:
    """Before its first step; `compute` is the type of its products."""
    said = recipe()
    generator = torch.Generator().manual_seed(said.run.seed)
    if isinstance(arm.sizes, DecoderSizes):
        return Decoder(decoders.config_of(arm.sizes, D_VOCAB), compute).initialise(generator)
    return StateSpaceModel(arm.sizes, compute).initialise(generator)


@torch.no_grad()
def as_kept(arm: Arm, model: Model) -> Model:
    """Its weights in 16 bits and opened as float32, as those of the shelf are."""
    plain = built(arm)
    plain.load_state_dict({name: tensor.bfloat16().float() for name, tensor in model.state_dict().items()})
    return plain


def probe() -> Int[Tensor, "1 pos"]:
    """The first tokens of a passage that lies beside the code."""
    text = next(each for each in passages.read() if each.kind == "scripture").excerpts[0].text
    return torch.tensor([[0, *tokenizer_of(DENSE).encode(text).ids[:PROBE]]])


@torch.no_grad()
def nats(model: Model, windows: Int[Tensor, "row pos"]) -> Float[Tensor, "row target"]:
    """What each token but the first costs."""
    return torch.cat([token_losses(model, some) for some in windows.split(8)])


def saved_by(model: Model, windows: Int[Tensor, "row pos"]) -> Float[Tensor, " row"]:
    """By how much a window's first tokens cost less the second time: all but the first of them, which follows another
    token then."""
    said = windows[:, 1 : TWICE + 1]
    found = nats(model, torch.cat([windows[:, :1], said, said], 1))
    return (found[:, 1:TWICE] - found[:, TWICE + 1 :]).mean(1)


def measured(model: Model, course: WindowCourse) -> dict[str, object]:
    """On what is held out, and on the passage."""
    chosen = {kind: held_out_windows(stream, course.n_ctx, WINDOWS) for kind, stream in course.held.items()}
    return {
        "windows": {kind: _rounded(nats(model, some).mean(1)) for kind, some in chosen.items()},
        "saved": {kind: _rounded(saved_by(model, some)) for kind, some in chosen.items()},
        "probe": round(float(nats(model, probe()).mean()), 5),
    }


def record(announce: Callable[[str], None]) -> None:
    """Train what is missing, and write all."""
    torch.set_num_threads(1)
    said = recipe()
    _, course, _ = decoders.windows_of(said, [texts.load(name, silent) for name in said.data.texts])
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {"runs": []}
    runs = {each["arm"]: each for each in kept["runs"]}
    about = {"seed": said.run.seed, "steps": said.optimiser.steps, "tokens": said.tokens, "peak": said.optimiser.peak}
    machine = f"{platform.machine()}, one thread, torch {torch.__version__.partition('+')[0]}"
    FILE.parent.mkdir(parents=True, exist_ok=True)
    for arm in ARMS:
        if arm.name in runs:
            continue
        run = _kept_one(arm, course) if arm.name == "Mamba" else _trained(arm, said, course, announce)
        runs[arm.name] = asdict(run)
        announce(f"{arm.name}: {_mean([_mean(each) for each in run.windows.values()]):.3f}, {run.seconds:.0f} s")
        found = [runs[each.name] for each in ARMS if each.name in runs]
        FILE.write_text(json.dumps({"machine": machine, "recipe": about, "runs": found}) + "\n", encoding="utf-8")


def _trained(arm: Arm, said: Recipe, course: WindowCourse, announce: Callable[[str], None]) -> Trained:
    model, name = built(arm, getattr(torch, said.run.compute)), arm.name.replace(" ", "-")
    before, spoke = float(nats(built(arm), probe()).mean()), time.monotonic()
    settings = replace(said.settings(), fixed={"arm": repr(arm), "seed": said.run.seed})

    def told(progress: Progress) -> None:
        nonlocal spoke
        if time.monotonic() - spoke > 30:
            spoke = time.monotonic()
            announce(f"{name}: step {progress.step}, {progress.seconds:.0f} s, {progress.curve[-1].losses['lm']:.3f}")

    path = fetched.cache_folder() / "training" / f"same-text-{name}.pt"
    progress = train(model, course, settings, path, checkpoint_every_s=120.0, report=told)
    losses = [each.losses["lm"] for each in progress.curve]
    held = [[float(each.step), round(each.mean, 4)] for each in progress.evaluations]
    return _of(arm, as_kept(arm, model), course, losses, held, before, progress.seconds)


def _kept_one(arm: Arm, course: WindowCourse) -> Trained:
    """The shelf's Mamba: its curves are in its folder."""
    from explorer.zoo.companions import companion

    made, folder = companion(MAMBA), shelf_folder() / MAMBA
    assert isinstance(made, StateSpace)
    with (folder / "loss.csv").open(encoding="utf-8") as file:
        losses = [float(row["lm"]) for row in csv.DictReader(file)]
    with (folder / "held_out.csv").open(encoding="utf-8") as file:
        held = [[float(row["step"]), float(row["mean"])] for row in csv.DictReader(file)]
    seconds = float(json.loads((folder / "training.json").read_text(encoding="utf-8"))["processor_seconds"])
    before = float(nats(built(arm), probe()).mean())
    return _of(arm, made.model, course, losses, held, before, seconds)


def _of(
    arm: Arm, model: Model, course: WindowCourse, losses: list[float], held: list[list[float]], before: float,
    seconds: float,
) -> Trained:  # fmt: skip
    pieces = [losses[at : at + SMOOTHED] for at in range(0, len(losses), SMOOTHED)]
    return Trained(
        arm=arm.name, parameters=sum(each.numel() for each in model.parameters()),
        loss=[round(_mean(each), 4) for each in pieces], held_out=held, untrained=round(before, 5),
        seconds=round(seconds, 1), **TypeAdapter(dict).validate_python(measured(model, course)),
    )  # fmt: skip


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _rounded(values: Tensor) -> list[float]:
    return [round(each, 4) for each in values.tolist()]


@cache
def stored() -> Recording:
    """What was trained once and is committed."""
    return TypeAdapter(Recording).validate_json(FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    record(lambda line: print(line, flush=True))
