"""The folder of a model that was trained in stages: weights of each, curves, the data card, a sample."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from explorer.stack.finetuning.sums import ANSWERS, every
from explorer.training.folder import LICENCE, WEIGHTS, card
from explorer.training.staged import CURVES, FOLDER, Staged, exact
from explorer.training.stages import STAGES, TITLES, Stage
from explorer.training.tokens import END

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from explorer.stack.transformer.decoder import Decoder

#: The stage that the shelf opens by the model's own name.
LAST: Stage = "grpo"
SHOWN = 6


def path_of(folder: Path, stage: Stage) -> Path:
    """
    >>> path_of(Path("models/sums"), "sft").as_posix(), path_of(Path("models/sums"), "grpo").name
    ('models/sums/stages/sft.safetensors', 'model.safetensors')
    """
    return folder / WEIGHTS if stage == LAST else folder / FOLDER / f"{stage}.safetensors"


def write(folder: Path, course: Staged, made: Mapping[Stage, Decoder], tokenizer: Tokenizer, seconds: float) -> None:
    """Everything beside the recipe."""
    from safetensors.torch import save_file

    last = made[LAST]
    for stage, decoder in made.items():
        path = path_of(folder, stage)
        path.parent.mkdir(exist_ok=True)
        state = {name: tensor.contiguous() for name, tensor in decoder.hf_state_dict().items()}
        save_file(state, path, metadata={"format": "pt"})
    tokenizer.save(str(folder / "tokenizer.json"))
    shared = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
    _json(folder / "tokenizer_config.json", shared | {"bos_token": END, "eos_token": END})
    _json(folder / "config.json", {**last.hf_config(), "torch_dtype": "float32", "bos_token_id": 0, "eos_token_id": 0})
    _curves(folder / CURVES, course)
    found: dict[Stage, float] = {stage: exact(decoder, course.held, course.signs) for stage, decoder in made.items()}
    _json(folder / "training.json", _training(course, last, found, seconds))
    (folder / "sample.md").write_text(_sample(course, made), encoding="utf-8")
    said = course.recipe
    note = (
        f"Trained here by SFT and GRPO; {found[LAST]:.1%} of held-out sums exact after GRPO, {found['sft']:.1%} after "
        "SFT; float32"
    )
    (folder / "model.toml").write_text(card(folder, said.name, said.title, said.summary, last, "dense", note), "utf-8")


def _curves(path: Path, course: Staged) -> None:
    names = list(dict.fromkeys(name for row in course.rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(course.rows)


def _training(course: Staged, last: Decoder, found: Mapping[Stage, float], seconds: float) -> dict[str, object]:
    """The data card: what was read, by which rule, and where each stage ended."""
    said, last_rows = course.recipe, {(row["stage"], row["seed"]): row for row in course.rows}
    return {
        "seed": course.seed,
        "seeds": list(said.run.seeds),
        "steps": said.steps,
        "processor_seconds": round(seconds),
        "stage_processor_seconds": {name: round(each, 1) for name, each in course.seconds.items()},
        "parameters": sum(parameter.numel() for parameter in last.parameters()),
        "exact_on_held_out_sums": {stage: round(found[stage], 4) for stage in STAGES},
        "exact_after_grpo_by_seed": {
            str(seed): float(str(last_rows["grpo", seed]["exact"])) for seed in said.run.seeds
        },
        "data": {
            "name": said.name,
            "what": "Sums of two two-digit numbers that stay below 100, made by rule",
            "sums": len(every()),
            "held_out": len(course.held),
            "answers": len(ANSWERS),
            "answers_in_parts": said.data.in_parts,
            "wrong_answers_in_the_base’s_lines": said.data.wrong,
            "rule_of_reward_and_preference": "the answer’s value is the sum",
            "licence": "made by rule: no text of others",
        },
        "licence": f"The weights are the project's own work, under {LICENCE}.",
    }


def _sample(course: Staged, made: Mapping[Stage, Decoder]) -> str:
    from explorer.stack.finetuning.rollouts import roll
    from explorer.stack.finetuning.sums import LONGEST

    lines = [f"# What {course.recipe.name} answers", "", "The likeliest tokens; held-out sums.", ""]
    lines += ["| prompt | " + " | ".join(TITLES[stage] for stage in STAGES) + " |", "|---" * (len(STAGES) + 1) + "|"]
    shown, signs = course.held[:SHOWN], course.signs
    prompts = [signs.encode(each.prompt) for each in shown]
    with torch.no_grad():
        answers = [
            roll(made[stage], prompts, group=1, longest=LONGEST, end=signs.end, temperature=0.0).answers
            for stage in STAGES
        ]
    for at, each in enumerate(shown):
        lines.append(f"| {each.prompt} | " + " | ".join(signs.read(found[at]) or "–" for found in answers) + " |")
    return "\n".join(lines) + "\n"


def _json(path: Path, contents: object) -> None:
    path.write_text(json.dumps(contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
