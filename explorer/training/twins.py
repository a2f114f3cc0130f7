"""Twins under several objectives: one model each, of the same start, on the same windows, for the same compute.

The recipe is a decoder's with a table [objectives]. Its steps are those of causal language modelling; each other
objective has as many as the same number of operations allows (`twin.flops`), on the same windows in the same order.
`models/<name>/` then holds a file of weights for each objective (float16), the tokenizer, and twins.json: what each
run cost and where it ended, with its held-out curve.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.corpora import texts
from explorer.errors import BadRequestError
from explorer.fetching import cache
from explorer.fetching.progress import silent
from explorer.training.decoder import config_of
from explorer.training.folder import LICENCE, text_cards
from explorer.training.recipe import DecoderSizes, Recipe
from explorer.training.tokens import streams_of, tokenizer_for

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.stack.pretraining.batches import Batches
    from explorer.stack.pretraining.objectives.drawn import Settings
    from explorer.stack.pretraining.objectives.example import Example
    from explorer.stack.pretraining.objectives.marks import MarkIds
    from explorer.stack.pretraining.objectives.twin import Twin
    from explorer.stack.pretraining.train import Progress
    from explorer.stack.pretraining.train import Settings as TrainingSettings
    from explorer.stack.transformer.config import DecoderConfig

ABOUT = "twins.json"
#: Held-out windows of each kind of text, at the end.
MEASURED = 256
#: Draws whose mean says how many targets a row has.
SOME = 256


@dataclass(frozen=True)
class Parts:
    """What all twins of a recipe share."""

    recipe: Recipe
    marks: MarkIds
    settings: Settings
    config: DecoderConfig

    @property
    def n(self) -> int:
        """Tokens of a text."""
        return self.recipe.data.n_ctx

    def heads(self, name: str) -> int:
        return self.settings.heads if name == "mtp" else 1

    def fresh(self, name: str) -> Twin:
        """The twin before its first step."""
        import torch

        from explorer.stack.pretraining.objectives.twin import Twin

        run = self.recipe.run
        made = Twin(self.config, self.heads(name), getattr(torch, run.compute))
        return made.initialise(torch.Generator().manual_seed(run.seed))

    def read(self, folder: Path, name: str) -> Twin:
        """The trained twin, in float32."""
        from safetensors.torch import load_file

        from explorer.stack.pretraining.objectives.twin import Twin

        made = Twin(self.config, self.heads(name))
        state = {key: tensor.float() for key, tensor in load_file(folder / f"{name}.safetensors").items()}
        made.load_state_dict(state | {"decoder.unembed.weight": state["decoder.embed.weight"]})
        return made.eval().requires_grad_(False)

    def counted(self, name: str) -> float:
        """Targets of a row, all heads together: the mean of many draws."""
        return sum(int(each.counted.sum()) for each in self._some(name)) / SOME

    def length(self, name: str) -> int:
        """Positions of a row: marks are read as well."""
        return len(self._some(name)[0].inputs)

    def row_flops(self, name: str) -> float:
        """Operations to train one row."""
        from explorer.stack.pretraining.objectives.twin import flops

        return flops(self.config, self.length(name), self.counted(name), self.heads(name))

    def _some(self, name: str) -> list[Example]:
        import torch

        from explorer.stack.pretraining.objectives.drawn import drawn

        generator = torch.Generator().manual_seed(0)
        text = torch.zeros(self.n, dtype=torch.long)
        return [drawn(name, text, self.marks, self.settings, generator) for _ in range(SOME)]

    def steps(self, name: str) -> int:
        """As many as the compute of the causal twin allows."""
        return round(self.recipe.optimiser.steps * self.row_flops("clm") / self.row_flops(name))


def parts_of(recipe: Recipe) -> Parts:
    """Raises BadRequestError for a recipe without objectives."""
    from explorer.stack.pretraining.objectives.drawn import Settings
    from explorer.stack.pretraining.objectives.marks import MarkIds
    from explorer.stack.pretraining.span_corruption import lengths_of

    said = recipe.objectives
    if said is None or not isinstance(recipe.model, DecoderSizes):
        raise BadRequestError("Twins need a decoder's recipe with a table [objectives].")
    settings = Settings(rate=said.rate, mean_span=said.mean_span, heads=said.heads)
    spans = lengths_of(recipe.data.n_ctx, said.rate, said.mean_span).spans
    marks = MarkIds(recipe.data.d_vocab, spans)
    return Parts(recipe, marks, settings, config_of(recipe.model, marks.total))


def run(recipe: Recipe, folder: Path, announce: Callable[[str], None]) -> Path:
    """Train all twins and write them."""
    from explorer.stack.pretraining.batches import Batches

    shared, said = parts_of(recipe), recipe.objectives
    assert said is not None
    loaded = [texts.load(name, silent) for name in recipe.data.texts]
    tokenizer = tokenizer_for(recipe.data, loaded)
    streams, held = streams_of(tokenizer, loaded)
    weights = {text.source.kind: recipe.data.texts[text.source.name] for text in loaded}
    batches = Batches(streams, weights, shared.n - 1, recipe.data.rows, recipe.run.seed)
    tokenizer.save(str(folder / "tokenizer.json"))
    rows = [_trained(shared, name, batches, held, folder, announce) for name in said.names]
    about = {
        "seed": recipe.run.seed,
        "twins": rows,
        "held_out": (
            f"{MEASURED} windows of the last 5% of each text's documents, one draw of each; nats a target of the first "
            "head, every kind of text with an equal say"
        ),
        "texts": text_cards(loaded, recipe.data.texts),
        "licence": (
            f"The weights are the project's own work, under {LICENCE}. They were trained on the texts above, each "
            "under its own licence; none of those texts is part of this folder."
        ),
    }
    (folder / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder


def _trained(
    shared: Parts,
    name: str,
    batches: Batches,
    held: dict[str, Tensor],
    folder: Path,
    announce: Callable[[str], None],
) -> dict[str, object]:
    """Train one twin, write its weights, and say what it cost and where it ended."""
    from safetensors.torch import save_file

    from explorer.stack.pretraining.objectives.drawn import drawn
    from explorer.stack.pretraining.objectives.twin import ObjectiveCourse
    from explorer.stack.pretraining.train import evaluate, train

    recipe, twin, steps = shared.recipe, shared.fresh(name), shared.steps(name)
    course = ObjectiveCourse(
        batches,
        held,
        lambda text, generator: drawn(name, text, shared.marks, shared.settings, generator),
        recipe.run.evaluate_windows,
    )
    settings = settings_of(recipe, steps)
    began, said = time.process_time(), time.monotonic()

    def told(progress: Progress) -> None:
        nonlocal said
        if time.monotonic() - said > 30:
            said = time.monotonic()
            announce(f"{name}: step {progress.step:,} of {steps:,}, loss {progress.curve[-1].losses['lm']:.3f}")

    progress = train(twin, course, settings, report=told)
    state = {key: tensor.half().contiguous() for key, tensor in twin.state_dict().items()}
    del state["decoder.unembed.weight"]  # the embedding once more
    path = folder / f"{name}.safetensors"
    save_file(state, path, metadata={"format": "pt"})
    twin = shared.read(folder, name)  # what is committed is measured
    final = evaluate(twin, replace(course, measured=MEASURED), progress)
    announce(f"{name}: {steps:,} steps, held out {final.mean:.3f} nats a target")
    flops = recipe.data.rows * shared.row_flops(name)
    return {
        "name": name,
        "steps": steps,
        "tokens": steps * recipe.data.rows * shared.n,
        "flops": flops * steps,
        "parameters": sum(each.numel() for each in twin.parameters()),
        "processor_seconds": round(time.process_time() - began),
        "held_out_loss": {kind: round(loss, 4) for kind, loss in final.losses.items()} | {"mean": round(final.mean, 4)},
        "curve": [[each.step, round(each.step * flops), round(each.mean, 4)] for each in progress.evaluations],
        "bytes": path.stat().st_size,
        "sha256": cache.sha256_of(path),
    }


def settings_of(recipe: Recipe, steps: int) -> TrainingSettings:
    """The recipe's, for a run of so many steps; it is measured 24 times on the way."""
    made = recipe.settings()
    schedule = replace(made.schedule, steps=steps)
    return replace(made, schedule=schedule, evaluate_every=max(1, steps // 24))
