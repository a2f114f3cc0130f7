"""What all tests share: one loaded model, and no hub."""

from __future__ import annotations

import os

# Before anything imports huggingface_hub, which reads it once.
os.environ["HF_HUB_OFFLINE"] = "1"

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from explorer.zoo.model import Model


@pytest.fixture(scope="session")
def model() -> Model:
    """The default model, loaded once for the whole session (and fetched if it is not in the cache)."""
    from explorer import zoo

    return zoo.load(zoo.DEFAULT)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with nothing in it, and no model in memory but those that other tests hold."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
