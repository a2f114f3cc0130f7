"""What stages need that is trained or brought: made once a process, alike in every process."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from functools import lru_cache, partial

from explorer.corpora import crawl
from explorer.stack.pretraining.data.contamination import Items
from explorer.stack.pretraining.data.kneser_ney import KneserNey
from explorer.stack.pretraining.data.stage import Settings
from explorer.stack.pretraining.data.stages import Tools
from explorer.stack.pretraining.data.url_rules import UrlRules
from explorer.stack.pretraining.data.verdict import Verdict
from explorer.stack.pretraining.data.words import sentences, words

#: Of held-out prose's perplexities, the share below the threshold.
PERCENTILE = 0.99
ORDER = 3


def tools(names: Collection[str]) -> Tools:
    """Those that these stages need."""
    return Tools(
        url_rules=UrlRules(domains=frozenset({crawl.BLOCKED})),
        perplexity=perplexity_judge() if "perplexity" in names else None,
        classifier=classifier_judge if "classifier" in names else None,
        items=items() if "contamination" in names else None,
    )


@lru_cache(maxsize=1)
def items() -> Items:
    """The recipe's invented benchmark, and the multiple choice of the tasks that the explorer brings."""
    from explorer.corpora.tasks import shelf

    tasks = (shelf.own(name) for name in shelf.names())
    own = [f"{item.prompt} {item.target}" for task in tasks if task.kind == "multiple_choice" for item in task.items]
    return Items.of([*crawl.items(), *own])


def classifier_judge(text: str) -> Verdict:
    from explorer.experiments.pretraining.quality import trained

    return trained().classifier.verdict(text)


@lru_cache(maxsize=1)
def prose_model() -> tuple[KneserNey, tuple[float, ...]]:
    """A trigram model of half of the recipe's prose, and the perplexities of some of the other half, sorted."""
    prose = crawl.prose()
    model = KneserNey.of((words(line.lower()) for text in prose[::2] for line in sentences(text)), ORDER)
    return model, tuple(sorted(perplexity(model, text) for text in prose[1::20]))


def perplexity_below(share: float) -> float:
    """The perplexity that about this share of held-out prose stays below."""
    held_out = prose_model()[1]
    return round(held_out[min(int(share * len(held_out)), len(held_out) - 1)], 1)


def perplexity_judge() -> partial[Verdict]:
    """By the model of prose; the threshold lies above nearly all that is held out."""
    return partial(_verdict, model=prose_model()[0], threshold=perplexity_below(PERCENTILE))


def perplexity(model: KneserNey, text: str) -> float:
    """Over all sentences of a text together."""
    steps = [step.log10 for line in sentences(text) for step in model.read(words(line.lower()))]
    return 10 ** (-sum(steps) / max(1, len(steps)))


def _verdict(text: str, model: KneserNey, threshold: float) -> Verdict:
    return Verdict("perplexity", perplexity(model, text), threshold, "at most")


def settings_key(settings: Settings) -> str:
    """The settings as a text, the same for the same settings."""
    told = {**asdict(settings), "languages": sorted(settings.languages)}
    return json.dumps(told, sort_keys=True)


def settings_of(key: str) -> Settings:
    told = json.loads(key)
    return Settings(**{**told, "languages": frozenset(told["languages"])})
