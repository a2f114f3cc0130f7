"""The stream of a model over texts of six kinds, kept on the disk: what sparse autoencoders are trained and tried on.

The first token of a window is a sink in many models (in SmolLM2 its stream is 115 times as long as the others'), so
that two constants explain 99% of a variance with it in. It stands in every run, and is left out of what is kept.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import passages, texts
from explorer.errors import ExplorerError, NotApplicableError
from explorer.fetching.cache import cache_folder
from explorer.fetching.progress import Progress, silent

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

Source = Literal["texts", "passages"]
#: Where a block's vectors are read: the stream behind it, the stream before its MLP, what the MLP writes.
Site = Literal["resid_post", "resid_mid", "mlp_out"]
#: Tokens of a window, and windows in one forward pass.
WINDOW, ROWS = 128, 8
#: Excerpts of each kind that are trained on, where the passages are all there is.
TRAINED_ON = 6
#: Bytes of kept streams on the disk.
MOST = 2 * 10**9
#: Raised when another stream is kept.
FORMAT = 1


@dataclass(frozen=True, eq=False)
class Corpus:
    """Windows of tokens, none longer than another."""

    ids: Int[Tensor, "row pos"]
    kinds: tuple[str, ...]
    kind: Int[Tensor, " row"]
    """A number among the kinds."""


@dataclass(frozen=True, eq=False)
class Harvest:
    """A corpus, and the vectors at one site of one block at all but each window's first token."""

    corpus: Corpus
    stream: Float[Tensor, "row later d_model"]

    @property
    def vectors(self) -> Float[Tensor, "token d_model"]:
        return self.stream.flatten(0, 1)

    @property
    def tokens(self) -> Int[Tensor, " token"]:
        return self.corpus.ids[:, 1:].flatten()


def corpus(model: Model, source: Source, held: bool, windows: int, progress: Progress = silent) -> Corpus:
    """So many windows of each kind at most; no held-out document is among those to train on. Raises NotApplicableError
    where texts cannot be had."""
    read, rows, kind = passages.read(), [], []
    for at, each in enumerate(read):
        progress("Texts read", at, len(read))
        if source == "passages":
            excerpts = [one.text for one in each.excerpts]
            documents = excerpts[TRAINED_ON:] if held else excerpts[:TRAINED_ON]
        else:
            documents = _documents(each.name, held, windows, progress)
        mine = _windows(model, documents, windows)
        rows += mine
        kind += [at] * len(mine)
    return Corpus(torch.tensor(rows), tuple(each.kind for each in read), torch.tensor(kind))


def _documents(name: str, held: bool, windows: int, progress: Progress) -> list[str]:
    try:
        loaded = texts.load(name, progress)
    except ExplorerError as error:
        raise NotApplicableError(
            f"The text “{name}” cannot be fetched: {error.message}", "Choose the passages: they are at hand."
        ) from error
    documents = list(loaded.held_out if held else loaded.documents)
    return texts.evenly(documents, windows * WINDOW * 8)  # more than enough characters


def _windows(model: Model, documents: Sequence[str], most: int) -> list[list[int]]:
    found: list[list[int]] = []
    for each in documents:
        ids = model.vocabulary.encode(each)
        found += [ids[at : at + WINDOW] for at in range(0, len(ids) - WINDOW + 1, WINDOW)]
    every = max(len(found) / most, 1.0)
    return [found[int(at * every)] for at in range(min(most, len(found)))]


def harvested(
    model: Model, corpus: Corpus, blocks: Sequence[int], progress: Progress = silent, site: Site = "resid_post"
) -> dict[int, Harvest]:
    """The vectors of each of these blocks, read from the disk where they lie there. Raises NotApplicableError for a
    model that the explorer's own decoder does not know."""
    kept = {block: _path(model, corpus, block, site) for block in blocks}
    missing = [block for block, path in kept.items() if not path.is_file()]
    made = _run(model.decoder, corpus, missing, progress, site) if missing else {}
    for block, stream in made.items():
        _keep(kept[block], stream)
    return {block: Harvest(corpus, made[block] if block in made else _read(kept[block])) for block in blocks}


def through_mlps(
    model: Model, corpus: Corpus, blocks: Sequence[int], progress: Progress = silent
) -> dict[int, tuple[Float[Tensor, "token d_model"], Float[Tensor, "token d_model"]]]:
    """What each block's MLP reads, the norm before it done, and what it writes."""
    middle = harvested(model, corpus, blocks, progress, "resid_mid")
    written = harvested(model, corpus, blocks, progress, "mlp_out")
    with torch.no_grad():
        norms = {each: model.decoder.blocks[each].get_submodule("ln2") for each in blocks}
        return {each: (norms[each](middle[each].vectors), written[each].vectors) for each in blocks}


@torch.no_grad()
def _run(decoder: Decoder, corpus: Corpus, blocks: Sequence[int], progress: Progress, site: Site) -> dict[int, Tensor]:
    first = decoder.shallow(max(blocks) + 1)
    names = {block: f"blocks.{block}.hook_{site}" for block in blocks}
    found: dict[int, list[Tensor]] = {block: [] for block in blocks}
    for begin in range(0, len(corpus.ids), ROWS):
        progress("Windows run", begin, len(corpus.ids))
        rows = corpus.ids[begin : begin + ROWS]
        _, seen = first.run_with_cache(rows, names_filter=set(names.values()), last_only=True)
        for block, name in names.items():
            found[block].append(seen[name][:, 1:].float().cpu().clone())
    return {block: torch.cat(parts) for block, parts in found.items()}


@torch.inference_mode()
def carried_on(
    decoder: Decoder, ids: Int[Tensor, "row pos"], stream: Float[Tensor, "row pos d_model"], block: int
) -> Float[Tensor, "row pos d_vocab"]:
    """The logits of a run whose stream behind `block` is this one."""
    _, at = decoder.entered(ids)
    for each in decoder.blocks[block + 1 :]:
        stream = each(stream, at)
    return decoder.unembedded(stream)


# ---- on the disk -----------------------------------------------------------------------------------------------------


def _folder() -> Path:
    return cache_folder() / "activations"


def _path(model: Model, corpus: Corpus, block: int, site: Site) -> Path:
    where = str(block) if site == "resid_post" else f"{block}.{site}"
    said = "|".join((str(FORMAT), model.verdict.fingerprint, *model.edits, where)).encode()
    key = hashlib.sha256(said + corpus.ids.numpy().tobytes()).hexdigest()[:24]
    return _folder() / f"{key}.safetensors"


def _read(path: Path) -> Float[Tensor, "row later d_model"]:
    from safetensors.torch import load_file

    with suppress(OSError):  # a disk that is only read
        os.utime(path)  # asked for just now: the last to go
    return load_file(path)["stream"].float()


def _keep(path: Path, stream: Float[Tensor, "row later d_model"]) -> None:
    """In float16, where that holds it; a disk that is full or only read keeps nothing: it is run again."""
    from safetensors.torch import save_file

    half = stream.half()
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"stream": half if half.isfinite().all() else stream}, part)
        part.replace(path)
        _shrink(path.parent)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _shrink(folder: Path) -> None:
    files = sorted(folder.glob("*.safetensors"), key=lambda each: each.stat().st_mtime)
    total = sum(each.stat().st_size for each in files)
    for each in files[:-1]:
        if total <= MOST:
            return
        total -= each.stat().st_size
        each.unlink(missing_ok=True)
