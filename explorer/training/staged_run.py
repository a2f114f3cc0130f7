"""Training in stages, from `models/<name>/stages.toml`: one command, and all of the folder is written.

model.safetensors           the GRPO policy: the model that the shelf opens
stages/base.safetensors     and sft, dpo: opened as `trained:<name>,stage:sft@420`
curves.csv                  every evaluation: stage, seed, step, and what was measured; those of PPO and of the flawed
                            reward too, whose weights are not kept
training.json, sample.md, model.toml, config.json, tokenizer.json
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.training import stages as recipes
from explorer.training.staged import Announce, Staged, signs_of, tokenizer_of
from explorer.training.staged_folder import write
from explorer.training.stages import Stage

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder


def run(path: Path, announce: Announce = print) -> Path:
    """Train all stages and write the folder beside the recipe."""
    recipe, began = recipes.read(path), time.process_time()
    tokenizer = tokenizer_of()
    course = Staged(recipe, announce, signs_of(tokenizer))
    base = course.taught(course.fresh(), "base", recipe.base)
    sft = course.taught(base, "sft", recipe.sft)
    made: Mapping[Stage, Decoder] = {"base": base, "sft": sft, "dpo": course.preferring(sft)}
    for seed in reversed(recipe.run.seeds):  # the first seed's is kept
        made = {**made, "grpo": course.rewarding(sft, seed)}
    for seed in recipe.run.seeds:
        if recipe.ppo is not None:
            course.held_back(sft, recipe.ppo, seed)
        if recipe.hacked is not None:
            course.hacking(sft, recipe.hacked, seed)
    write(path.parent, course, made, tokenizer, time.process_time() - began)
    return path.parent
