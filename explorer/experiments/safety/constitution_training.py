"""DPO on a constitution's pairs: what a model learns from its own revisions, by who says which is better.

    python -m explorer constitution models/smollm2-135m/constitution/recipe.toml

writes `trained.json` beside the recipe. For each principle the model drafts, criticises and revises its answers to the
training requests (`corpora.notes`). Draft and revision are a pair, and three labellers say which is preferred::

    rule    the rule that a program works out (`stack.safety.constitution`); what it calls a tie is left out
    model   the model itself, in both orders, by the sign of its preference: RLAIF (Bai et al. 2022, arXiv 2212.08073)
    coin    a coin, on the rule's pairs: what DPO does where labels say nothing

DPO trains a LoRA in the last blocks on each, with every seed. Then held-out requests are answered, the likeliest token
each time, and the rule compares each answer with the one before the training: better, worse, or a tie. How far the
model has gone is the KL a token to it as it stood, along those answers.
"""

from __future__ import annotations

import json
import random
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PositiveFloat, PositiveInt, TypeAdapter, ValidationError

from explorer import zoo
from explorer.corpora.notes import notes
from explorer.errors import BadRequestError
from explorer.experiments.finetuning.preference_runs import AT_ONCE, Shuffled, answer_of, kl_along
from explorer.experiments.finetuning.preferring import Recipe, adapted, first_block, training
from explorer.experiments.safety.constitution import BRIEFLY, NEW, Revised, revisions, verdicts
from explorer.experiments.safety.conversation import Said, answered, conversations, talk
from explorer.stack.finetuning.adapter import merged
from explorer.stack.finetuning.conversations import padded
from explorer.stack.finetuning.preferences.methods import Settings
from explorer.stack.finetuning.preferences.training import Preferred, Reading, referenced
from explorer.stack.pretraining.train import train
from explorer.stack.safety.constitution import RULES, Rule, preferred
from explorer.training.recipe import Table
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

FOLDER, FILE = "constitution", "trained.json"
LABELLERS = ("rule", "model", "coin")


class ConstitutionRecipe(Table):
    """How the pairs are made and trained on."""

    base: str
    rules: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    seeds: Annotated[tuple[int, ...], Field(strict=False, min_length=1)]
    rate: PositiveFloat
    steps: PositiveInt
    beta: PositiveFloat = 0.1


@dataclass(frozen=True)
class Trial:
    """One training, and what its model answers to the held-out requests."""

    labels: str
    seed: int
    better: int
    worse: int
    kl: float
    """A token, in nats."""
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Taught:
    """One principle."""

    rule: str
    drafts: int
    by_rule: tuple[str, ...]
    """revision, draft or tie: of each pair whose two texts differ."""
    by_model: tuple[str, ...]
    """The same, in both orders."""
    pairs: dict[str, int]
    """That each labeller gives to the training."""
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Trained:
    """All of it, as the file holds it."""

    base: str
    steps: int
    rate: float
    beta: float
    requests: tuple[str, ...]
    """Held-out ones."""
    before: tuple[str, ...]
    """What the model says to them before any training."""
    taught: tuple[Taught, ...]
    seconds: float
    """Of the processor."""


@dataclass(frozen=True)
class Labelled:
    """Pairs that are trained on: what is preferred, and what is not."""

    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]


def read_recipe(path: Path) -> ConstitutionRecipe:
    """Raises BadRequestError for a file that is no such recipe."""
    try:
        made = ConstitutionRecipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise BadRequestError(f"{path} is not a constitution's recipe ({error}).") from error
    if unknown := set(made.rules) - set(RULES):
        raise BadRequestError(f"No rule is called {min(unknown)}.", f"There are {', '.join(RULES)}.")
    return made


def run(path: Path, announce: Callable[[str], None]) -> Path:
    """Make the pairs, train on them, write what was measured."""
    recipe = read_recipe(path)
    # Each principle is written when it is known: all of them take many minutes.
    for made in trained(zoo.load(recipe.base), recipe, notes().train, notes().held_out, announce):
        text = json.dumps(asdict(made), indent=1, ensure_ascii=False)
        (path.parent / FILE).write_text(text + "\n", encoding="utf-8")
    return path.parent


def trained(
    model: Model, recipe: ConstitutionRecipe, learnt: Sequence[str], held: Sequence[str],
    announce: Callable[[str], None],
) -> Iterator[Trained]:  # fmt: skip
    """After each principle. learnt: requests whose drafts and revisions are pairs; held: those that are answered before
    and after."""
    began = time.process_time()
    asked = [each.ids for each in conversations(model, [talk(None, f"{text} {BRIEFLY}") for text in held])]
    before = [each.text for each in answered(model, asked, NEW)]
    taught: list[Taught] = []
    for name in recipe.rules:
        rule = RULES[name]
        pairs = [each for each in _revised(model, learnt, rule) if each.last != each.draft.text and each.last]
        said = verdicts(model, [(each.request, rule.principle, each.last, each.draft.text) for each in pairs])
        by_rule = [preferred(rule, each.draft.text, each.last) for each in pairs]
        signs = ["revision" if each.preference > 0 else "draft" for each in said]
        trials: list[Trial] = []
        counts: dict[str, int] = {}
        for labels in LABELLERS:
            for seed in recipe.seeds:
                chosen = labelled(pairs, labels, by_rule, signs, seed)
                counts[labels] = len(chosen)
                if len(chosen) < AT_ONCE:
                    continue
                policy = _policy(model.plain_decoder, chosen, recipe, seed)
                trials.append(_tried(model, policy, rule, labels, seed, asked, before))
                announce(f"{time.process_time() - began:.0f} s: {name}, {asdict(trials[-1]) | {'answers': '…'}}")
        judged = tuple({"x": "revision", "y": "draft", "tie": "tie"}[each.winner] for each in said)
        taught.append(Taught(name, len(learnt), tuple(by_rule), judged, counts, tuple(trials)))
        seconds = round(time.process_time() - began, 1)
        yield Trained(
            recipe.base, recipe.steps, recipe.rate, recipe.beta, tuple(held), tuple(before), tuple(taught), seconds
        )


def _revised(model: Model, learnt: Sequence[str], rule: Rule) -> tuple[Revised, ...]:
    made: tuple[Revised, ...] = ()
    for made in revisions(model, learnt, [rule.principle]):  # noqa: B007
        pass
    return made


def labelled(
    pairs: Sequence[Revised], labels: str, by_rule: Sequence[str], signs: Sequence[str], seed: int
) -> list[Labelled]:
    """The pairs that this labeller decides, as DPO reads them: both texts are answers to the plain request."""
    coin = random.Random(seed)  # noqa: S311 - a control
    found = []
    for pair, rule, sign in zip(pairs, by_rule, signs, strict=True):
        said = {"rule": rule, "model": sign, "coin": rule if rule == "tie" else coin.choice(("revision", "draft"))}
        if said[labels] == "tie":
            continue
        both = (pair.now.ids, pair.draft.ids)
        chosen, rejected = both if said[labels] == "revision" else both[::-1]
        found.append(Labelled(pair.draft.prompt, chosen, rejected))
    return found


def _policy(decoder: Decoder, pairs: Sequence[Labelled], recipe: ConstitutionRecipe, seed: int) -> Decoder:
    """The decoder after DPO, with its adapter merged in."""
    texts = [answer_of(each.prompt, each.chosen) for each in pairs]
    texts += [answer_of(each.prompt, each.rejected) for each in pairs]
    rows = referenced(decoder, Reading.of(decoder, padded(texts), first_block(decoder)))
    policy = Preferred(adapted(decoder, seed), "dpo", Settings(beta=recipe.beta))
    steps = training(Recipe(rate=recipe.rate, steps=recipe.steps, seed=seed), 2 * AT_ONCE * NEW)
    train(policy, Shuffled(rows, seed), steps)
    assert policy.tuned.adapter is not None
    return merged(decoder, (policy.tuned.adapter, 1.0))


def _tried(
    model: Model, policy: Decoder, rule: Rule, labels: str, seed: int, asked: Sequence[tuple[int, ...]],
    before: Sequence[str],
) -> Trial:  # fmt: skip
    said = answered(model, asked, NEW, decoder=policy)
    better, worse = against(rule, before, [each.text for each in said])
    return Trial(labels, seed, better, worse, round(_kl(model, policy, said), 5), tuple(each.text for each in said))


def _kl(model: Model, policy: Decoder, said: Sequence[Said]) -> float:
    return kl_along(policy, model.plain_decoder, [answer_of(each.prompt, each.ids) for each in said])


def against(rule: Rule, before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many of the later answers the rule calls better, and how many worse.

    >>> against(RULES["short"], ["one two", "one"], ["one", "two"])
    (1, 0)
    """
    found = [preferred(rule, *each) for each in zip(before, after, strict=True)]
    return found.count("revision"), found.count("draft")


def recorded(model: Model) -> Trained | None:
    """What was measured of this model; None where nothing was, and where its weights are changed."""
    path = shelf_folder() / model.name / FOLDER / FILE
    return read(path) if not model.edits and path.is_file() else None


def read(path: Path) -> Trained:
    """Raises BadRequestError for a file that is no such record."""
    try:
        return TypeAdapter(Trained).validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequestError(f"There is no {FILE}.", "python -m explorer constitution writes it.") from error
