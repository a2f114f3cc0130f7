"""A trace as a .npz file: the arrays under the names that they have in Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import BadRequestError, NotApplicableError

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.tracing.trace import Trace

TENSORS = (
    "ids", "embed", "resid_pre", "resid_mid", "resid_post", "pattern", "q", "k", "rot_q", "rot_k", "v", "z",
    "mlp_pre", "mlp_pre_linear", "mlp_post", "ln1_scale", "ln2_scale", "ln_final_scale", "logits",
)  # fmt: skip


def arrays(trace: Trace) -> dict[str, np.ndarray]:
    """The trace's tensors by name (those that the model has), `text_bytes` spans, and one array for each field of the
    steps."""
    found = {name: _shown(trace, name) for name in TENSORS}
    contents = {name: np.asarray(value) for name, value in found.items() if value is not None}
    contents["token_start"] = np.array([token.start for token in trace.tokens], dtype=np.int64)
    contents["token_end"] = np.array([token.end for token in trace.tokens], dtype=np.int64)
    contents["n_prompt"] = np.array(trace.n_prompt)
    if trace.steps:
        contents["steps_position"] = np.array([step.position for step in trace.steps], dtype=np.int64)
        contents["steps_chosen"] = np.array([step.chosen for step in trace.steps], dtype=np.int64)
        contents["steps_u"] = np.array([step.u for step in trace.steps], dtype=np.float64)
        contents["steps_forced"] = np.array([step.forced for step in trace.steps], dtype=bool)
    return contents


def _shown(trace: Trace, name: str) -> Tensor | None:
    """The tensor; None where the model has none, none that is right, or one too large to be made (a long run's)."""
    try:
        tensor = getattr(trace, name, None)
        return tensor if tensor is None else tensor[:]
    except NotApplicableError:
        return None


def write(contents: dict[str, np.ndarray], out: Path) -> None:
    """Write the file whole or not at all."""
    if not out.parent.is_dir():
        raise BadRequestError(f"There is no folder {out.parent}.", "Make it first, or choose another --out.")
    part = out.with_name(out.name + ".part")
    try:
        with part.open("wb") as stream:
            np.savez(stream, **contents)  # pyright: ignore[reportArgumentType]
        part.replace(out)
    except OSError as error:
        raise BadRequestError(f"{out} cannot be written: {error.strerror}.", "Choose another --out.") from error
    finally:
        part.unlink(missing_ok=True)
