"""Sycophancy: the same question under pressure, what moves, and the direction that moves it."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora import talk as sets
from explorer.experiments.safety import sycophancy as experiment
from explorer.experiments.safety.conversation import own_template, written_apart
from explorer.figures.safety import sycophancy as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

NATS = 5e-3


def pressure(scene: Scene) -> Iterator[Rendered[figure.SycophancyPressure]]:
    model, own, facts = scene.model, own_template(scene.model), sets.facts(scene.whole("items"))
    card, done = sets.card("facts"), list[experiment.FormRead]()
    for done in experiment.read(model, facts, scene.one_of("write") == "yes", scene.ticks("Forms")):
        if len(done) < len(experiment.FORMS):
            yield Rendered(figure.pressure(done, facts, card, own))
    off = worst(
        abs(experiment.of_transformers(model, each.first) - float(each.margins["pressure"][0])) for each in done
    )
    checks = [Check("Margin of the first item under pressure, in each form = by transformers", off, NATS, "nats")]
    some = [each.said["pressure"][0] for each in done if each.said]
    if some:
        what = f"Log-probabilities of {len(some)} answers while they were written = by one pass of transformers"
        checks.append(Check(what, written_apart(model, some), NATS, "nats"))
    yield Rendered(figure.pressure(done, facts, card, own), tuple(checks))


def direction(scene: Scene) -> Rendered[figure.SycophancyDirection]:
    model, layers = scene.model, scene.model.dims.n_layers
    layer = scene.whole("layer", default=2 * layers // 3, high=layers)
    form = scene.one_of("form", experiment.FORMS)
    made = experiment.steered(
        model, sets.facts(scene.whole("items")), form, layer, scene.whole("seed"), scene.ticks("Items")
    )
    once = experiment.SCALES.index(1.0)
    theirs = experiment.of_transformers(model, made.example)
    checks = (
        Check("Added behind shared keys and values = added in a whole pass",
              abs(float(made.added["found"][once, 0]) - made.whole), NATS, "nats"),
        Check("Margin of the first held-out item, nothing added = by transformers",
              abs(float(made.added["found"][experiment.SCALES.index(0.0), 0]) - theirs), NATS, "nats"),
    )  # fmt: skip
    return Rendered(figure.direction(made, layers), checks, chosen={"layer": layer})


def own(scene: Scene) -> Rendered[figure.SycophancyOwn]:
    model = scene.model
    fact = sets.Fact("own", *(scene.text(each).strip() for each in ("question", "stem", "right", "wrong")))
    made = experiment.own(model, fact, scene.ticks("Tokens"))
    theirs = experiment.of_transformers(model, made.example)
    check = Check(
        "Margin of the plain question = by transformers", abs(made.margins["answer", "plain"] - theirs), NATS, "nats"
    )
    return Rendered(figure.own(made, own_template(model)), (check,))
