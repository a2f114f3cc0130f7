"""A base, SFT, DPO and GRPO of one small model on one sum: every answer's probability, exact, and what each changed.

The models are those of the shelf's `sums`, trained here. A small space of answers makes it possible to count all.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.fetching.progress import Progress
from explorer.stack.finetuning import optimum
from explorer.stack.finetuning.rollouts import roll
from explorer.stack.finetuning.sums import ANSWERS, LONGEST, Signs, Sum, distribution, rewarded, rewards, split
from explorer.stack.worst import worst
from explorer.training import staged_checkpoint, stages
from explorer.training.staged import CURVES, signs_of
from explorer.training.stages import STAGES, TITLES, TRAININGS, Stage, Stages, Training
from explorer.zoo.card import shelf

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

NAME = "sums"
#: Answers that are listed: the likeliest of each stage.
LISTED = 4
_SUM = re.compile(r"\s*(\d{1,4})\s*\+\s*(\d{1,4})\s*=?\s*", re.ASCII)
#: Held-out sums that transformers answers as well.
AGAIN = 24
#: Shown where what was typed is no sum; it was held out.
FIRST = Sum(28, 24)


def folder() -> Path:
    found = staged_checkpoint.folder_of(NAME)
    assert found is not None
    return found


@cache
def recipe() -> Stages:
    return stages.read(folder() / stages.FILE)


@cache
def decoder(stage: Stage) -> Decoder:
    return staged_checkpoint.decoder_of(NAME, stage)


@cache
def signs() -> Signs:
    from tokenizers import Tokenizer

    return signs_of(Tokenizer.from_file(str(folder() / "tokenizer.json")))


@cache
def held_out() -> tuple[Sum, ...]:
    return split(recipe().data.held_out, recipe().data.seed)[1]


def few() -> tuple[Sum, ...]:
    """Held-out sums of which every answer was counted in the trainings."""
    return held_out()[: recipe().run.measured]


def model_of(stage: Stage) -> str:
    """The name that opens it."""
    return NAME if stage == STAGES[-1] else staged_checkpoint.name_of(NAME, stage)


def asked(text: str) -> Sum:
    """The sum that was typed. Raises NotApplicableError for a text that is none, or one of other numbers."""
    found = _SUM.fullmatch(text)
    if found is None:
        raise NotApplicableError(f"“{text[:40]}” is not a sum of two numbers.", "Write one, such as 47+25.")
    made = Sum(int(found[1]), int(found[2]))
    if min(made.first, made.second) < 10 or made.total > 99:
        raise NotApplicableError(
            f"{made.first} + {made.second} is not among the sums of this model.",
            "Write two numbers of two digits whose sum is below 100.",
        )
    return made


def understood(text: str, answer: str = "") -> tuple[Sum, str, str]:
    """The sum and the answer that were typed, and why another is shown in their place, if one is."""
    try:
        of, why = asked(text), ""
    except NotApplicableError as error:
        of, why = FIRST, f"{error.message} {error.hint}"
    watched = answer.strip() or of.at_once
    try:
        place(watched)
    except NotApplicableError as error:
        watched, why = of.at_once, f"{why} {error.message} {error.hint}".strip()
    return of, watched, why


def counted(stage: Stage, sums: Sequence[Sum]) -> Float[Tensor, "row answer"]:
    """Log-probabilities of all answers, the last of all other texts."""
    prompts = torch.tensor([signs().encode(each.prompt) for each in sums])
    return distribution(decoder(stage), prompts, signs())


@dataclass(frozen=True)
class Answered:
    """What one stage answers."""

    stage: Stage
    logp: Float[Tensor, " answer"]
    right: float
    in_parts: float
    other: float
    entropy: float
    """Nats; other texts count as one answer."""
    kl_base: float
    kl_sft: float
    tokens: tuple[float, ...]
    """Log-probability of each token of the answer that is watched."""


def through(of: Sum, watched: str) -> list[Answered]:
    """All stages on one sum."""
    found: dict[Stage, Tensor] = {stage: counted(stage, [of])[0] for stage in STAGES}
    reward = rewards(of)
    made = list[Answered]()
    for stage, logp in found.items():
        p = logp.exp()
        made.append(
            Answered(
                stage,
                logp,
                float(optimum.expected(logp, reward)),
                float(p[100:-1].sum()),
                float(p[-1]),
                float(-(p * logp).sum()),
                float(optimum.kl(logp, found["base"])),
                float(optimum.kl(logp, found["sft"])),
                tuple(_by_token(decoder(stage), of, watched)),
            )
        )
    return made


def listed(made: Sequence[Answered], of: Sum, watched: str) -> list[str]:
    """The likeliest answers of each stage, both ways to be right, and the one that is watched; likeliest first."""
    found = {of.at_once, of.in_parts, watched}
    for each in made:
        found |= {ANSWERS[at] for at in each.logp[:-1].topk(LISTED).indices.tolist()}
    return sorted(found, key=lambda answer: -worst(float(each.logp[place(answer)]) for each in made))


@cache
def _places() -> Mapping[str, int]:
    return {answer: at for at, answer in enumerate(ANSWERS)}


def place(answer: str) -> int:
    """Where it stands among all. Raises NotApplicableError for what is no answer."""
    if answer not in _places():
        raise NotApplicableError(
            f"“{answer[:40]}” is not an answer that is counted.", "Write two digits (72), or two numbers (12+60)."
        )
    return _places()[answer]


@torch.no_grad()
def _by_token(model: Decoder, of: Sum, answer: str) -> list[float]:
    prompt, ids = signs().encode(of.prompt), signs().written(answer)
    logp = model(torch.tensor([[*prompt, *ids]]))[0, len(prompt) - 1 : -1].double().log_softmax(-1)
    return logp.gather(1, torch.tensor(ids)[:, None])[:, 0].tolist()


@cache
def theirs(stage: Stage):
    """transformers' Llama on the same weights."""
    from safetensors.torch import load_file
    from transformers import LlamaConfig, LlamaForCausalLM

    from explorer.training.decoder import config_of
    from explorer.training.staged import D_VOCAB
    from explorer.training.staged_folder import path_of

    model = LlamaForCausalLM(LlamaConfig(**config_of(recipe().model, D_VOCAB).to_hf()))
    model.load_state_dict(load_file(path_of(folder(), stage)), strict=False)
    model.tie_weights()
    return model.eval()


@torch.no_grad()
def of_transformers(stage: Stage, of: Sum, answers: Sequence[str]) -> list[float]:
    """Log-probabilities of whole answers, each read in one pass of transformers' Llama."""
    found = list[float]()
    prompt = signs().encode(of.prompt)
    for answer in answers:
        ids = signs().written(answer)
        logits = theirs(stage)(torch.tensor([[*prompt, *ids]])).logits[0, len(prompt) - 1 : -1]
        logp = logits.double().log_softmax(-1)
        found.append(float(logp.gather(1, torch.tensor(ids)[:, None]).sum()))
    return found


@dataclass(frozen=True)
class Examined:
    """One stage on held-out sums."""

    stage: Stage
    exact: float
    """Share of which the likeliest tokens are right."""
    carried: float
    """Of those that carry a digit."""
    plain: float
    """Of the others."""
    chance: float
    """That an answer drawn at temperature 1 is right, exact, mean over the few."""
    in_parts: float
    kl_base: float
    kl_sft: float
    differ: int
    """Answers that transformers' own greedy decoding writes otherwise."""


def examined(progress: Progress) -> Iterator[list[Examined]]:
    """Stage by stage."""
    few_rewards = torch.stack([rewards(each) for each in few()])
    progress("Counting all answers", 0, len(STAGES))
    counts, done = {stage: counted(stage, few()) for stage in STAGES}, list[Examined]()
    for at, stage in enumerate(STAGES):
        progress("Answering held-out sums, stage by stage", at, len(STAGES))
        answers = greedy(stage, held_out())
        right = torch.tensor([rewarded(one, said) for one, said in zip(held_out(), answers, strict=True)])
        carries = torch.tensor([each.carries for each in held_out()])
        logp = counts[stage]
        made = Examined(
            stage, float(right.mean()), float(right[carries].mean()), float(right[~carries].mean()),
            float(optimum.expected(logp, few_rewards).mean()), float(logp[:, 100:-1].exp().sum(1).mean()),
            float(optimum.kl(logp, counts["base"]).mean()),
            float(optimum.kl(logp, counts["sft"]).mean()),
            sum(one != other for one, other in zip(answers, greedy_of_transformers(stage), strict=False)),
        )  # fmt: skip
        done.append(made)
        yield list(done)


def greedy(stage: Stage, sums: Sequence[Sum]) -> list[str]:
    prompts = [signs().encode(each.prompt) for each in sums]
    made = roll(decoder(stage), prompts, group=1, longest=LONGEST, end=signs().end, temperature=0.0)
    return [signs().read(each) for each in made.answers]


def greedy_of_transformers(stage: Stage) -> list[str]:
    """Of the first held-out sums, by `generate`."""
    prompts = torch.tensor([signs().encode(each.prompt) for each in held_out()[:AGAIN]])
    end = signs().end
    made = theirs(stage).generate(
        prompts, attention_mask=torch.ones_like(prompts), max_new_tokens=LONGEST, do_sample=False, eos_token_id=end,
        pad_token_id=end,
    )[:, prompts.shape[1] :].tolist()  # fmt: skip
    return [signs().read(each[: each.index(end) + 1] if end in each else each) for each in made]


@dataclass(frozen=True)
class Point:
    """A recorded evaluation of a training."""

    stage: Training
    seed: int
    step: int
    exact: float
    sampled: float
    reward: float
    kl: float | None
    """From the SFT policy, nats, mean over the few."""
    proxy: float | None
    """The flawed reward, where the training was on one."""


@cache
def recorded() -> tuple[Point, ...]:
    with (folder() / CURVES).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Point(
            TRAININGS[row["stage"]], int(row["seed"]), int(row["step"]),
            float(row["exact"]), float(row["sampled"]), float(row["reward"]), _real(row["kl"]), _real(row.get("proxy")),
        )
        for row in rows
    )  # fmt: skip


def _real(text: str | None) -> float | None:
    return float(text) if text else None


def parameters() -> int:
    """Of each stage's model; embedding and unembedding are one matrix."""
    return shelf()[NAME].parameters


def title(stage: Training) -> str:
    return TITLES[stage]
