"""The folder of a model trained here: what transformers opens, the card, the texts it read, what it writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.corpora.source import Text
from explorer.fetching import cache
from explorer.training.recipe import Recipe
from explorer.zoo.safetensors_header import read_header
from explorer.zoo.weight_bits import bits_of, type_of_safetensors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from explorer.stack.architectures.t5 import T5
    from explorer.stack.frontier.state_spaces.model import StateSpaceModel
    from explorer.stack.pretraining.train import Evaluation, Progress
    from explorer.stack.transformer.decoder import Decoder

WEIGHTS = "model.safetensors"
LICENCE = "Apache-2.0"


@dataclass(frozen=True)
class Written:
    """What the folder says of a model that only its architecture knows."""

    kind: str
    """The card's: dense, moe, encoder-decoder, state-space."""
    note: str
    """What it was trained on, and how well it does, in half a sentence."""
    tokenizer: dict[str, object]
    """Entries of tokenizer_config.json."""
    sample: str
    """sample.md."""
    config: dict[str, object] = field(default_factory=dict)
    """Entries of config.json, beside those of the architecture."""
    training: dict[str, object] = field(default_factory=dict)
    """Entries of training.json, beside those that all have, or in their place."""


def write_folder(
    folder: Path,
    recipe: Recipe,
    model: Decoder | T5 | StateSpaceModel,
    tokenizer: Tokenizer,
    loaded: list[Text],
    progress: Progress,
    final: Evaluation,
    written: Written,
) -> Path:
    """Write every file of the model; the card comes last, since it makes the folder a model of the shelf."""
    from safetensors.torch import save_file

    state = {name: t.bfloat16().contiguous() for name, t in model.hf_state_dict().items()}
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})
    _json(folder / "config.json", model.hf_config() | {"torch_dtype": "bfloat16"} | written.config)
    tokenizer.save(str(folder / "tokenizer.json"))
    shared: dict[str, object] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": model.config.n_ctx,
        "clean_up_tokenization_spaces": False,
    }
    _json(folder / "tokenizer_config.json", shared | written.tokenizer)
    _json(folder / "training.json", _training(recipe, model, loaded, progress, final) | written.training)
    (folder / "sample.md").write_text(written.sample, encoding="utf-8")
    note = f"{written.note[0].upper()}{written.note[1:]}; bfloat16, opened as float32"
    told = card(folder, recipe.name, recipe.title, recipe.summary, model, written.kind, note)
    (folder / "model.toml").write_text(told, encoding="utf-8")
    return folder


def _json(path: Path, contents: object) -> None:
    path.write_text(json.dumps(contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _training(
    recipe: Recipe, model: Decoder | T5 | StateSpaceModel, loaded: list[Text], progress: Progress, final: Evaluation
) -> dict[str, object]:
    """What the weights came from and where they ended."""
    return {
        "seed": recipe.run.seed,
        "steps": progress.step,
        "tokens": progress.step * recipe.tokens_per_step,
        "processor_seconds": round(progress.seconds),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "held_out_loss": {
            **{kind: round(loss, 4) for kind, loss in final.losses.items()},
            "mean": round(final.mean, 4),
        },
        "held_out": "the last 5% of each text's documents, every window of them; nats a token",
        "texts": text_cards(loaded, recipe.data.texts),
        "licence": (
            f"The weights are the project's own work, under {LICENCE}. They were trained on the texts above, each "
            "under its own licence; none of those texts is part of this folder."
        ),
    }


def text_cards(loaded: list[Text], weights: Mapping[str, float]) -> list[dict[str, object]]:
    """Which texts were read: whose they are, how often they were drawn, and what they are known again by."""
    return [
        {
            "name": text.source.name,
            "kind": text.source.kind,
            "title": text.source.title,
            "licence": text.source.licence,
            "weight": weights[text.source.name],
            "characters": sum(map(len, text.documents)),
            "held_out_characters": sum(map(len, text.held_out)),
            "sha256": text.sha256,
            "packages": {each.requirement: each.sha256 for each in text.source.packages},
        }
        for text in loaded
    ]


def card(
    folder: Path, name: str, title: str, summary: str, model: Decoder | T5 | StateSpaceModel, kind: str, note: str
) -> str:
    """model.toml of a model whose weights lie in the folder."""
    architectures, weights = model.hf_config()["architectures"], folder / WEIGHTS
    assert isinstance(architectures, list)
    fields = {
        "name": name,
        "title": title,
        "summary": summary,
        "architecture": architectures[0],
        "kind": kind,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "licence": LICENCE,
        "opt_in": False,
        "chat": False,
        "weights_note": note,
        "weight_bits": bits_of(type_of_safetensors(read_header(weights))),
        "disk_bytes": weights.stat().st_size,
    }
    # JSON's strings, numbers and booleans are TOML's.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    lines += ["", "[weights]", f'file = "{WEIGHTS}"', f"bytes = {weights.stat().st_size}"]
    lines += [f'sha256 = "{cache.sha256_of(weights)}"', "", "[[sources]]", 'kind = "folder"']
    return "\n".join(lines) + "\n"
