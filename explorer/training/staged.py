"""The stages of a recipe (`stages.toml`), each a run of the loop of pre-training.

The base reads lines of sums, most of them with another sum's answer. SFT learns right answers alone. All others
begin at the SFT's weights. What draws its own answers (GRPO, PPO, GRPO on a flawed reward) is run once for each seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from explorer.stack.finetuning import aligning, optimum
from explorer.stack.finetuning.actor_critic import ActorCritic
from explorer.stack.finetuning.conversations import Example, Rows, padded
from explorer.stack.finetuning.flawed import FLAWED, Flaw
from explorer.stack.finetuning.flawed import rewards as flawed_rewards
from explorer.stack.finetuning.rollouts import roll
from explorer.stack.finetuning.sums import LONGEST, Signs, Sum, distribution, rewarded, rewards, split
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.pretraining.train import Run, Settings
from explorer.stack.transformer.decoder import Decoder
from explorer.training.decoder import config_of
from explorer.training.stages import STAGES, Drawn, Hacked, Read, Stage, Stages, Steps, Training
from explorer.training.tokens import END, trained_on

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FOLDER, CURVES = "stages", "curves.csv"
#: Bytes, and the end.
D_VOCAB = 257
CLIP, DECAY, BETAS = 1.0, 0.01, (0.9, 0.999)
#: Seed of the sums that are drawn beside the policy's own answers.
SAMPLED = 1
Announce = Callable[[str], None]


def tokenizer_of() -> Tokenizer:
    """Bytes alone: a digit is a token."""
    return trained_on([], D_VOCAB)


def signs_of(tokenizer: Tokenizer) -> Signs:
    known = tokenizer.get_vocab()
    return Signs({sign: known[sign] for sign in "0123456789+="}, known[END])


@dataclass(frozen=True)
class Lines(aligning.Measured):
    """What base and SFT read: a prompt and an answer a line, drawn at each step."""

    sums: Sequence[Sum]
    signs: Signs
    in_parts: float
    wrong: float
    rows: int
    seed: int
    prompt_learnt: bool
    measure: aligning.Measure
    decoder: Decoder

    def batch(self, step: int) -> Rows:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        which = torch.randint(len(self.sums), (self.rows, 2), generator=generator).tolist()
        chances = torch.rand(self.rows, 2, generator=generator).tolist()
        return padded([self._line(*one, *chance) for one, chance in zip(which, chances, strict=True)])

    def _line(self, at: int, other: int, parts: float, wrong: float) -> Example:
        asked, answered = self.sums[at], self.sums[other if wrong < self.wrong else at]
        answer = answered.in_parts if parts < self.in_parts else answered.at_once
        prompt = self.signs.encode(asked.prompt)
        ids = [*prompt, *self.signs.encode(answer), self.signs.end]
        return Example(tuple(ids), tuple(self.prompt_learnt or at >= len(prompt) for at in range(len(ids))))


@dataclass(frozen=True)
class Exam:
    """What is measured of a policy."""

    held: Sequence[Sum]
    signs: Signs
    few: Sequence[Sum]
    """Of them, those whose answers are all counted."""
    reference: Tensor | None = None
    """Log-probabilities of the SFT policy on the few."""
    flaw: Flaw | None = None
    """Another reward that is measured as well."""

    def __call__(self, decoder: Decoder) -> dict[str, float]:
        found = self.counted(decoder)
        known = {"exact": exact(decoder, self.held, self.signs), "sampled": exact(decoder, self.held, self.signs, 1.0)}
        known["reward"] = float(optimum.expected(found, torch.stack([rewards(each) for each in self.few])).mean())
        if self.flaw is not None:
            proxy = torch.stack([flawed_rewards(self.flaw, each) for each in self.few])
            known["proxy"] = float(optimum.expected(found, proxy).mean())
        if self.reference is not None:
            known["kl"] = float(optimum.kl(found, self.reference).mean())
        return known

    def counted(self, decoder: Decoder) -> Tensor:
        return distribution(decoder, torch.tensor([self.signs.encode(each.prompt) for each in self.few]), self.signs)


def exact(decoder: Decoder, sums: Sequence[Sum], signs: Signs, temperature: float = 0.0) -> float:
    """The share that is right: of the likeliest tokens, or of one answer drawn to each."""
    generator = torch.Generator().manual_seed(SAMPLED)
    prompts = [signs.encode(each.prompt) for each in sums]
    made = roll(decoder, prompts, group=1, longest=LONGEST, end=signs.end, temperature=temperature, generator=generator)
    right = [rewarded(each, signs.read(ids)) for each, ids in zip(sums, made.answers, strict=True)]
    return sum(right) / len(right)


@dataclass
class Staged:
    """The runs of one recipe as far as they have come."""

    recipe: Stages
    announce: Announce
    signs: Signs
    train: Sequence[Sum] = ()
    held: Sequence[Sum] = ()
    rows: list[dict[str, object]] = field(default_factory=list)
    """Of curves.csv."""
    seconds: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.train, self.held = split(self.recipe.data.held_out, self.recipe.data.seed)

    @property
    def seed(self) -> int:
        return self.recipe.run.seeds[0]

    def exam(self, reference: Decoder | None = None, flaw: Flaw | None = None) -> Exam:
        made = Exam(self.held, self.signs, self.held[: self.recipe.run.measured])
        return made if reference is None else Exam(made.held, made.signs, made.few, made.counted(reference), flaw)

    def fresh(self) -> Decoder:
        made = Decoder(config_of(self.recipe.model, D_VOCAB))
        return made.initialise(torch.Generator().manual_seed(self.seed))

    def taught(self, start: Decoder, stage: Stage, said: Read) -> Decoder:
        """Base and SFT."""
        tuned, data = Tuned(start), self.recipe.data
        base = stage == "base"
        course = Lines(
            self.train, self.signs, data.in_parts, data.wrong if base else 0.0, said.rows,
            self.seed * 10 + STAGES.index(stage), base, self.exam(), tuned.decoder,
        )  # fmt: skip
        self.run(Run(tuned, course, _settings(said)), stage, self.seed)
        return _still(tuned.decoder)

    def preferring(self, sft: Decoder) -> Decoder:
        said, decoder = self.recipe.dpo, _copy(sft)
        drawing = aligning.Drawing(len(self.train), said.group, LONGEST, self.signs.end)
        pairs = aligning.drawn_pairs(sft, self.prompts, self.reward, drawing, self.seed)
        self.announce(f"DPO: {len(pairs):,} pairs of {len(self.train):,} prompts")
        course = aligning.Preferred(decoder, pairs, said.rows, self.seed, self.exam(sft))
        policy = aligning.Policy[aligning.Pairs](decoder, lambda d, batch: aligning.preferred(d, batch, said.beta))
        self.run(Run(policy, course, _settings(said)), "dpo", self.seed)
        return _still(decoder)

    def rewarding(self, sft: Decoder, seed: int) -> Decoder:
        """GRPO."""
        said = self.recipe.grpo
        return self._drawing("grpo", _by_grpo(sft, said), said, sft, seed)

    def held_back(self, sft: Decoder, said: Drawn, seed: int) -> Decoder:
        """PPO."""
        policy = aligning.Policy[aligning.Judged](_copy(sft), ActorCritic(sft.config.d_model, said.beta))
        return self._drawing("ppo", policy, said, sft, seed)

    def hacking(self, sft: Decoder, said: Hacked, seed: int) -> Decoder:
        """GRPO on a flawed reward."""
        return self._drawing("hacked", _by_grpo(sft, said), said, sft, seed, said.flaw)

    def _drawing(
        self,
        training: Training,
        policy: aligning.Policy[aligning.Judged],
        said: Drawn,
        sft: Decoder,
        seed: int,
        flaw: Flaw | None = None,
    ) -> Decoder:
        """A policy that is trained on its own answers."""
        drawing = aligning.Drawing(said.prompts, said.group, LONGEST, self.signs.end)
        reward = self.reward if flaw is None else partial(self.flawed, flaw)
        exam, held_on_to = self.exam(sft, flaw), sft if said.beta else None
        course = aligning.Rewarded(policy.decoder, self.prompts, reward, drawing, seed, exam, held_on_to)
        self.run(Run(policy, course, _settings(said)), training, seed)
        return _still(policy.decoder)

    @property
    def prompts(self) -> list[list[int]]:
        return [self.signs.encode(each.prompt) for each in self.train]

    def reward(self, prompt: int, answer: Sequence[int]) -> float:
        return rewarded(self.train[prompt], self.signs.read(answer))

    def flawed(self, flaw: Flaw, prompt: int, answer: Sequence[int]) -> float:
        return FLAWED[flaw](self.train[prompt], self.signs.read(answer))

    def run(self, run: Run, stage: Training, seed: int) -> None:
        """Step by step, measured now and then."""
        every, steps = self.recipe.run.evaluate_every, run.settings.schedule.steps
        self._measured(run, stage, seed)
        for step in range(1, steps + 1):
            run.step()
            if step % every == 0 or step == steps:
                self._measured(run, stage, seed)
        self.seconds[f"{stage} {seed}"] = run.progress.seconds

    def _measured(self, run: Run, stage: Training, seed: int) -> None:
        found, point = run.evaluate(), run.progress.curve[-1] if run.progress.curve else None
        row: dict[str, object] = {"stage": stage, "seed": seed, "step": run.progress.step}
        row["seconds"] = round(run.progress.seconds, 1)
        row |= {name: f"{value:.5g}" for name, value in found.scores.items()}
        if point is not None:
            row |= {"loss": f"{next(iter(point.losses.values())):.5g}", "grad_norm": f"{point.grad_norm:.5g}"}
            row |= {f"batch_{name}": f"{value:.5g}" for name, value in point.measures.items()}
        self.rows.append(row)
        self.announce("  ".join(f"{name} {value}" for name, value in row.items()))


def _by_grpo(sft: Decoder, said: Drawn) -> aligning.Policy[aligning.Judged]:
    return aligning.Policy(_copy(sft), lambda decoder, batch: aligning.grpo(decoder, batch, said.beta))


def _settings(said: Steps) -> Settings:
    return Settings(said.schedule(), 0, betas=BETAS, weight_decay=DECAY, clip=CLIP, evaluate_every=10**9)


def _copy(decoder: Decoder) -> Decoder:
    from copy import deepcopy

    return deepcopy(decoder).requires_grad_(True)


def _still(decoder: Decoder) -> Decoder:
    return decoder.eval().requires_grad_(False)
