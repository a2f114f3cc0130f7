"""The explorer's own decoder as the model of a run: of a model of transformers, and of what no library has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from explorer.experiments.shelf_course import Bytes
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.decoder_runner import DecoderRunner
from explorer.zoo.model import Dims
from explorer.zoo.own_decoder import ARCHITECTURE, ExplorerConfig, ExplorerForCausalLM, settings_and_state, table_of
from explorer.zoo.reference import Reference, sample_ids
from explorer.zoo.verdict import Verdict

if TYPE_CHECKING:
    from explorer.zoo import Model

BASE = DecoderConfig(3, 32, 4, 2, 8, 64, 256, n_ctx=256)
#: what no type of transformers' is put together as, or only some with other parts
VARIANTS: dict[str, dict[str, Any]] = {
    "alibi": {"positions": "alibi"},
    "no positions": {"positions": "none"},
    "sinusoidal": {"positions": "sinusoidal", "norm": "layer"},
    "learned": {"positions": "learned", "gated": False, "activation": "relu", "mlp_bias": True},
    "post-norm": {"placement": "post"},
    "sandwich": {"placement": "sandwich", "attention_bias": True},
    "no residual path": {"residual": False},
    "QK-norm": {"qk_norm": True, "positions": "none"},
    "windows": {"windows": (4, None, 2)},
    "caps": {"score_cap": 5.0, "logit_cap": 3.0},
    "shared experts": {"n_experts": 4, "k": 2, "n_shared": 1},
}


def decoder(**other: Any) -> Decoder:
    """A small one, its weights wide enough apart that mistakes show."""
    made = Decoder(replace(BASE, **other)).initialise(torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.dim() > 1:
                parameter.mul_(8)
            else:
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return made.eval().requires_grad_(False)


def written(folder: Path, model: Decoder) -> Path:
    """A folder that the zoo opens."""
    import json

    from safetensors.torch import save_file

    config, state = settings_and_state(model)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    save_file({name: each.contiguous() for name, each in state.items()}, folder / "model.safetensors", {"format": "pt"})
    Bytes.tokenizer().save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    return folder


def as_own(model: Model, folder: Path) -> Model:
    """A loaded model, run by the explorer's own decoder on the same weights in place of TransformerLens' bridge."""
    config: Any = ExplorerConfig(
        settings=table_of(model.decoder.config), architectures=[ARCHITECTURE],
        eos_token_id=model.tokenizer.eos_token_id,
    )  # fmt: skip
    with torch.device("meta"):
        hf = ExplorerForCausalLM(config)
    hf.decoder.load_state_dict(model.decoder.state_dict(), assign=True)
    hf.eval().requires_grad_(False)
    reference = Reference.of(hf, sample_ids(model.vocabulary, model.dims.d_vocab, frozenset()))
    return replace(
        model, hf=hf, bridge=DecoderRunner(hf), weights=dict(hf.state_dict()), dims=Dims.of(hf), reference=reference,
        verdict=Verdict(f"own {folder.name} {model.name}"),
    )  # fmt: skip
