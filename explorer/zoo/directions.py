"""Named directions of a model's stream: found once, kept beside the adapter that taught what they carry.

`models/<base>/adapters/<name>/direction.safetensors` holds one vector, as long as the means that it is the difference
of, and says before which block it was found; those that this machine found lie in `directions` of the cache.

>>> NAME.fullmatch("refusal") is not None, NAME.fullmatch("../x") is not None
(True, False)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import UnknownModelError, WeightsDamagedError
from explorer.fetching import cache
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

FILE = "direction.safetensors"
#: A placebo: random-SEED is a direction of length 1, drawn from that seed.
RANDOM = re.compile(r"random-(\d{1,6})", re.ASCII)
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True, eq=False)
class Direction:
    """A vector in the stream before a block."""

    name: str
    vector: Float[Tensor, " d_model"]
    layer: int
    position: int
    """Of the template's tokens, from the prompt's end: -1 is the last."""


def drawn(name: str, width: int) -> Float[Tensor, " d_model"] | None:
    """The random direction of that name, of length 1; None for a name of another kind.

    >>> drawn("refusal", 4) is None, round(float(drawn("random-7", 4).norm()), 4)
    (True, 1.0)
    """
    import torch
    import torch.nn.functional as F

    if (said := RANDOM.fullmatch(name)) is None:
        return None
    return F.normalize(torch.randn(width, generator=torch.Generator().manual_seed(int(said[1]))), dim=0)


def directions() -> dict[str, Path]:
    """Files by name; of one name the shelf's is meant."""
    found = {path.stem: path for path in sorted((cache.cache_folder() / "directions").glob("*.safetensors"))}
    return found | {path.parent.name: path for path in sorted(shelf_folder().glob(f"*/adapters/*/{FILE}"))}


def direction(name: str) -> Direction:
    """Raises UnknownModelError for one that is not here, WeightsDamagedError for a file that holds none."""
    from safetensors import SafetensorError, safe_open

    path = directions().get(name) if NAME.fullmatch(name) else None
    if path is None:
        raise UnknownModelError(
            f"There is no direction “{name[:60]}” on this machine.",
            f"Directions here: {', '.join(directions()) or 'none'}. The panel Refusal, found finds one.",
        )
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            return Direction(name, file.get_tensor("direction").float(), int(about["layer"]), int(about["position"]))
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise WeightsDamagedError(f"The file of the direction “{name}” holds none.", "Find it again.") from error


def keep(made: Direction, path: Path | None = None) -> Path:
    """Write it; without a path into the cache. Returns where it lies."""
    from safetensors.torch import save_file

    target = path or cache.cache_folder() / "directions" / f"{made.name}.safetensors"
    target.parent.mkdir(parents=True, exist_ok=True)
    about = {"layer": str(made.layer), "position": str(made.position)}
    save_file({"direction": made.vector.float().contiguous()}, target, metadata=about)
    return target
