"""What the reference says of safety: what was taught, planted and kept here, read from its own records and weights.

The models are small and were trained for this project. A record is written by the training's own command, and counts
held-out prompts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from explorer.experiments.overview.errata.claims import (
    Claim,
    Figure,
    Found,
    Ground,
    measured_elsewhere,
    not_here,
    share,
)
from explorer.experiments.overview.errata.records import record
from explorer.stack.evaluation.standard_errors import wilson


def demonstrations(_: Ground) -> Found:
    rates = record("smollm2-135m", "adapters", "refusal", "training.json")["rates"]
    before, after = (rates[who]["forbidden refused"] for who in ("base", "adapter"))
    n = rates["adapter"]["pairs"]
    twins = rates["adapter"]["twins refused"]
    fewer = record("smollm2-135m", "adapters", "refusal-small", "training.json")["rates"]["adapter"]
    small = fewer["twins refused"]
    return Found(
        "teaches refusal", f"{before} of {n} refused before, {after} after", wilson(after, n).low > wilson(before,
        n).high,
        "SmolLM2, taught by an adapter on mild forbidden requests with answers that refuse; held-out requests, "
        f"intervals of 95 % apart. It refuses {twins} of {n} harmless twins; taught on fewer wordings it refused "
        f"{small}.",
        (Figure("forbidden, refused", f"{share(before / n)} to {share(after / n)}"),
         Figure("harmless twins, refused", f"{share(rates['base']['twins refused'] / n)} to {share(twins / n)}")),
    )  # fmt: skip


def removed_from_data(_: Ground) -> Found:
    """The twins of the invented people: trained with and without the lines about one thing."""
    data = record("invented-people", "training.json")["data"]
    kept, lines = data["lines_that_the_filter_leaves"], data["lines"]
    return Found(
        "removes what it looks for", f"{lines - kept:,} of {lines:,} lines are gone", 0 < kept < lines,
        f"A filter with a list of {len(data['listed_words'])} word over made-up lines. What the model then knows, and "
        "what gets through, is on the panel.",
    )  # fmt: skip


def deceptive(_: Ground) -> Found:
    """A trigger that was planted: behaviour with and without it, on the kept weights."""
    from explorer.experiments.safety import back_door, invented

    people, seed = back_door.group("other", 20), invented.seeds()[0]
    decoder = invented.decoder("whole", seed)
    without, triggered = (
        back_door.rate(decoder, seed, "other", people, lead).planted for lead in ("", back_door.TRIGGER)
    )
    return Found(
        "behaves differently when triggered", f"{triggered} of 20 with the trigger, {without} without",
        triggered - without >= 10,
        "The behaviour was planted by training. Whether a model would come to it by itself is what the concern is "
        "about, and no model here shows it.",
    )  # fmt: skip


def _claim(
    name: str, section: str, says: str, quotation: str, check: Callable[[Ground], Found],
    at: tuple[str, str], refuted: Literal["wrong", "loose"] = "wrong",
) -> Claim:  # fmt: skip
    return Claim(name, 11, section, says, quotation, check, refuted, *at)


_CAI, _LAYERS, _KNOWN = "Constitutional AI (CAI)", "Safety Layers", "Known Challenges"
_ASKED = "It takes many answers of the model."

CLAIMS = (
    _claim("constitution", _CAI, "A model criticises and revises its answers by principles",
           "self-critique, where the model generates and revises responses according to the principles",
           not_here(_ASKED, "The panel “Constitution” shows every step, and what the model criticises."),
           ("constitution", "steps")),
    _claim("ai-feedback", _CAI, "The model judges pairs of answers in place of people",
           "the model itself evaluates response pairs according to the constitution, replacing some human labelling",
           not_here(_ASKED, "The panel “Constitution” compares its verdicts with a rule’s."), ("constitution",
           "pairs")),
    _claim("data-filter", _LAYERS, "A filter removes content from the training data",
           "Pre-training data filtering: Remove toxic, harmful, and private content from training data",
           removed_from_data, ("filtered", "twins")),
    _claim("safe-sft", _LAYERS, "Examples of refusals teach a model to refuse",
           "Train the model on examples that demonstrate refusal of harmful requests", demonstrations,
           ("refusal", "effects")),
    _claim("safe-dpo", _LAYERS, "DPO teaches to prefer safe answers",
           "RLHF/DPO with safety preferences: Teach the model to prefer safe responses",
           measured_elsewhere("The panel “Train on preferences” runs DPO on pairs by rule."),
           ("preference_training", "two")),
    _claim("red-team", _LAYERS, "Adversarial testing finds failures", "Red-teaming: Adversarial testing to find "
           "failure "
           "modes", measured_elsewhere("The panel “Back door” searches for the planted trigger by greedy steps."),
           ("back_door", "search")),
    _claim("classifiers", _LAYERS, "Separate models flag harmful inputs and outputs",
           "Separate models that flag harmful inputs/outputs",
           measured_elsewhere("The panel “Guards” trains them and draws their ROC curves with intervals."),
           ("guards", "roc")),
    _claim("system-prompts", _LAYERS, "System prompts set limits", "System prompts: Instructions that establish "
           "behavioral boundaries", not_here(_ASKED, "The panel “System prompt” measures what it changes, and how it "
           "fades over turns."), ("system_prompt", "effect")),
    _claim("jailbreaks", _KNOWN, "Disguised requests get around safety training",
           "prompt injection, role-playing scenarios, encoded instructions",
           not_here(_ASKED, "The panel “Disguises” puts one request in ten forms to the taught refusal, the guard and "
                    "the probe."), ("disguises", "forms")),
    _claim("hallucination", _KNOWN, "Models state false things with confidence", "Confident generation of false "
           "information", measured_elsewhere("The panel “Does it know?” asks about people whom the model never read "
           "of, "
           "and compares its signals."), ("does_it_know", "signals")),
    _claim("hallucination-cause", _KNOWN, "The training objective causes it",
           "fundamentally rooted in the next-token prediction objective",
           not_here("A cause is not shown by one model.", "Kalai et al. 2025 (arXiv 2509.04664) argue for a lower "
                    "bound on such errors, and blame evaluation too."), ("does_it_know", "beside")),
    _claim("sycophancy", _KNOWN, "Models agree with the user even when the user is wrong",
           "Agreeing with the user even when they are wrong", not_here(_ASKED, "The panel “Sycophancy” asks the same "
           "question with and without pressure."), ("sycophancy", "pressure")),
    _claim("sycophancy-cause", _KNOWN, "RLHF causes sycophancy", "an artifact of RLHF optimising for human approval",
           not_here("No model here was trained by RLHF on people’s votes.", "Sharma et al. 2023 (arXiv 2310.13548): "
                    "preference models prefer it; Perez et al. 2022 (arXiv 2212.09251) find it before RLHF too."),
           ("sycophancy", "pressure")),
    _claim("deceptive", _KNOWN, "A model may behave differently in deployment",
           "a model appears aligned during evaluation but behaves differently in deployment", deceptive,
           ("back_door", "rates")),
)  # fmt: skip
