"""The folder of a model trained here: what transformers opens, the card, the texts it read, what it writes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.corpora.source import Text
from explorer.fetching import cache
from explorer.stack.pretraining.recipe import Recipe

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from explorer.stack.pretraining.train import Evaluation, Progress

WEIGHTS = "model.safetensors"
LICENCE = "Apache-2.0"
END = "<|endoftext|>"


@dataclass(frozen=True)
class Written:
    """What the folder says of a model that only its architecture knows."""

    kind: str
    """The card's: dense, moe, encoder-decoder."""
    note: str
    """What it was trained on, and how well it does, in half a sentence."""
    tokenizer: dict[str, object]
    """Entries of tokenizer_config.json."""
    sample: str
    """sample.md."""
    training: dict[str, object] = field(default_factory=dict)
    """Entries of training.json, beside those that all have, or in their place."""


def write_folder(
    folder: Path,
    recipe: Recipe,
    model: Any,
    tokenizer: Tokenizer,
    loaded: list[Text],
    progress: Progress,
    final: Evaluation,
    written: Written | None = None,
) -> Path:
    """Write every file of the model; the card comes last, since it makes the folder a model of the shelf."""
    from safetensors.torch import save_file

    written = written or decoder_written(recipe, model, tokenizer, progress, final)
    state = {name: t.bfloat16().contiguous() for name, t in model.hf_state_dict().items()}
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})
    _json(folder / "config.json", model.hf_config())
    tokenizer.save(str(folder / "tokenizer.json"))
    shared: dict[str, object] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": model.config.n_ctx,
        "clean_up_tokenization_spaces": False,
    }
    _json(folder / "tokenizer_config.json", shared | written.tokenizer)
    _json(folder / "training.json", _training(recipe, model, loaded, progress, final) | written.training)
    (folder / "sample.md").write_text(written.sample, encoding="utf-8")
    (folder / "model.toml").write_text(_card(folder, recipe, model, written), encoding="utf-8")
    return folder


def decoder_written(recipe: Recipe, model: Any, tokenizer: Tokenizer, progress: Progress, final: Evaluation) -> Written:
    """What the folder of a decoder says."""
    tokens = progress.step * recipe.data.rows * recipe.data.n_ctx
    return Written(
        kind="moe" if model.config.sparse else "dense",
        note=f"trained here on {tokens / 1e6:.1f}M tokens, held-out loss {final.mean:.2f} nats",
        tokenizer={"bos_token": END, "eos_token": END},
        sample=sample(recipe, model, tokenizer),
    )


def _json(path: Path, contents: object) -> None:
    path.write_text(json.dumps(contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _training(
    recipe: Recipe, model: Any, loaded: list[Text], progress: Progress, final: Evaluation
) -> dict[str, object]:
    """What the weights came from and where they ended."""
    return {
        "seed": recipe.run.seed,
        "steps": progress.step,
        "tokens": progress.step * recipe.data.rows * recipe.data.n_ctx,
        "processor_seconds": round(progress.seconds),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "held_out_loss": {
            **{kind: round(loss, 4) for kind, loss in final.losses.items()},
            "mean": round(final.mean, 4),
        },
        "held_out": "the last 5% of each text's documents, every window of them; nats a token",
        "texts": [
            {
                "name": text.source.name,
                "kind": text.source.kind,
                "title": text.source.title,
                "licence": text.source.licence,
                "weight": recipe.data.texts[text.source.name],
                "characters": sum(map(len, text.documents)),
                "held_out_characters": sum(map(len, text.held_out)),
                "sha256": text.sha256,
                "packages": {each.requirement: each.sha256 for each in text.source.packages},
            }
            for text in loaded
        ],
        "licence": (
            f"The weights are the project's own work, under {LICENCE}. They were trained on the texts above, each "
            "under its own licence; none of those texts is part of this folder."
        ),
    }


def sample(recipe: Recipe, model: Any, tokenizer: Tokenizer, new_tokens: int = 80) -> str:
    """The recipe's prompts continued: temperature 0.8, the 40 likeliest tokens, the recipe's seed."""
    import torch

    generator = torch.Generator().manual_seed(recipe.run.seed)
    parts = [
        f"# What {recipe.name} writes\n\nTemperature 0.8, top-k 40, seed {recipe.run.seed}; the prompt is in bold.\n"
    ]
    for prompt in recipe.run.prompts:
        ids = tokenizer.encode(prompt).ids
        given = len(ids)
        with torch.no_grad():
            for _ in range(min(new_tokens, model.config.n_ctx - given)):
                logits = model(torch.tensor([ids]))[0, -1] / 0.8
                top, index = logits.topk(40)
                ids.append(int(index[torch.multinomial(top.softmax(-1), 1, generator=generator)]))
                if ids[-1] == 0:
                    break
        written = tokenizer.decode(ids[given:])
        parts.append(f"**{prompt.strip()}**\n\n```text\n{prompt}{written}\n```\n")
    return "\n".join(parts)


def _card(folder: Path, recipe: Recipe, model: Any, written: Written) -> str:
    config, weights = model.hf_config(), folder / WEIGHTS
    note = f"{written.note[0].upper()}{written.note[1:]}; bfloat16, opened as float32"
    fields = {
        "name": recipe.name,
        "title": recipe.title,
        "summary": recipe.summary,
        "architecture": config["architectures"][0],
        "kind": written.kind,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "licence": LICENCE,
        "opt_in": False,
        "chat": False,
        "weights_note": note,
        "disk_bytes": weights.stat().st_size,
    }
    # JSON's strings, numbers and booleans are TOML's.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    lines += ["", "[weights]", f'file = "{WEIGHTS}"', f"bytes = {weights.stat().st_size}"]
    lines += [f'sha256 = "{cache.sha256_of(weights)}"', "", "[[sources]]", 'kind = "folder"']
    return "\n".join(lines) + "\n"
