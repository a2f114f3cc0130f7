"""Adapters as files: peft loads what is written here, what peft writes is read, and bad files are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.errors import ExplorerError, NotApplicableError, UnsupportedModelError, WeightsDamagedError
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.adapter import Adapter, adapted
from explorer.stack.finetuning.task_vectors import concatenated
from explorer.stack.finetuning.virtual_tokens import Prefix, Prompt, VirtualTokens
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.adapter_tensors import write
from explorer.zoo.adapters import adapter
from tests.stack.finetuning.against_peft import IDS, decoder_of, far, llama, peft_of
from tests.stack.finetuning.test_adapters import shaken

peft = pytest.importorskip("peft")
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
Trained = Adapter | VirtualTokens
GENERATOR = torch.Generator().manual_seed(3)
WRITTEN: dict[str, Callable[[Decoder], Trained]] = {
    "lora": lambda d: shaken(methods.lora(d, methods.LINEAR, 2, 6)),
    "one layer": lambda d: Adapter({"blocks.1.attn.W_O": shaken(methods.lora(d, ("W_O",), 2))["blocks.1.attn.W_O"]}),
    "rslora": lambda d: shaken(methods.lora(d, r=3, alpha=6, stabilised=True)),
    "dora": lambda d: shaken(methods.dora(d, methods.LINEAR, 2, 6)),
    "pissa": lambda d: shaken(methods.pissa(d, methods.LINEAR, 2, 6)),
    "ia3": lambda d: shaken(methods.ia3(d)),
    "sum": lambda d: concatenated((shaken(methods.lora(d, r=2)), 0.5), (shaken(methods.lora(d, r=2), 9), -1)),
    "prefix": lambda d: Prefix.fresh(d, 4, GENERATOR),
    "prompt": lambda d: Prompt.fresh(d, 4, GENERATOR),
}  # fmt: skip
CONFIGS: dict[str, Any] = {
    "lora": lambda: peft.LoraConfig(r=2, lora_alpha=5, target_modules=["q_proj", "down_proj"]),
    "rslora": lambda: peft.LoraConfig(r=2, lora_alpha=5, use_rslora=True, target_modules=["v_proj"]),
    "dora": lambda: peft.LoraConfig(r=2, lora_alpha=5, use_dora=True, target_modules=["q_proj", "down_proj"]),
    "ia3": lambda: peft.IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"]),
    "prefix": lambda: peft.PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4),
    "prompt": lambda: peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4),
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_ADAPTERS", str(tmp_path))
    return tmp_path


@torch.no_grad()
def logits(decoder: Decoder, trained: Trained) -> torch.Tensor:
    if isinstance(trained, VirtualTokens):
        return decoder.unembedded(trained.stream(decoder, IDS))
    return adapted(decoder, (trained, 1.0))(IDS)


@pytest.mark.parametrize("kind", WRITTEN)
def test_peft_loads_what_is_written(root: Path, kind: str) -> None:
    hf = llama()
    decoder = decoder_of(hf)
    trained = WRITTEN[kind](decoder)
    write(root / "made", trained, decoder, "tiny")
    with torch.no_grad():
        theirs = peft.PeftModel.from_pretrained(deepcopy(hf), str(root / "made"))(IDS).logits[:, -IDS.shape[1] :]
    assert far(logits(decoder, trained), decoder(IDS)) > 0.01
    assert far(logits(decoder, trained), theirs) < 2e-5
    assert far(logits(decoder, adapter("made").on(decoder)), theirs) < 2e-5


@pytest.mark.parametrize("kind", CONFIGS)
def test_what_peft_writes_is_read(root: Path, kind: str) -> None:
    hf = llama()
    decoder, model = decoder_of(hf), peft_of(hf, CONFIGS[kind]())
    with torch.no_grad():
        for parameter in (each for each in model.parameters() if each.requires_grad):
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=GENERATOR))
        model.save_pretrained(str(root / "theirs"))
        theirs = model(IDS).logits[:, -IDS.shape[1] :]
    assert far(logits(decoder, adapter("theirs").on(decoder)), theirs) < 2e-5
    assert far(decoder(IDS), theirs) > 0.01


def test_what_peft_has_no_form_for_is_refused(root: Path) -> None:
    decoder = decoder_of(llama())
    for made in (methods.bitfit(decoder), methods.bottleneck(decoder)):
        with pytest.raises(NotApplicableError, match="peft has no"):
            write(root / "made", made, decoder, "tiny")


def damaged(root: Path, kind: type[ExplorerError], words: str) -> None:
    with pytest.raises(kind, match=words):
        adapter("made").on(decoder_of(llama()))


def test_bad_files_are_refused_by_name(root: Path) -> None:
    decoder = decoder_of(llama())
    folder = root / "made"

    def tensors(change: Callable[[str, torch.Tensor], torch.Tensor]) -> None:
        write(folder, shaken(methods.dora(decoder, r=2)), decoder, "tiny")
        found = load_file(folder / "adapter_model.safetensors")
        save_file({key: change(key, each) for key, each in found.items()}, folder / "adapter_model.safetensors")

    tensors(lambda _, each: each * float("nan"))
    damaged(root, WeightsDamagedError, "NaN")
    tensors(lambda key, each: each[:-1].clone() if key.endswith("vector") else each)
    damaged(root, UnsupportedModelError, "47 lengths for 48 rows|23 lengths for 24 rows")
    tensors(lambda key, each: each[:, :-1].clone() if key.endswith("A.weight") else each)
    damaged(root, UnsupportedModelError, "would fit")
    tensors(lambda _, each: each)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(config | {"use_dora": False}))
    damaged(root, WeightsDamagedError, "has the lengths of rows")
    write(folder, Prefix.fresh(decoder, 2), decoder, "tiny")
    with pytest.raises(UnsupportedModelError, match="no matrix can hold it"):
        adapter("made").changes()
    with pytest.raises(UnsupportedModelError, match="are not 64 wide"):
        adapter("made").on(decoder_of(llama(num_hidden_layers=1, num_key_value_heads=1, head_dim=32)))


def test_a_pickle_is_never_opened(root: Path) -> None:
    folder = root / "made"
    write(folder, methods.lora(decoder_of(llama())), decoder_of(llama()), "tiny")
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    damaged(root, WeightsDamagedError, "has no adapter_model.safetensors")
