"""A model that answers at once or in steps, another that is smaller, GRPO on right answers, and verifiers.

A run that was stopped goes on behind its last whole training; a finished folder is trained anew.

Behind a prompt of `stack.frontier.thinking.chains` the base reads the answer at once, all steps, or some of them and
the answer: it stops anywhere. GRPO then rewards the right answer alone, whatever the steps. Verifiers read texts that
the base wrote behind other prompts. Twins of the base, and others that read answers at once alone, are trained for
their curves.

model.safetensors            after GRPO, the first seed: the model that the shelf opens
stages/base.safetensors      before it
stages/small.safetensors     the smaller model, taught as the base
verifiers.safetensors        outcome, process, and one taught on few texts
curves.csv                   training, seed, step, and what was measured
training.json, sample.md, model.toml, config.json, tokenizer.json
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from explorer.stack.finetuning import aligning
from explorer.stack.finetuning.conversations import Example, Rows, padded
from explorer.stack.finetuning.rollouts import roll
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.frontier.thinking.chains import (
    ANSWER,
    LONGEST,
    MOST,
    SIGNS,
    STEP,
    Chain,
    Signs,
    drawn,
    held_out,
    read,
    right_steps,
)
from explorer.stack.frontier.thinking.enumerated import enumerated
from explorer.stack.frontier.thinking.verifier import streams, taught
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Run, Settings
from explorer.stack.transformer.decoder import Decoder
from explorer.training.decoder import config_of
from explorer.training.folder import LICENCE, WEIGHTS, card
from explorer.training.recipe import ChainsData, DecoderSizes, Recipe
from explorer.training.staged import D_VOCAB, tokenizer_of
from explorer.training.tokens import END

if TYPE_CHECKING:
    from tokenizers import Tokenizer

STAGES, CURVES, VERIFIERS = "stages", "curves.csv", "verifiers.safetensors"
#: Weights that are kept.
ALL = ("base", "small", "rewarded")
#: The base's size, and no steps in what it reads.
AT_ONCE = "at_once"
Announce = Callable[[str], None]


def path_of(folder: Path, stage: str) -> Path:
    """
    >>> path_of(Path("m"), "base").as_posix(), path_of(Path("m"), "rewarded").as_posix()
    ('m/stages/base.safetensors', 'm/model.safetensors')
    """
    return folder / WEIGHTS if stage == "rewarded" else folder / STAGES / f"{stage}.safetensors"


def signs_of(tokenizer: Tokenizer) -> Signs:
    known = tokenizer.get_vocab()
    return Signs({sign: known[sign] for sign in SIGNS}, known[END])


def read_chain(random: Random, instructions: int = MOST) -> Chain:
    """A prompt that is not held out."""
    while (found := drawn(random, instructions)).held_out:
        pass
    return found


@dataclass(frozen=True)
class Lines(aligning.Measured):
    """What the base reads."""

    signs: Signs
    said: ChainsData
    rows: int
    seed: int
    steps: int
    measure: aligning.Measure
    decoder: Decoder

    def batch(self, step: int) -> Rows:
        random = Random(self.seed * 1_000_003 + step)  # noqa: S311
        short = step < self.said.short_until * self.steps
        return padded([self._line(random, short) for _ in range(self.rows)])

    def _line(self, random: Random, short: bool) -> Example:
        of = read_chain(random, random.randint(1, self.said.short) if short else MOST)
        chance, most = random.random(), len(of.instructions)
        direct, whole = self.said.direct, self.said.direct + self.said.whole
        steps = 0 if chance < direct else most if chance < whole else random.randint(1, most)
        prompt = self.signs.encode(of.prompt)
        ids = [*prompt, *self.signs.encode(of.written(steps)), self.signs.end]
        return Example(tuple(ids), tuple(at >= len(prompt) for at in range(len(ids))))


class Taught(Tuned):
    """Whose weights have the decoder's own names, so that Muon knows the embedding, which AdamW steps."""

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, nn.Parameter]]:
        return self.decoder.named_parameters(prefix, recurse, remove_duplicate)


@dataclass(frozen=True)
class Exam:
    """All texts of some held-out prompts, at once and in steps."""

    few: Sequence[Chain]
    signs: Signs

    def __call__(self, decoder: Decoder) -> dict[str, float]:
        at_once = [enumerated(decoder, self.signs, each.prompt, ANSWER) for each in self.few]
        in_steps = [enumerated(decoder, self.signs, each.prompt, STEP, 1e-4) for each in self.few]
        n = len(self.few)
        return {
            "direct": sum(each.right(of.answer) for each, of in zip(at_once, self.few, strict=True)) / n,
            "chain": sum(each.right(of.answer) for each, of in zip(in_steps, self.few, strict=True)) / n,
            "steps": sum(each.mean_steps for each in in_steps) / n,
        }


def greedy(decoder: Decoder, signs: Signs, of: Sequence[Chain], mode: str) -> list[str]:
    """The likeliest token each time, behind each prompt and its mode."""
    prompts = [signs.encode(each.prompt + mode) for each in of]
    made = roll(decoder, prompts, group=1, longest=LONGEST, end=signs.end, temperature=0.0)
    return [mode + signs.decode(ids) for ids in made.answers]


@dataclass
class Course:
    """The trainings of one recipe as far as they have come."""

    recipe: Recipe
    said: ChainsData
    announce: Announce
    signs: Signs
    rows: list[dict[str, object]] = field(default_factory=list)

    @property
    def few(self) -> tuple[Chain, ...]:
        return held_out(self.said.measured)

    def base(self, sizes: DecoderSizes, name: str, seed: int) -> Decoder:
        """Reads the answers at once and in steps; as AT_ONCE at once alone."""
        o, said = self.recipe.optimiser, self.said
        if name == AT_ONCE:
            said = said.model_copy(update={"direct": 1.0, "whole": 0.0})
        tuned = Taught(self._begun(sizes, seed))
        lines = Lines(self.signs, said, self.recipe.data.rows, seed, o.steps, Exam(self.few, self.signs), tuned.decoder)
        self._run(Run(tuned, lines, replace(self.recipe.settings(), optimizer="muon")), name, seed)
        return _still(tuned.decoder)

    def _begun(self, sizes: DecoderSizes, seed: int) -> Decoder:
        """Matrices N(0, 1 / d_model): at GPT-2's 0.02 so narrow a model looks nowhere for long."""
        made = Decoder(config_of(sizes, D_VOCAB)).initialise(torch.Generator().manual_seed(seed))
        with torch.no_grad():
            for each in made.parameters():
                if each.dim() > 1:
                    each.mul_(self.said.start / (0.02 * sizes.d_model**0.5))
        return made

    def rewarded(self, base: Decoder, seed: int) -> Decoder:
        """GRPO on the right answer."""
        said = self.said
        decoder = deepcopy(base).requires_grad_(True)
        if decoder.config.tied:  # a base that was read from its file has two parameters there, of which one is kept
            decoder.unembed.weight = decoder.embed.weight
        asked = self._prompts(1 + seed, said.rewarded_prompts)
        drawing = aligning.Drawing(said.prompts, said.group, LONGEST, self.signs.end)

        def reward(which: int, ids: Sequence[int]) -> float:
            return float(read(STEP + self.signs.decode(ids)).answer == asked[which].answer)

        course = aligning.Rewarded(
            decoder, [self.signs.encode(each.prompt + STEP) for each in asked], reward, drawing, seed,
            Exam(self.few, self.signs),
        )  # fmt: skip
        policy = aligning.Policy[aligning.Judged](decoder, lambda d, batch: aligning.grpo(d, batch))
        rate = Schedule("linear", said.rate, said.rate / 10, said.rewarded_steps // 6, said.rewarded_steps)
        self._run(Run(policy, course, Settings(rate, 0, betas=(0.9, 0.999), weight_decay=0.01)), "rewarded", seed)
        return _still(decoder)

    def _prompts(self, seed: int, count: int) -> list[Chain]:
        random = Random(f"prompts {seed}")  # noqa: S311
        return [read_chain(random) for _ in range(count)]

    def verifiers(self, base: Decoder) -> dict[str, Tensor]:
        """Their weights, each behind its name; taught on texts of the base."""
        generator = torch.Generator().manual_seed(self.recipe.run.seed)
        texts = self.texts(base, generator)
        x, right, at, step_right = self._streams(base, texts)
        n, steps = self.said.verified_few, self.said.verifier_steps
        made = {
            "outcome": taught(x, right, steps=steps, rate=3e-3, generator=generator).verifier,
            "process": taught(at, step_right, steps=steps, rate=3e-3, generator=generator).verifier,
            "few": taught(x[:n], right[:n], steps=steps // 4, rate=3e-3, generator=generator).verifier,
        }
        self.announce(f"verifiers: {len(texts):,} texts, {float(right.mean()):.3f} right; {len(at):,} steps, "
                      f"{float(step_right.mean()):.3f} right")  # fmt: skip
        return {f"{name}.{key}": each for name, one in made.items() for key, each in one.state_dict().items()}

    def texts(self, base: Decoder, generator: torch.Generator) -> list[tuple[Chain, str]]:
        """One to each prompt, drawn from the base."""
        asked = self._prompts(100, self.said.verified)
        prompts = [self.signs.encode(each.prompt + STEP) for each in asked]
        made = roll(base, prompts, group=1, longest=LONGEST, end=self.signs.end, generator=generator)
        found = [(of, STEP + self.signs.decode(ids)) for of, ids in zip(asked, made.answers, strict=True)]
        return [each for each in found if read(each[1]).answer is not None]

    def _streams(self, base: Decoder, texts: Sequence[tuple[Chain, str]]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Streams at the answers and whether they are right; streams at all numbers and whether each follows."""
        whole, at = list[Tensor](), list[Tensor]()
        right, follows = list[float](), list[float]()
        for of, text in texts:
            x, numbers = streams_at(base, self.signs, of, text)
            whole.append(x[-1])
            right.append(float(read(text).answer == of.answer))
            at.append(x)
            follows += map(float, numbers)
        return torch.stack(whole), torch.tensor(right), torch.cat(at), torch.tensor(follows)

    def _run(self, run: Run, training: str, seed: int) -> None:
        every, steps = self.recipe.run.evaluate_every, run.settings.schedule.steps
        self._measured(run, training, seed)
        for step in range(1, steps + 1):
            run.step()
            if step % every == 0 or step == steps:
                self._measured(run, training, seed)

    def _measured(self, run: Run, training: str, seed: int) -> None:
        point, row = run.progress.curve[-1] if run.progress.curve else None, dict[str, object]()
        row |= {"training": training, "seed": seed, "step": run.progress.step}
        row |= {name: f"{value:.5g}" for name, value in run.evaluate().scores.items()}
        row |= {"seconds": round(run.progress.seconds, 1)}
        row |= {"loss": f"{next(iter(point.losses.values())):.5g}" if point else ""}
        self.rows.append(row)
        self.announce("  ".join(f"{name} {value}" for name, value in row.items()))


def streams_at(decoder: Decoder, signs: Signs, of: Chain, text: str) -> tuple[Tensor, tuple[bool, ...]]:
    """A verifier's input at each number of a text, the answer last, and whether each follows from the one before it.

    The answer follows where it says the last step's number and no step is missing.
    """
    written = read(text)
    prompt, end = len(of.prompt), text.index(ANSWER) + 2
    x = streams(decoder, torch.tensor([signs.encode(of.prompt + text[:end])]))[0]
    places = [prompt + 1 + 2 * at for at in range(len(written.steps))] + [prompt + end - 1]
    whole = len(written.steps) == len(of.instructions) and written.answer == written.steps[-1]
    return x[places], (*right_steps(of, written.steps), whole)


def run(recipe: Recipe, said: ChainsData, folder: Path, announce: Announce) -> Path:
    """Train all of it, and write the folder."""
    from safetensors.torch import save_file

    assert isinstance(recipe.model, DecoderSizes)
    tokenizer, seed = tokenizer_of(), recipe.run.seed
    course = Course(recipe, said, announce, signs_of(tokenizer))
    if (folder / "training.json").is_file():  # it is made anew
        for path in (folder / "training.json", folder / CURVES, *(path_of(folder, stage) for stage in ALL)):
            path.unlink(missing_ok=True)
    course.rows += _read(folder / CURVES)
    made = dict[str, Decoder]()
    for stage, sizes in (("base", recipe.model), ("small", said.small)):
        made[stage] = _kept(folder, course, stage, sizes, partial(course.base, sizes, stage, seed))
    made["rewarded"] = _kept(folder, course, "rewarded", recipe.model, partial(course.rewarded, made["base"], seed))
    begin = partial(course.base, recipe.model)
    twins = [("rewarded", other, partial(course.rewarded, made["base"])) for other in said.seeds]
    twins += [("base", other, partial(begin, "base")) for other in said.seeds]
    twins += [(AT_ONCE, other, partial(begin, AT_ONCE)) for other in (seed, *said.seeds)]
    for name, other, train in twins:
        if (name, str(other)) not in {(row["training"], str(row["seed"])) for row in course.rows}:
            train(other)
            _curves(folder, course)
    save_file(course.verifiers(made["base"]), folder / VERIFIERS, metadata={"format": "pt"})
    _write(folder, course, made, tokenizer)
    return folder


def _kept(folder: Path, course: Course, stage: str, sizes: DecoderSizes, train: Callable[[], Decoder]) -> Decoder:
    """A stage that a stopped run has left, or trained now."""
    from safetensors.torch import load_file
    from transformers import LlamaConfig

    path = path_of(folder, stage)
    if not path.is_file():
        _save(path, train())
        _curves(folder, course)
    return Decoder.from_pretrained(LlamaConfig(**config_of(sizes, D_VOCAB).to_hf()), load_file(path))


def _curves(folder: Path, course: Course) -> None:
    with (folder / CURVES).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in course.rows for name in row)))
        writer.writeheader()
        writer.writerows(course.rows)


def _read(path: Path) -> list[dict[str, object]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return [dict(row) for row in csv.DictReader(file)]


def _write(folder: Path, course: Course, made: dict[str, Decoder], tokenizer: Tokenizer) -> None:
    """Config, tokenizer, curves and cards."""
    recipe, last = course.recipe, made["rewarded"]
    tokenizer.save(str(folder / "tokenizer.json"))
    _json(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast",
          "clean_up_tokenization_spaces": False, "bos_token": END, "eos_token": END})  # fmt: skip
    _json(folder / "config.json", {**last.hf_config(), "torch_dtype": "float32", "bos_token_id": 0, "eos_token_id": 0})
    exact = {name: _exact(course, each) for name, each in made.items()}
    _json(folder / "training.json", _about(course, made, exact))
    (folder / "sample.md").write_text(_sample(course, made), encoding="utf-8")
    found = exact["rewarded"]
    note = (
        f"Trained here on right answers, then by GRPO; of held-out prompts {found['direct']:.1%} are right at once, "
        f"{found['chain']:.1%} in steps; float32"
    )
    told = card(folder, recipe.name, recipe.title, recipe.summary, last, "dense", note)
    (folder / "model.toml").write_text(told, encoding="utf-8")


def _exact(course: Course, decoder: Decoder) -> dict[str, float]:
    """The share of held-out prompts that is right, the likeliest token each time."""
    asked = held_out(400)
    found = {name: greedy(decoder, course.signs, asked, mode) for name, mode in (("direct", ANSWER), ("chain", STEP))}
    return {
        name: sum(read(text).answer == of.answer for text, of in zip(texts, asked, strict=True)) / len(asked)
        for name, texts in found.items()
    }


def _about(course: Course, made: dict[str, Decoder], exact: object) -> dict[str, object]:
    recipe, said = course.recipe, course.said
    return {
        "seed": recipe.run.seed,
        "seeds_of_grpo": [recipe.run.seed, *said.seeds],
        "steps": {"base": recipe.optimiser.steps, "small": recipe.optimiser.steps, "rewarded": said.rewarded_steps},
        "processor_seconds": round(sum(_seconds(course.rows).values())),
        "stage_processor_seconds": _seconds(course.rows),
        "parameters": {name: sum(each.numel() for each in one.parameters()) for name, one in made.items()},
        "exact_on_held_out_prompts": exact,
        "data": {
            "name": recipe.name,
            "what": "Sums, differences and products of digits, from left to right; the last digit is kept; by rule",
            "held_out": "one prompt in sixteen, by its checksum",
            "answers_at_once": said.direct,
            "with_all_steps": said.whole,
            "rule_of_reward": "the answer's digit is right",
            "licence": "made by rule: no text of others",
        },
        "licence": f"The weights are the project's own work, under {LICENCE}.",
    }


def _seconds(rows: Sequence[dict[str, object]]) -> dict[str, float]:
    """Of each training, from its last row."""
    return {f"{row['training']} {row['seed']}": float(str(row["seconds"])) for row in rows}


def _sample(course: Course, made: dict[str, Decoder]) -> str:
    asked = held_out(8)
    lines = [f"# What {course.recipe.name} answers", "", "The likeliest tokens; held-out prompts.", "",
             "| prompt | right | base, at once | base, in steps | after GRPO |", "|---|---|---|---|---|"]  # fmt: skip
    columns = [greedy(made[name], course.signs, asked, mode) for name, mode in (
        ("base", ANSWER), ("base", STEP), ("rewarded", STEP))]  # fmt: skip
    lines += [
        f"| {of.prompt} | {of.answer} | " + " | ".join(f"`{each[at]}`" for each in columns) + " |"
        for at, of in enumerate(asked)
    ]
    return "\n".join(lines) + "\n"


def _save(path: Path, decoder: Decoder) -> None:
    from safetensors.torch import save_file

    path.parent.mkdir(exist_ok=True)
    state = {name: tensor.contiguous() for name, tensor in decoder.hf_state_dict().items()}
    save_file(state, path, metadata={"format": "pt"})


def _still(decoder: Decoder) -> Decoder:
    return decoder.eval().requires_grad_(False)


def _json(path: Path, contents: object) -> None:
    path.write_text(json.dumps(contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
