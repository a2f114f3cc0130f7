"""QLoRA and task vectors: bytes, gradients, models merged, tasks summed."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.finetuning import qlora as experiment
from explorer.experiments.finetuning import task_sums
from explorer.experiments.finetuning.worn import held_out, offered, worn
from explorer.figures.finetuning import qlora as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: What is read where no adapter says it.
TASK, ITEMS = "json", 4
#: Nats, and of a norm.
NEAR = 1e-3
#: Bits, and bytes.
EXACT, BITS_NEAR = 1e-9, 1e-3


def bytes(scene: Scene) -> Rendered[figure.QloraBytes]:  # noqa: A001 - the view's name
    experiment.fits(scene.decoder)
    rows = experiment.batch(held_out(scene.model, TASK, ITEMS))
    made = experiment.memory(scene.decoder, rows, scene.whole("seed"), scene.progress)
    checks = (
        Check(
            "Bits of a number in NF4, from the bytes of codes and scales = 4 + 8/64 + 32/(64 × 256)",
            abs(made.bits - experiment.BITS), BITS_NEAR, "bits",
        ),
        Check(
            "Bytes of the optimizer’s state = 8 for each trained number", abs(made.optimizer_per_number - 8), EXACT,
            "bytes",
        ),
    )  # fmt: skip
    return Rendered(figure.memory(made, experiment.large(), experiment.R), checks)


def gradient(scene: Scene) -> Rendered[figure.QloraGradient]:
    experiment.fits(scene.decoder)
    rows = experiment.batch(held_out(scene.model, TASK, scene.whole("items")))
    made = experiment.gradients(scene.decoder, rows, scene.whole("seed"), scene.progress)
    check = Check(
        "Gradient through packed matrices = through the same numbers widened to float32", made.apart, NEAR,
        "of its norm",
    )  # fmt: skip
    return Rendered(figure.gradient(made, scene.decoder.config.n_layers, rows.tokens), (check,))


def merging(scene: Scene) -> Iterator[Rendered[figure.QloraMerging]]:
    experiment.fits(scene.decoder)
    there = _offered(scene)
    found = worn(scene.decoder, scene.one_of("first", there, there[0]))
    task = found.learnt or TASK
    made = None
    for made in experiment.merging(
        scene.decoder, found, held_out(scene.model, task, scene.whole("items")), scene.progress
    ):
        if made.apart is None:
            yield Rendered(figure.merging(made, found, there, task))
    assert made is not None
    assert made.apart is not None
    check = Check(
        "Loss of NF4 with the adapter beside it = of the same numbers in float32, merged", made.apart, NEAR, "nats"
    )
    yield Rendered(figure.merging(made, found, there, task), (check,))


def sums(scene: Scene) -> Iterator[Rendered[figure.QloraSums]]:
    there = _offered(scene)
    first = worn(scene.decoder, scene.one_of("first", there, there[0]))
    second = worn(scene.decoder, scene.one_of("second", there, there[min(1, len(there) - 1)]))
    tasks = (first.learnt or TASK, second.learnt or TASK)
    items = [held_out(scene.model, task, scene.whole("items")) for task in tasks]
    made = None
    for made in task_sums.sums(scene.decoder, first, second, items, scene.progress):
        if made.apart is None:
            yield Rendered(figure.sums(made, (first, second), there, tasks))
    assert made is not None
    assert made.apart is not None
    check = Check("Loss with both adapters worn = with one of the sum of their ranks, merged", made.apart, NEAR, "nats")
    yield Rendered(figure.sums(made, (first, second), there, tasks), (check,))


def _offered(scene: Scene) -> tuple[str, ...]:
    # Where a visitor may bring nothing, the server is not his own.
    return offered(scene.model, scene.files is not None)
