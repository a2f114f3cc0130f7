"""Constitution: draft, critique and revision under principles, judged, and what the critiques find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.corpora import talk as sets
from explorer.experiments.safety import constitution as experiment
from explorer.experiments.safety import constitution_training as training
from explorer.experiments.safety.conversation import Said, own_template, written_apart
from explorer.figures.safety import constitution as figure
from explorer.figures.safety import constitution_trained as trained_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.evaluation.judge import Verdict
from explorer.stack.safety.constitution import RULES
from explorer.stack.worst import worst
from explorer.zoo.model import Model

NATS, AGAIN = 5e-3, 2


def steps(scene: Scene) -> Iterator[Rendered[figure.ConstitutionSteps]]:
    model, own = scene.model, own_template(scene.model)
    principles = [each for each in scene.text("principles").splitlines() if each.strip()][: experiment.PRINCIPLES]
    made: tuple[experiment.Revised, ...] = ()
    for made in experiment.revisions(model, [scene.text("request")], principles, scene.ticks("Steps")):
        yield Rendered(figure.steps(made[0], len(principles), own))
    assert made
    done = made[0]
    some = [done.draft, *(each.critique for each in done.steps), done.now]
    yield Rendered(figure.steps(done, len(principles), own), (_written(model, some),))


def pairs(scene: Scene) -> Iterator[Rendered[figure.ConstitutionPairs]]:
    model, own, rule = scene.model, own_template(scene.model), RULES[scene.one_of("rule", RULES)]
    requests = sets.requests()[: scene.whole("requests")]
    made, tell = (), scene.ticks("Steps")
    for made in experiment.revisions(model, requests, [rule.principle], tell):
        if made[0].steps and made[0].steps[0].revision is not None:
            yield Rendered(figure.pairs(made, [], rule, len(requests), own))
    asked = [(each.request, rule.principle, each.last, each.draft.text) for each in made]
    verdicts = experiment.verdicts(model, asked, scene.ticks("Verdicts"))
    checks = (_odds(model, asked, verdicts), _written(model, [each.now for each in made[:AGAIN]]))
    yield Rendered(figure.pairs(made, verdicts, rule, len(requests), own), checks)


def trained(scene: Scene) -> Rendered[trained_figure.ConstitutionTrained]:
    name, made = scene.one_of("rule", RULES), training.recorded(scene.model)
    data = trained_figure.trained(made, name, RULES[name])
    return Rendered(data, () if made is None else (_recounted(made),))


def _recounted(made: training.Trained) -> Check:
    """Every answer that is kept is judged again."""
    off = [
        float(abs(now - then))
        for one in made.taught
        for trial in one.trials
        for now, then in zip(
            training.against(RULES[one.rule], made.before, trial.answers), (trial.better, trial.worse), strict=True
        )
    ]
    return Check("The rule’s verdicts on the kept answers = the recorded counts", worst(off), 0.0, "answers")


def gap(scene: Scene) -> Iterator[Rendered[figure.ConstitutionGap]]:
    model, own, facts = scene.model, own_template(scene.model), sets.facts(scene.whole("items"))
    done = list[experiment.Item]()
    for done in experiment.three(model, facts, scene.ticks("Questions")):
        if len(done) < len(facts):
            yield Rendered(figure.three(done, len(facts), own))
    asked = [(f.question, experiment.TRUE, f.said(f.right), f.said(f.wrong)) for f in facts]
    checks = (
        _odds(model, asked, [each.verdict for each in done]),
        _written(model, [said for each in done[:AGAIN] for said in (each.answer, each.critique)]),
    )
    yield Rendered(figure.three(done, len(facts), own), checks)


def _odds(model: Model, asked: Sequence[tuple[str, str, str, str]], found: Sequence[Verdict]) -> Check:
    off: list[float] = []
    for (request, principle, one, other), each in list(zip(asked, found, strict=True))[:AGAIN]:
        off.append(abs(experiment.odds_of_transformers(model, request, principle, one, other) - each.x_first))
        off.append(abs(experiment.odds_of_transformers(model, request, principle, other, one) - each.y_first))
    return Check("The judge’s log-odds in both orders = by transformers", worst(off), NATS, "nats")


def _written(model: Model, some: Sequence[Said]) -> Check:
    what = f"Log-probabilities of {len(some)} answers while they were written = by one pass of transformers"
    return Check(what, written_apart(model, some), NATS, "nats")
