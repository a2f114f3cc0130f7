"""A model trained in stages: the recipe, the folder that one command writes, and the stages as models."""

from __future__ import annotations

import copy
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.panels.trained import training_of
from explorer.stack.finetuning.sums import LONGEST, Sum, split
from explorer.stack.transformer.decoder import Decoder
from explorer.training import staged, staged_checkpoint, staged_run, stages
from explorer.training.decoder import config_of
from explorer.training.staged import Lines, signs_of, tokenizer_of
from explorer.zoo import card, checkpoints
from explorer.zoo.made_names import Trained

ENTRIES: dict[str, Any] = {
    "name": "tiny",
    "title": "Tiny",
    "summary": "Adds.",
    "data": {"held_out": 16},
    "model": {
        "architecture": "llama", "n_layers": 1, "d_model": 8, "n_heads": 2, "n_kv_heads": 1, "d_expert": 4,
        "n_ctx": 32,
    },
    "base": {"steps": 2, "peak": 1e-3, "rows": 4},
    "sft": {"steps": 2, "peak": 1e-3, "rows": 4},
    "dpo": {"steps": 2, "peak": 1e-3, "rows": 4},
    "grpo": {"steps": 3, "peak": 1e-3, "prompts": 2, "group": 2},
    "ppo": {"steps": 2, "peak": 1e-3, "prompts": 2, "group": 2, "beta": 0.1},
    "hacked": {"steps": 2, "peak": 1e-3, "prompts": 2, "group": 2, "flaw": "large"},
    "run": {"seeds": [3, 4], "evaluate_every": 9, "measured": 1},
}  # fmt: skip


def in_toml(entries: dict[str, Any]) -> str:
    tables = {name: each for name, each in entries.items() if isinstance(each, dict)}
    lines = [f"{name} = {json.dumps(each)}" for name, each in entries.items() if name not in tables]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All stages of a tiny model, trained once."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    (folder / stages.FILE).write_text(in_toml(ENTRIES))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_MODELS", str(folder.parent))
        # A rule that an untrained model meets now and then, so that there are pairs.
        patch.setattr(staged.Staged, "reward", lambda self, prompt, answer: float(len(answer) < LONGEST))
        patch.setattr(staged, "split", lambda held, seed: tuple(each[:24] for each in split(held, seed)))
        staged_run.run(folder / stages.FILE, lambda line: None)
        card._read_cards.cache_clear()
        yield folder
    card._read_cards.cache_clear()


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("sft.steps", 0, "sft.steps"),
        ("grpo.group", "8", "grpo.group"),
        ("data.wrong", 1.5, "data.wrong"),
        ("model.d_mlp", 3, "model.d_mlp"),
        ("run.seeds", [], "run.seeds"),
        ("hacked.flaw", "small", "hacked.flaw"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: object, said: str) -> None:
    entries = copy.deepcopy(ENTRIES)
    table, name = path.split(".")
    entries[table][name] = value
    with pytest.raises(BadRequestError, match=said):
        stages.from_dict(entries)


def test_the_folder_holds_all_stages(trained: Path) -> None:
    names = {path.relative_to(trained).as_posix() for path in trained.rglob("*") if path.is_file()}
    assert names == {
        "config.json", "curves.csv", "model.safetensors", "model.toml", "sample.md", "stages.toml",
        "stages/base.safetensors", "stages/dpo.safetensors", "stages/sft.safetensors", "tokenizer.json",
        "tokenizer_config.json", "training.json",
    }  # fmt: skip
    with (trained / "curves.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    ends = {(row["stage"], row["seed"], row["step"]) for row in rows}
    assert {("base", "3", "2"), ("sft", "3", "2"), ("dpo", "3", "2"), ("grpo", "3", "3"), ("grpo", "4", "3")} <= ends
    assert {("ppo", "3", "2"), ("ppo", "4", "2"), ("hacked", "3", "2"), ("hacked", "4", "2")} <= ends
    assert {row["stage"] for row in rows if row["proxy"]} == {"hacked"}
    assert {row["stage"] for row in rows if row["batch_critic"]} == {"ppo"}
    about = json.loads((trained / "training.json").read_text())
    assert about["data"]["sums"] == 3240
    assert set(about["exact_after_grpo_by_seed"]) == {"3", "4"}
    assert card.shelf()["tiny"].parameters == about["parameters"]


def test_a_stage_opens_as_a_model(trained: Path) -> None:
    assert staged_checkpoint.folder_of("tiny") == trained
    name = Trained("tiny", (("stage", "sft"),), 2)
    assert staged_checkpoint.name_of("tiny", "sft") == name.text
    training = training_of(name)
    assert training.seconds == 0
    made = training.make()
    decoder = staged_checkpoint.decoder_of("tiny", "sft")
    state = {key: value.contiguous() for key, value in decoder.hf_state_dict().items()}
    assert made.weights == checkpoints.weights_hash(state)
    base = staged_checkpoint.decoder_of("tiny", "base").hf_state_dict()
    assert any(not torch.equal(each, base[key]) for key, each in state.items())


@pytest.mark.parametrize("settings", [(), (("stage", "ppo"),), (("stage", "sft"), ("seed", "1"))])
def test_a_stage_that_is_not_there(trained: Path, settings: tuple[tuple[str, str], ...]) -> None:
    assert trained
    with pytest.raises(BadRequestError, match="not the end of a stage"):
        training_of(Trained("tiny", settings, 2))
    with pytest.raises(BadRequestError, match="not the end of a stage"):
        training_of(Trained("tiny", (("stage", "sft"),), 1))


def test_lines_of_base_and_sft() -> None:
    signs, sums = signs_of(tokenizer_of()), [Sum(47, 25), Sum(11, 11)]
    decoder = Decoder(config_of(stages.from_dict(ENTRIES).model, staged.D_VOCAB))
    made = Lines(sums, signs, 1.0, 0.0, 64, 0, False, lambda _: {}, decoder).batch(0)
    prompts = {sign: signs.encode(each.prompt) for each in sums for sign in [each.prompt]}
    for ids, learnt in zip(made.ids.tolist(), made.learnt.tolist(), strict=True):
        of = next(each for each in sums if prompts[each.prompt] == ids[:6])
        assert ids[6:] == [*signs.encode(of.in_parts), signs.end]
        assert learnt == [False] * 6 + [True] * 6
    wrong = Lines(sums, signs, 0.0, 1.0, 64, 0, True, lambda _: {}, decoder).batch(0)
    answers = {(tuple(ids[:6]), signs.read(ids[6:9])) for ids in wrong.ids.tolist()}
    assert len(answers) == 4  # the answer is drawn without a look at the sum
