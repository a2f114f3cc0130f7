"""Compiled code is kept for the very code that it was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from explorer.stack import compiled


def test_code_that_a_file_imports_from_beside_it_is_a_part_of_its_own(tmp_path: Path) -> None:
    """Numba looks at the file of a function alone: a changed callee would be called as it was."""
    (tmp_path / "row.py").write_text("A = 1\n")
    (tmp_path / "lanes.py").write_text("from explorer.stack.inference.fused.row import A\n")
    (tmp_path / "step.py").write_text("from explorer.stack.inference.fused.lanes import A\n")
    (tmp_path / "other.py").write_text("A = 1\n")
    step, other = tmp_path / "step.py", tmp_path / "other.py"

    def folders() -> tuple[Path, Path]:
        compiled._folder.cache_clear()
        return compiled._folder(step), compiled._folder(other)

    before = folders()
    assert folders() == before
    (tmp_path / "row.py").write_text("A = 2\n")
    after = folders()
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_a_step_of_the_fused_decoder_is_made_of_its_room() -> None:
    room = Path(compiled.__file__).parent / "inference" / "fused"
    seen: set[str] = set()
    waiting = [room / "step.py"]
    while waiting:
        path = waiting.pop()
        if path.stem not in seen and path.is_file():
            seen.add(path.stem)
            names = compiled._IMPORTED.findall(path.read_text())
            waiting += [room / f"{name}.py" for pair in names for name in pair]
    assert {"step", "products", "lanes", "team", "row", "rows", "embed", "integers"} <= seen


def test_a_place_is_asked_for_ahead_and_nothing_changes() -> None:
    @njit  # not `compiled`, which may find it on disk: numba shows the code of what it has just made
    def gathered(values: Any, places: Any) -> Any:
        found = 0
        for i in range(len(places)):
            if i + 8 < len(places):
                compiled.prefetch(values, places[i + 8])
            found += values[places[i]]
        return found

    assert gathered(np.arange(100), np.arange(99, -1, -1)) == 4950
    made: Any = gathered
    assert any("llvm.prefetch" in code for code in made.inspect_llvm().values())
