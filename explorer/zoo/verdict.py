"""What a model was found to be when it was held against transformers, kept by the hash of its files.

A part is the traced run itself, something that is derived from it, a site of interventions, or the explorer's own
decoder. A verdict names the parts that were compared, and says of each that differs by how much: those are refused, on
the page as in Python. It holds for these files and for this code; either of them changed, the comparison is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from explorer.errors import NotApplicableError, UnsupportedModelError
from explorer.fetching import cache as cache_folder
from explorer.zoo.card import Card
from explorer.zoo.placement import Placement, in_force

Part = Literal[
    "run", "lens", "attribution", "scores", "values", "rotation", "neurons", "experts",
    "z", "mlp_out", "resid_post", "routing", "decoder",
]  # fmt: skip
#: what each part is called in a sentence
NAMES: Mapping[Part, str] = {
    "run": "The traced run",
    "lens": "The logit lens",
    "attribution": "The attribution of logits to parts",
    "scores": "The attention scores q·k",
    "values": "The weighted sum of values",
    "rotation": "The query or key vector before its rotation",
    "neurons": "The sum over an MLP's neurons",
    "experts": "The choice of the routers",
    "z": "Switching a head off",
    "mlp_out": "Switching an MLP off",
    "resid_post": "Changing the stream",
    "routing": "Choosing the experts",
    "decoder": "The explorer's own decoder",
}
#: Packages and folders of code that a comparison depends on.
PEERS = ("torch", "transformers", "transformer-lens")
CODE = ("stack/embeddings", "stack/transformer", "stack/architectures", "stack/inference", "tracing", "zoo")


class Verdict:
    """Sentences about what differs, by part. Shared by threads; what is found is written beside the models."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._path = _path_of(fingerprint)
        self._lock = threading.Lock()
        self._found: dict[Part, str] = _read(self._path)

    def knows(self, *parts: Part) -> bool:
        """Whether all of these have been compared."""
        with self._lock:
            return all(part in self._found for part in parts)

    def refusal(self, part: Part) -> str:
        """Why the part is refused; empty if it agrees, or has not been compared."""
        with self._lock:
            return self._found.get(part, "")

    def refusals(self) -> dict[Part, str]:
        """All parts that are refused, with the reasons."""
        with self._lock:
            return {part: self._found[part] for part in NAMES if self._found.get(part)}

    def add(self, found: Mapping[Part, str]) -> None:
        """Keep what was found of some parts: a reason, or nothing where they agree."""
        with self._lock:
            self._found.update(found)
            whole = self._path.with_suffix(f".{os.getpid()}.tmp")
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                kept = {"code": code_hash(), "found": self._found}
                whole.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")
                whole.replace(self._path)
            except OSError:  # a full or read-only disk: it is compared again next time
                with suppress(OSError):
                    whole.unlink(missing_ok=True)


def refused(part: Part, reason: str) -> NotApplicableError:
    """The error for a part that differs."""
    fails = "does not compute this model" if part == "decoder" else "would be wrong for this model"
    return NotApplicableError(
        f"{NAMES[part]} {fails}: {reason}",
        "So the explorer leaves it out. The rest was compared with a plain run of the model and agrees.",
        part=part,
    )


def meaningless(part: Part, reason: str) -> NotApplicableError:
    """The error for a part that such a decoder does not have."""
    return NotApplicableError(
        f"{NAMES[part]} means nothing in this decoder: {reason}",
        "The rest was compared with a plain run of the model and agrees.",
        part=part,
    )


def run_refused(name: str, reason: str) -> UnsupportedModelError:
    """The error for a model whose traced run differs from transformers' own."""
    return UnsupportedModelError(
        f"{name} cannot be shown correctly: {reason}",
        "Choose a decoder with attention in every layer, such as Llama, Qwen, Gemma, GPT-2, Mistral or OLMo.",
        part="run",
    )


def forget(folder: Path) -> None:
    """Drop what was found here of a sealed folder, which is deleted."""
    with suppress(OSError):
        _path_of(fingerprint_of(folder, None, in_force())).unlink(missing_ok=True)


def _path_of(fingerprint: str) -> Path:
    return cache_folder.cache_folder() / "verdicts" / f"{fingerprint[:32]}.json"


def _read(path: Path) -> dict[Part, str]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        found = kept["found"] if kept["code"] == code_hash() else {}
        return {part: found[part] for part in NAMES if isinstance(found.get(part), str)}
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return {}


@cache
def code_hash() -> str:
    """Of the packages' versions and of this code."""
    digest = hashlib.sha256("".join(f"{name} {version(name)}\n" for name in PEERS).encode())
    root = Path(__file__).resolve().parents[1]
    for folder in CODE:
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


def fingerprint_of(folder: Path, card: Card | None, placement: Placement, changed: str = "") -> str:
    """Of the files that make the model what it is, its settings and its weights, and what these were changed by; and of
    where they lie, in what format: another device, or another rounding, is compared by itself."""
    found, more = _of_files(folder, card), [each.encode() for each in (changed, placement.mark) if each]
    return _hash([found.encode(), *more]) if more else found


def _of_files(folder: Path, card: Card | None) -> str:
    seal = folder / cache_folder.SEAL
    if card is not None and card.weights is not None and (seal.is_file() or card.folder is not None):
        # Verified by the loader already: from the card's hash and the settings the rest follows.
        return _hash([card.weights.sha256.encode(), (folder / "config.json").read_bytes()])
    if seal.is_file():
        return _hash([seal.read_bytes()])
    files = sorted([*folder.glob("*.safetensors"), folder / "config.json"])
    return _hash(f"{path.name} {cache_folder.sha256_of(path)}".encode() for path in files)


def _hash(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
