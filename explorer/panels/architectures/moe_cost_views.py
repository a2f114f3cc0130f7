"""Cost: what a mixture's token uses of all that is there, which experts a batch reads, and what the clock says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

from explorer.corpora import passages
from explorer.errors import NotApplicableError
from explorer.experiments.architectures import moe_cost as measured
from explorer.figures.architectures import moe_cost as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import OWN, Scene
from explorer.stack.architectures import moe_cost
from explorer.stack.architectures.moe_parameters import MIXTURES, Shape, from_hf, parameters
from explorer.stack.inference.serving.memory_calculator import FORMATS
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.inference.serving.serving_fit import OVERHEAD
from explorer.stack.systems.roofline import experts_read
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.worst import worst
from explorer.tracing.probes import corpus
from explorer.zoo import shelf
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

    from explorer.tracing.trace import Trace

MAX_BATCH = 8
BATCHES = (1, 2, 4, 8)
PROMPT, NEW = 24, 6


def _shape(config: PreTrainedConfig, name: str) -> tuple[Shape, list[tuple[int, int | None]] | None]:
    """A mixture's shape, or a dense decoder's with the windows of its layers. Raises NotApplicableError."""
    try:
        return from_hf(config, name), None
    except NotApplicableError:
        dense = DecoderConfig.from_hf(config)
        windows = Sizes.of(dense).window_groups()
        return moe_cost.dense_shape(dense, name), windows if any(w for _, w in windows) else None


def _twins(scene: Scene) -> list[figure.MoeRow]:
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


def sizes(scene: Scene) -> Rendered[figure.MoeSizes]:
    checks, rows, model = [], [], scene.model
    try:
        shape, windows = _shape(model.hf.config, model.card.title)
        rows.append(figure.row(shape, windows, own=True))
        counted = parameters(shape).total
        statement, error = f"Counted {counted:,} = the numbers in the model’s tensors", counted - model.dims.parameters
        checks.append(Check(statement, float(abs(error)), 0.0, "difference"))
    except NotApplicableError:  # an architecture that is not counted here: the others still are
        if scene.whose != OWN:
            raise
    rows += [*_twins(scene), *map(figure.row, MIXTURES)]
    statement = f"{len(MIXTURES)} published configs add up to the totals that their makers state"
    stated = worst(map(figure.stated_error, MIXTURES))
    checks.append(Check(statement, stated, 0.01, "largest relative difference"))
    formats = {f.name: f.bytes_each for f in FORMATS.values()}
    data = figure.MoeSizes(rows=rows, formats=formats, gpus=figure.GPUS, overhead=OVERHEAD, proved_at=figure.PROVED)
    return Rendered(data, tuple(checks))


def reading(scene: Scene) -> Iterator[Rendered[figure.MoeReading]]:
    scene.check_inside("layer")
    tell = scene.ticks("Passages read")
    routing = corpus.over_passages(scene.model, lambda _stage, done, total: tell(done, total)).routing
    layer = min(routing.layers, key=lambda each: abs(each - scene.layer))
    indices = routing.indices[routing.layers.index(layer)]
    n, k, sizes = routing.n_experts, indices.shape[1], measured.BATCHES
    made: list[measured.Reading] = []

    def shown(checks: tuple[Check, ...] = ()) -> Rendered:
        data = figure.MoeReading(
            layer=layer,
            n_experts=n,
            k=k,
            tokens=len(indices),
            passages=routing.n_passages,
            expert=_expert_size(scene),
            rows=made,
            own=_own(scene.trace, layer),
        )
        return Rendered(data, checks, title=f"Experts that a batch reads in block {layer}")

    for made in measured.readings(indices, routing.passage, n, torch.Generator().manual_seed(0)):
        scene.progress("Sizes of batch", len(made), len(sizes))
        yield shown()
    statement = f"Random batches read Σ 1 − C(N − c, B)/C(N, B) experts, {measured.DRAWS} samples at {len(made)} sizes"
    yield shown((Check(statement, measured.drawn_error(made), 4.5, "standard errors"),))


def _own(trace: Trace, layer: int) -> list[int] | None:
    """Different experts of a run's first 1, 2, 3, .. tokens, after interventions."""
    weights = trace.expert_weights
    if weights is None or layer >= len(weights):
        return None
    used = (weights[layer] > 0).long().cummax(0).values.sum(-1)  # experts met so far
    return used.tolist()


def _expert_size(scene: Scene) -> int | None:
    try:
        shape = from_hf(scene.model.hf.config)
    except NotApplicableError:
        return None
    return (3 if shape.gated else 2) * shape.d_model * shape.d_expert


def speed(scene: Scene) -> Iterator[Rendered[figure.MoeSpeed]]:
    decoder, rounds = scene.decoder, scene.whole("rounds")
    config = decoder.config
    active = measured.dense_twin(config, config.k * config.d_mlp)
    whole = measured.dense_twin(config, config.n_experts * config.d_mlp)
    decoders = {"mixture": decoder, "active": active, "total": whole}
    texts = [kind.excerpts[at].text for at in range(2) for kind in passages.read()]
    prompts = [scene.model.vocabulary.encode(text)[:PROMPT] for text in texts[:MAX_BATCH]]
    sizes = {name: measured.counted(each) for name, each in decoders.items()}
    read = [experts_read(config.n_experts, config.k, batch) for batch in BATCHES]
    router = config.n_layers * config.n_experts * config.d_model
    for found in measured.speeds(decoders, prompts, BATCHES, NEW, rounds, scene.ticks("Decodings timed")):
        done = len(found[0].rounds)
        data = figure.MoeSpeed(
            model=scene.model.card.title,
            n_experts=config.n_experts,
            k=config.k,
            batches=list(BATCHES),
            prompt=PROMPT,
            new=NEW,
            rounds=rounds,
            done=done,
            threads=torch.get_num_threads(),
            parameters=sizes,
            read=read,
            speeds=figure.decode_speeds(found),
            ratios=figure.ratios(found, ("active", "total"), BATCHES),
        )
        checks = (
            Check(
                f"Two dense decoders = the mixture’s active and all parameters, without its routers’ {router:,}",
                float(measured.twins_error(config, decoder, active, whole)), 0.0, "difference",
            ),
            Check(
                f"The mixture’s first sequence writes the same {NEW + 1} tokens in every batch as alone",
                float(measured.alone_error(found, "mixture")), 0.0, "differences",
            ),
        )  # fmt: skip
        yield Rendered(data, checks if done == rounds else ())
