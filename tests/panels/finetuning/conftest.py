"""A small real model and a run of it, as the panels of inference have them; two adapters of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from explorer.experiments.finetuning import worn
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.lora import LoRA
from explorer.zoo import adapter_tensors, adapters
from explorer.zoo.model import Model
from tests.panels.inference.conftest import check as check
from tests.panels.inference.conftest import run as run
from tests.panels.inference.conftest import small as small
from tests.panels.inference.conftest import view as view


@pytest.fixture(scope="session")
def shaken_adapters(small: Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two LoRAs of the small model in peft's files, neither of them nought."""
    made: dict[str, Path] = {}
    for seed, (name, roles) in enumerate({"one": methods.LINEAR, "two": methods.QUERY_VALUE}.items()):
        folder, generator = tmp_path_factory.mktemp("adapters") / name, torch.Generator().manual_seed(seed)
        adapter = methods.lora(small.decoder, roles, r=3, alpha=6, generator=generator)
        for layer in adapter.names:
            change = adapter[layer]
            assert isinstance(change, LoRA)
            change.B.data.normal_(0, 0.05, generator=generator)
        adapter_tensors.write(folder, adapter, small.decoder, small.name)
        about = {"data": {"name": "units" if seed else "json"}}
        (folder / "training.json").write_text(json.dumps(about), encoding="utf-8")
        made[name] = folder
    return made


@pytest.fixture
def on_the_shelf(shaken_adapters: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """They are the shelf's."""
    for module in (adapters, worn):
        monkeypatch.setattr(module, "committed", lambda base="*": shaken_adapters)
    return shaken_adapters
