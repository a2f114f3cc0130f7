"""numba's folder of compiled code, as `explorer.compat.numba` chooses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from numba import njit
from numba.core import config as numba_config

from explorer.compat.numba import kept_in


def test_code_is_kept_in_the_folder_that_was_in_force_while_the_function_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config: Any = numba_config
    monkeypatch.setattr(config, "CACHE_DIR", "")
    source = tmp_path / "added.py"
    source.write_text("def added(x):\n    return x + 1\n")
    names: dict[str, Any] = {}
    exec(compile(source.read_text(), str(source), "exec"), names)  # a function whose file can be found
    with kept_in(tmp_path / "kept"):
        made: Any = njit(names["added"], cache=True)
    assert config.CACHE_DIR == ""
    assert made(1) == 2
    assert [*(tmp_path / "kept").rglob("*.nbc")]
