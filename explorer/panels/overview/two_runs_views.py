"""Two runs: the same measurement twice, with one thing changed: the prompt, the model, or what is done to it."""

from __future__ import annotations

from explorer import zoo
from explorer.experiments.overview.block_writes import logit_sum
from explorer.figures.overview import two_runs as figure
from explorer.figures.overview import two_runs_depths, two_runs_parts
from explorer.figures.overview.measured import Measured
from explorer.figures.overview.minimal_pair import minimal_pair
from explorer.figures.overview.two_places import Place, remade_error
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst


def _place(scene: Scene) -> Place | None:
    """Both runs at the selected position; None while no second is chosen."""
    both = scene.other
    return None if both is None else Place.of(both.one, both.other, scene.position, scene.target, both.pairs)


def words(scene: Scene) -> Rendered[figure.TwoWords]:
    place = _place(scene)
    models = [figure.ModelChoice(name=name, title=card.title) for name, card in zoo.shelf().items()]
    if place is None:
        at, key = scene.position, scene.trace.key
        answer = scene.trace.answer(at)
        p = float(scene.trace.logits[at].double().softmax(-1)[answer])
        label = scene.model.vocabulary.label(answer)
        first = figure.RunSide(
            name="this run",
            own="",
            query=key.query(),
            model=scene.model.card.title,
            text=key.text,
            position=at,
            answer=label,
            p=p,
        )
        pair = minimal_pair(key.text, lambda text: len(scene.model.vocabulary.encode(text)))
        return Rendered(
            figure.TwoWords(
                first=first,
                second=None,
                tokens=[],
                before=0,
                after=0,
                slopes=[],
                targets=[],
                kl=None,
                models=models,
                pair=pair,
            )
        )
    first, second = figure.sides(place)
    pairs, before, after = figure.tokens(place)
    slopes, kl = figure.slopes(place), figure.divergence(place)
    data = figure.TwoWords(
        first=first,
        second=second,
        tokens=pairs,
        before=before,
        after=after,
        slopes=slopes,
        targets=place.labels(),
        kl=kl,
        models=models,
    )
    statement = "Both distributions = each run’s last stream through norm and unembedding"
    return Rendered(data, (Check(statement, remade_error(place), 1e-5, "largest error"),))


def parts(scene: Scene) -> Rendered[two_runs_parts.TwoParts | None]:
    place = _place(scene)
    if place is None:
        return Rendered(None)
    found, shares = two_runs_parts.parts(place, scene.over), two_runs_parts.shares(place, scene.over)
    ids = [target for target, _ in place.targets]
    data = two_runs_parts.TwoParts(
        names=found.names, targets=place.labels(), ids=ids, sides=list(figure.NAMES),
        measured=Measured.of(shares[0][1]), values=found.values, leads=found.leads, whole=found.whole,
    )  # fmt: skip
    error = worst(found.error, *(logit_sum(run.trace, run.model, share).error for run, share in shares))
    what = "logit" if scene.over == "raw" else "lead"
    statement = f"In both runs, {len(found.names)} parts add up to the {what} of each answer"
    note = (
        "Mixing is attention in one model and mixers in the other." if two_runs_parts.mixing(place) == "mixing" else ""
    )
    return Rendered(data, (Check(statement, error, 1e-3),), token_ids=ids, note=note)


def depths(scene: Scene) -> Rendered[two_runs_depths.TwoDepths | None]:
    place = _place(scene)
    if place is None:
        return Rendered(None)
    statement = "The last depth of each run = the model’s own distribution"
    return Rendered(two_runs_depths.depths(place), (Check(statement, remade_error(place), 1e-5, "largest error"),))
