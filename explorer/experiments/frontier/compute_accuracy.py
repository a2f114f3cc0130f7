"""Accuracy against what is computed: at once, in steps, votes, best of n, searches, a small model and a larger one.

Every accuracy is exact for its prompt (all texts are counted), so that the interval is over prompts alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field

import numpy as np

from explorer.experiments.frontier import thinking
from explorer.experiments.frontier.search_tree import flops
from explorer.experiments.frontier.thinking import Stage
from explorer.stack.frontier.thinking.best_of_n import best_of
from explorer.stack.frontier.thinking.chains import ANSWER, STEP, Chain, held_out, read
from explorer.stack.frontier.thinking.enumerated import Texts
from explorer.stack.frontier.thinking.search import searched
from explorer.stack.frontier.thinking.voting import majority
from explorer.stack.systems.generation_work import cached
from explorer.stack.systems.roofline import work
from explorer.stack.worst import worst

VOTES = (3, 5, 9, 17, 33)
CHOSEN = (2, 4, 8, 16, 32)
WIDTHS = (1, 2, 4)
FLOOR = 1e-4
FILE = "compute.json"
#: Prompts of the record.
RECORDED = 300


@dataclass
class Method:
    """One way to answer: each prompt's accuracy and work."""

    model: str
    kind: str
    n: int
    right: list[float] = field(default_factory=list)
    flops: list[float] = field(default_factory=list)

    @property
    def mean(self) -> float:
        return float(np.mean(self.right))

    @property
    def half(self) -> float:
        """Of the 95 % interval over prompts."""
        return (
            float(1.96 * np.std(self.right, ddof=1) / len(self.right) ** 0.5) if len(self.right) > 1 else float("nan")
        )

    @property
    def work(self) -> float:
        return float(np.mean(self.flops))


def measured(prompts: int, progress: Callable[[str, int, int], None], every: int = 6) -> Iterator[list[Method]]:
    """Prompt by prompt, all methods on the same."""
    methods = dict[tuple[str, str, int], Method]()

    def note(stage: Stage, kind: str, n: int, right: float, cost: float | int) -> None:
        one = methods.setdefault((stage, kind, n), Method(stage, kind, n))
        one.right.append(right)
        one.flops.append(float(cost))

    for place, of in enumerate(held_out(prompts)):
        progress("Counting all texts of prompts", place, prompts)
        for stage in ("small", "base", "rewarded"):
            _one(stage, of, note)
        if place + 1 == prompts or place % every == every - 1:
            yield list(methods.values())


def _one(stage: Stage, of: Chain, note: Callable[[Stage, str, int, float, float | int], None]) -> None:
    prompt = len(of.prompt)
    config = thinking.decoder(stage).config
    begun = work(config, prompt).flops
    at_once = thinking.all_texts(stage, of, ANSWER, floor=FLOOR)
    note(stage, "direct", 1, at_once.right(of.answer), begun + work(config, 1, prompt).flops)
    texts = thinking.all_texts(stage, of, STEP, floor=FLOOR)
    each = _mean_work(config, prompt, texts)
    note(stage, "chain", 1, texts.right(of.answer), begun + each)
    answers = texts.of_answers()
    for k in VOTES:
        note(stage, "vote", k, majority(answers, of.answer, k), begun + k * each)
    if stage != "base":
        return
    written = [thinking.text_of(steps, int(answer)) for steps, answer in zip(texts.steps, texts.answers, strict=True)]
    scores = thinking.scored(of, written, "outcome")
    for n in CHOSEN:
        right = float(best_of(texts.p, scores, n)[texts.answers == of.answer].sum())
        note(stage, "best", n, right, begun + n * each)
    for width in WIDTHS:
        tree = searched(thinking.decoder(stage), thinking.signs(), of.prompt, width=width, branch=3)
        found = tree.answers[0].text[-1] if tree.answers else ""
        note(stage, "search", width, float(found == str(of.answer)), flops(config, prompt, tree)[0])


def _mean_work(config: object, prompt: int, texts: Texts) -> float:
    """Of a text behind the prompt, on average: two tokens a step, and two of the answer, of which the last is written
    and not read."""
    from explorer.stack.transformer.config import DecoderConfig

    assert isinstance(config, DecoderConfig)
    by_steps = [sum(work(config, 1, prompt + at).flops for at in range(2 * steps + 1)) for steps in range(8)]
    lengths = np.array([len(each) for each in texts.steps])
    return float((np.array(by_steps)[lengths] * texts.p).sum() / texts.p.sum())


def record(announce: Callable[[str], None] = print) -> str:
    """Measure on many prompts and keep it beside the model."""
    made = list[Method]()
    for made in measured(RECORDED, lambda *_: None, 50):
        announce(f"{len(made[0].right)} prompts")
    path = thinking.folder() / FILE
    rows = [
        asdict(each) | {"right": [round(one, 5) for one in each.right], "flops": [float(round(each.work))]}
        for each in made
    ]
    path.write_text(json.dumps({"prompts": RECORDED, "methods": rows}) + "\n", encoding="utf-8")
    return str(path)


def recorded() -> list[Method]:
    contents = json.loads((thinking.folder() / FILE).read_text(encoding="utf-8"))
    return [Method(**each) for each in contents["methods"]]


#: Prompts of the record that are measured again, and texts drawn of each prompt.
AGAIN, DRAWN = 1, 100


def again(kept: list[Method]) -> float:
    """Of the record's first prompts from what is measured now; votes and steps of the taught model."""
    now = {(each.model, each.kind, each.n): each for each in list(measured(AGAIN, lambda *_: None))[-1]}
    return worst(
        abs(one - other)
        for each in kept
        for one, other in zip(each.right, now[each.model, each.kind, each.n].right, strict=False)
    )


def off_draws(prompts: int) -> float:
    """Of the shares that are right in drawn texts, from the exact ones, in standard errors, over all prompts."""
    exact, found = list[float](), list[float]()
    for at, of in enumerate(held_out(min(prompts, 6))):
        exact.append(thinking.all_texts("base", of, STEP, floor=FLOOR).right(of.answer))
        texts = thinking.drawn("base", of, DRAWN, at)
        found.append(sum(read(each).answer == of.answer for each in texts) / DRAWN)
    error = float(np.sqrt(sum(p * (1 - p) / DRAWN for p in exact))) / len(exact)
    return abs(float(np.mean(found) - np.mean(exact))) / max(error, 0.01)


def work_apart() -> list[float]:
    """Of a chain with all steps, from what `generation_work` says of a prompt and so many new tokens."""
    found = list[float]()
    for stage in ("small", "base"):
        config, of = thinking.decoder(stage).config, held_out(1)[0]
        prompt, steps = len(of.prompt), len(of.instructions)
        texts = Texts(((0,) * steps,), np.zeros(1, dtype=np.int64), np.ones(1), 0.0, 0)
        own = work(config, prompt).flops + _mean_work(config, prompt, texts)
        whole = cached(config, prompt, 2 * steps + 2)
        found.append(abs(own / (whole.matrix_flops + whole.attention_flops) - 1))
    return found


def parameters() -> dict[str, int]:
    """Of each model."""
    return {stage: sum(each.numel() for each in thinking.decoder(stage).parameters()) for stage in ("small", "base")}


if __name__ == "__main__":  # python -m explorer.experiments.frontier.compute_accuracy
    print(f"written to {record()}")
