"""System prompt: what it changes, how long it is read, whose order wins, and how much of it leaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import torch

from explorer.corpora import talk as sets
from explorer.experiments.safety import orders
from explorer.experiments.safety import system_prompt as experiment
from explorer.experiments.safety.conversation import Said, of_transformers, own_template, written_apart
from explorer.figures.safety import system_prompt as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.zoo.model import Model

#: Nats between two ways to compute a log-probability; answers that transformers reads as well.
NATS, AGAIN = 5e-3, 3


def effect(scene: Scene) -> Iterator[Rendered[figure.SystemEffect]]:
    model, own = scene.model, own_template(scene.model)
    said = scene.text("system"), scene.text("user"), scene.text("passage")
    made = None
    for made in experiment.effect(model, *said, scene.whole("seed"), scene.ticks("Tokens")):
        yield Rendered(figure.effect(made, own), token_ids=made.answer.ids)
    assert made is not None
    removed, answer = made.others[0], torch.tensor(made.answer.ids)
    with_it, without = (of_transformers(model, ids, made.answer.ids) for ids in (made.read.ids, removed.ids))
    theirs = (with_it - without).gather(-1, answer[:, None])[:, 0]
    off = float((theirs - made.shifts[0].gain).abs().max())
    checks = (
        Check("What the prompt adds to each token’s log-probability = by passes of transformers", off, NATS, "nats"),
        _written(model, [made.answer, *made.said[:2]]),
    )
    yield Rendered(figure.effect(made, own), checks, token_ids=made.answer.ids)


def turns(scene: Scene) -> Iterator[Rendered[figure.SystemTurns]]:
    model, own, made = scene.model, own_template(scene.model), None
    messages = scene.text("messages").splitlines()
    for made in experiment.turns(model, scene.text("system"), messages, scene.ticks("Turns")):
        if len(made.read) < made.total:
            yield Rendered(figure.turns(made, own))
    assert made is not None
    off = worst(each.apart for each in made.read)
    check = Check(
        "Log-probabilities of the answers while they were written = in the pass that attention is read from",
        off, NATS, "nats",
    )  # fmt: skip
    yield Rendered(figure.turns(made, own), (check,))


def conflicts(scene: Scene) -> Iterator[Rendered[figure.SystemConflicts]]:
    model, own = scene.model, own_template(scene.model)
    items, done = sets.conflicts()[: scene.whole("conflicts")], list[orders.Clash]()
    for done in orders.clashes(model, items, scene.ticks("Conflicts")):
        if len(done) < len(items):
            yield Rendered(figure.conflicts(done, len(items), own))
    some = done[:AGAIN]
    off = worst(abs(orders.first_of_transformers(model, each) - each.first[0]) for each in some)
    checks = (
        Check("Log-odds of the two words at the answer’s beginning = by transformers", off, NATS, "nats"),
        _written(model, [each.answers[1] for each in some]),
    )
    yield Rendered(figure.conflicts(done, len(items), own), checks)


def injected(scene: Scene) -> Iterator[Rendered[figure.SystemInjected]]:
    model, own = scene.model, own_template(scene.model)
    mine, items = scene.text("given").strip(), list(sets.injections()[: scene.whole("passages")])
    if mine:
        asked = scene.text("asked").strip() or "What does the passage say?"
        items = [sets.Injection(mine, asked, scene.text("order").strip(), scene.text("word").strip()), *items]
    done = list[orders.Injected]()
    for done in orders.injected(model, items, scene.ticks("Passages")):
        if len(done) < len(items):
            yield Rendered(figure.injected(done, len(items), own, orders.GUARD, bool(mine)))
    check = _written(model, [said for each in done[:1] for said in each.answers])
    yield Rendered(figure.injected(done, len(items), own, orders.GUARD, bool(mine)), (check,))


def leak(scene: Scene) -> Iterator[Rendered[figure.SystemLeaks]]:
    model, own, made = scene.model, own_template(scene.model), None
    items = sets.leaks()[: scene.whole("leaks")]
    for made in orders.leaks(model, scene.text("secret"), items, scene.ticks("Questions")):
        if len(made.done) < len(items):
            yield Rendered(figure.leaks(made, len(items), own, _shared(model, made)))
    assert made is not None
    off = worst(
        float(abs(run.length - _by_difflib(said.ids, made.prompt)))
        for each in made.done
        for said, run in zip(each.answers, each.runs, strict=True)
    )
    checks = (
        Check("Longest shared run of tokens = difflib’s longest match, in every answer", off, 0.0, "tokens"),
        _written(model, [said for each in made.done[:1] for said in each.answers]),
    )
    yield Rendered(figure.leaks(made, len(items), own, _shared(model, made)), checks)


def _written(model: Model, some: Sequence[Said]) -> Check:
    what = f"Log-probabilities of {len(some)} answers while they were written = by one pass of transformers"
    return Check(what, written_apart(model, some), NATS, "nats")


def _by_difflib(answer: Sequence[int], prompt: Sequence[int]) -> int:
    return SequenceMatcher(None, answer, prompt, autojunk=False).find_longest_match().size


def _shared(model: Model, made: orders.Leaks) -> list[tuple[str, str]]:
    def words(said: Said, run: orders.Run) -> str:
        return str(model.tokenizer.decode(list(said.ids[run.in_answer : run.in_answer + run.length]))).strip()

    return [
        (words(each.answers[0], each.runs[0]), words(each.answers[1], each.runs[1])) for each in made.done
    ]  # fmt: skip
