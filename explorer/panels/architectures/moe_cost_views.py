"""Cost: what a mixture's token uses of all that is there, which experts a batch reads, and what the clock says."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch

from explorer.corpora import passages
from explorer.errors import NotApplicableError
from explorer.figures.architectures import moe_cost as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.architectures import moe_cost
from explorer.stack.architectures.moe_parameters import PUBLISHED, Shape, from_hf, parameters
from explorer.stack.inference.memory_calculator import FORMATS, Sizes
from explorer.stack.inference.roofline import experts_read
from explorer.stack.transformer.config import DecoderConfig
from explorer.tracing import corpus
from explorer.zoo import shelf
from explorer.zoo.card import shelf_folder

MAX_BATCH = 8
BATCHES = (1, 2, 4, 8)
PROMPT, NEW, ROUNDS = 24, 6, 6


def _shape(config: Any, name: str) -> tuple[Shape, list[tuple[int, int | None]] | None]:
    """A mixture's shape, or a dense decoder's with the windows of its layers. Raises NotApplicableError."""
    try:
        return from_hf(config, name), None
    except NotApplicableError:
        dense = DecoderConfig.from_hf(config)
        windows = Sizes.of(dense).window_groups()
        return moe_cost.dense_shape(dense, name), windows if any(w for _, w in windows) else None


def _twins(scene: Scene) -> list[dict[str, Any]]:
    """Models trained here that lie on the shelf beside the running one: their configs are read, nothing is loaded."""
    from transformers import AutoConfig

    made = []
    for name, card in shelf().items():
        folder = shelf_folder() / name
        if name == scene.model.name or not (folder / "recipe.toml").is_file() or not (folder / "config.json").is_file():
            continue
        try:
            made.append(figure.row(*_shape(AutoConfig.from_pretrained(str(folder), local_files_only=True), card.title)))
        except NotApplicableError:
            continue
    return made


def sizes(scene: Scene) -> Rendered:
    checks, rows = [], []
    try:
        shape, windows = _shape(scene.model.hf.config, scene.model.card.title)
        rows.append(figure.row(shape, windows, here=True))
        counted, tensors = parameters(shape).total, scene.model.dims.parameters
        checks.append(
            Check(
                f"Counted {counted:,} = the numbers in this model’s tensors",
                float(abs(counted - tensors)),
                0.0,
                "difference",
            )
        )
    except NotApplicableError:  # an architecture that is not counted here: the others still are
        pass
    rows += [*_twins(scene), *(figure.row(shape) for shape in PUBLISHED)]
    checks.append(
        Check(
            f"{len(PUBLISHED)} published configs add up to the totals that their makers state",
            max(map(figure.stated_error, PUBLISHED)),
            0.01,
            "largest relative difference",
        )
    )
    formats = {f.name: f.bytes_each for f in FORMATS.values()}
    return Rendered({"rows": rows, "formats": formats, "proved_at": figure.PROVED}, tuple(checks))


def _needs_experts(scene: Scene) -> None:
    if not scene.model.dims.n_experts:
        raise NotApplicableError(
            f"{scene.model.card.title} is a dense model: every token reads all of it.",
            "Open the mixture of experts on the shelf.",
            offer=next((name for name, card in shelf().items() if card.kind == "moe"), ""),
        )


def reading(scene: Scene) -> Rendered:
    _needs_experts(scene)
    found = corpus.over_passages(scene.model, scene.progress)
    routing = found.routing
    layer = min(routing.layers, key=lambda each: abs(each - scene.layer))
    indices = routing.indices[routing.layers.index(layer)]
    n, k = routing.n_experts, indices.shape[1]
    generator = torch.Generator().manual_seed(scene.trace.key.seed)
    made = figure.readings(indices, routing.passage, n, generator)
    data = {
        "layer": layer, "n_experts": n, "k": k, "tokens": len(indices), "passages": routing.n_passages,
        "expert": _expert_size(scene), "rows": [asdict(each) for each in made], "own": _own(scene, layer),
    }  # fmt: skip
    check = Check(
        f"Random batches read Σ 1 − C(N − c, B)/C(N, B) experts, {figure.DRAWS} draws at {len(made)} sizes",
        figure.drawn_error(made),
        4.5,
        "standard errors",
    )
    return Rendered(data, (check,), title=f"Experts that a batch reads in layer {layer}")


def _own(scene: Scene, layer: int) -> list[int] | None:
    """Different experts of this run's first 1, 2, 3, .. tokens, after interventions."""
    weights = scene.trace.expert_weights
    if weights is None:
        return None
    used = (weights[layer] > 0).long().cummax(0).values.sum(-1)  # experts met so far
    return used.tolist()


def _expert_size(scene: Scene) -> int | None:
    try:
        shape = from_hf(scene.model.hf.config)
    except NotApplicableError:
        return None
    return (3 if shape.gated else 2) * shape.d_model * shape.d_expert


def speed(scene: Scene) -> Rendered:
    _needs_experts(scene)
    decoder = scene.model.decoder
    config = decoder.config
    active = figure.dense_twin(config, config.k * config.d_mlp)
    whole = figure.dense_twin(config, config.n_experts * config.d_mlp)
    decoders = {"mixture": decoder, "active": active, "total": whole}
    texts = [kind.excerpts[at].text for at in range(2) for kind in passages.read()]
    prompts = [scene.model.vocabulary.encode(text)[:PROMPT] for text in texts[:MAX_BATCH]]
    found = figure.speeds(decoders, prompts, BATCHES, NEW, ROUNDS, scene.ticks("Measurements"))
    router = config.n_layers * config.n_experts * config.d_model
    spare = (config.n_experts - config.k) * 3 * config.d_model * config.d_mlp * config.n_layers
    off = abs(figure.counted(decoder) - spare - router - figure.counted(active))
    off += abs(figure.counted(decoder) - router - figure.counted(whole))
    checks = (
        Check(
            f"Two dense decoders = the mixture’s active and all parameters, less its routers’ {router:,}",
            float(off),
            0.0,
            "difference",
        ),
        Check(
            f"The mixture’s first row writes the same {NEW + 1} tokens in every batch as alone",
            float(figure.alone_error(found, "mixture")),
            0.0,
            "differences",
        ),
    )
    data = {
        "model": scene.model.card.title, "n_experts": config.n_experts, "k": config.k, "batches": list(BATCHES),
        "prompt": PROMPT, "new": NEW, "rounds": ROUNDS, "threads": torch.get_num_threads(),
        "parameters": {name: figure.counted(each) for name, each in decoders.items()},
        "read": [experts_read(config.n_experts, config.k, batch) for batch in BATCHES],
        "speeds": [
            {
                "name": s.name, "batch": s.batch, "step_ms": 1e3 * s.step, "tokens": s.tokens_per_second,
                "slow": s.batch / s.quartiles[1], "fast": s.batch / s.quartiles[0], "steps": s.steps,
            }
            for s in found
        ],
    }  # fmt: skip
    return Rendered(data, checks)
