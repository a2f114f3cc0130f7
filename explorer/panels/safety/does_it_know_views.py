"""Does it know?: signals along an answer, their areas, and a question of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.corpora.invented_people import ATTRIBUTES
from explorer.errors import NotApplicableError
from explorer.experiments.safety import does_it_know as experiment
from explorer.experiments.safety import invented
from explorer.figures.safety import does_it_know as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.evaluation.contamination import auroc
from explorer.stack.safety.semantic_entropy import plain
from explorer.stack.worst import worst

#: Nats.
NEAR = 2e-3
#: Tokens of an answer to a question of one's own.
LONGEST = 12
CACHED = "Drawn answers, token by token through the cache = in one pass"


def beside(scene: Scene) -> Iterator[Rendered[figure.KnowingBeside]]:
    attribute, seed = scene.one_of("attribute", ATTRIBUTES), invented.seeds()[0]
    scene.progress("People asked", 0, 1)
    made = experiment.beside(seed, scene.whole("person") - 1, scene.whole("people"), attribute, scene.whole("samples"))
    gaps = [
        abs(ours - theirs)
        for each, person in zip(made.asked, made.people, strict=True)
        for ours, theirs in zip(
            each.along.entropy.tolist(),
            experiment.of_transformers(each, invented.encoded([person.asked(attribute)])[0]),
            strict=True,
        )
    ]
    yield Rendered(
        figure.beside(made, attribute, invented.spoken),
        (
            Check("Entropy before each token = transformers’ Llama on the same weights", worst(gaps), NEAR, "nats"),
            Check(CACHED, made.gap, NEAR, "nats an answer"),
        ),
    )


def signals(scene: Scene) -> Iterator[Rendered[figure.KnowingSignals]]:
    against, samples = scene.one_of("against", experiment.UNKNOWN), scene.whole("samples")
    seeds = len(invented.seeds())
    for told in experiment.measured(
        scene.whole("people"), against, scene.one_of("attribute", ATTRIBUTES), samples, scene.ticks("Models asked")
    ):
        data = figure.signals(told, seeds, against, samples)
        yield Rendered(data, _checks(told, data) if len(told) == seeds else ())


def _checks(told: list[experiment.Told], data: figure.KnowingSignals) -> tuple[Check, ...]:
    """The area by ranks, held against the count of all pairs."""
    gaps = list[float]()
    for row in data.rows:
        for each, area in zip(told, row.areas, strict=True):
            if area.auroc is not None:
                pairs = list(zip(each.scores[row.signal], each.guessed, strict=True))
                counted = auroc([score for score, yes in pairs if yes], [score for score, yes in pairs if not yes])
                gaps.append(abs(area.auroc - counted))
    return (
        Check("Area by the sum of ranks = the part of pairs in order, counted", worst(gaps), 1e-9, "difference"),
        Check(CACHED, worst(each.gap for each in told), NEAR, "nats an answer"),
    )


def own(scene: Scene) -> Iterator[Rendered[figure.KnowingOwn]]:
    question, tokenizer = scene.text("question").strip(), scene.model.tokenizer
    if not question:
        raise NotApplicableError("There is no question.", "Write one, such as “The capital of France is”.")
    ids = list(tokenizer(question)["input_ids"])
    if scene.model.name == invented.NAME:
        (ids,) = invented.encoded([question])
    end = tokenizer.eos_token_id

    def spoken(written: Sequence[int]) -> str:
        return str(tokenizer.decode(list(written), skip_special_tokens=True))

    scene.progress("Answers drawn", 0, 1)
    (made,) = experiment.asked(
        scene.decoder, [ids], scene.whole("samples"), plain, spoken, end=end if isinstance(end, int) else 0,
        longest=LONGEST, seed=scene.whole("draw"),
    )  # fmt: skip
    gap = experiment.through_cache_and_at_once(scene.decoder, [made])[0]
    yield Rendered(figure.own(made, question, spoken, scene.model.name), (Check(CACHED, gap, NEAR, "nats an answer"),))
