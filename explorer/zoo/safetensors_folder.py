"""Writing a model as a folder that transformers reads: config.json and model.safetensors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np


def write_folder(folder: Path, config: dict[str, object], weights: dict[str, np.ndarray]) -> None:
    """config.json and model.safetensors, as transformers reads them."""
    from safetensors.numpy import save_file

    (folder / "config.json").write_text(json.dumps(config, indent=1))
    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in weights.items()}
    save_file(contiguous, folder / "model.safetensors", metadata={"format": "pt"})
