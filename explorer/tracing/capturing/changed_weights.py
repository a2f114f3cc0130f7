"""The model of a run whose interventions change weights: the loaded one's parts, with other matrices in their place.

A packed matrix is widened to float32 and written where the checkpoint's own tensor lay (transposed, fused with others,
or shared by embedding and unembedding, as it may be). Everything else is shared with the loaded model, so that a copy
costs its changed matrices and a quarter of a second. The packed matrices are kept: their bytes are what such a model
would take, and the product with them must be what the run computed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from cachetools import LRUCache
from torch import Tensor

from explorer import zoo
from explorer.errors import BadRequestError, ExplorerError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.stack.systems.quantization.format import Format, Packed
from explorer.stack.systems.quantization.matrices import Matrix, matrices
from explorer.stack.systems.quantization.schemes import scheme
from explorer.tracing.changes.edits import Limits
from explorer.tracing.changes.weight_edits import Quantize, Wear
from explorer.tracing.key import TraceKey

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Changed models that are kept: each may hold all its weights anew.
KEPT = 2
_made: LRUCache[tuple[int, tuple[str, ...]], Model] = LRUCache(KEPT)
_guard = threading.Lock()
#: One is made at a time: two at once would take twice the memory.
_making = threading.Lock()


def edits_of(key: TraceKey) -> tuple[Quantize | Wear, ...]:
    """Those of the key's interventions that change weights."""
    return tuple(each for each in key.interventions if isinstance(each, Quantize | Wear))


def under(model: Model, key: TraceKey, progress: Progress = silent) -> Model:
    """The model that the key's run is computed with: `model` itself where no weight is changed.

    model: the loaded one, or what this function made of it. Raises BadRequestError for a matrix or a format that does
    not suit the model, NotApplicableError where the explorer's own decoder does not know the model's matrices.
    """
    edits, loaded = edits_of(key), model.original
    texts = tuple(each.text for each in edits)
    if model.edits == texts:
        return model
    if (found := at_once(model, key)) is not None:
        return found
    with _making:
        if (found := at_once(model, key)) is None:
            found = _changed(loaded, edits, progress)
            with _guard:
                for name, other in list(_made.items()):
                    if zoo.loaded(other.name) is not other.original:  # it would keep a model that was let go
                        del _made[name]
                _made[id(loaded), texts] = found
        return found


def at_once(model: Model, key: TraceKey) -> Model | None:
    """The same if nothing must be made for it."""
    texts = tuple(each.text for each in edits_of(key))
    if not texts:
        return model.original
    with _guard:
        found = _made.get((id(model.original), texts))
    return found if found is not None and found.original is model.original else None


def forget() -> None:
    """Drop all changed models from memory."""
    with _guard:
        _made.clear()


def _changed(model: Model, edits: tuple[Quantize | Wear, ...], progress: Progress) -> Model:
    _check_plain(model, edits)
    chosen = _chosen(model, [each for each in edits if isinstance(each, Quantize)])
    packed: dict[str, Packed] = {}
    changes = _Changes(model.weights)
    with torch.inference_mode(False), torch.no_grad():  # weights are ordinary tensors, whoever asks for them
        for edit in edits:
            if isinstance(edit, Wear):
                _merge(model, edit, changes, progress)
        for done, (matrix, fmt) in enumerate(chosen):
            progress("Quantize the weights", done, len(chosen))
            packed[matrix.name] = fmt.quantize(changes.now(matrix.weight))
            changes.put(matrix.weight, packed[matrix.name].dequantize())
    progress("Quantize the weights", len(chosen), len(chosen))
    return zoo.changed(model, changes.tensors(), tuple(each.text for each in edits), packed)


def _merge(model: Model, edit: Wear, changes: _Changes, progress: Progress) -> None:
    """Add an adapter's change to the matrices. Raises BadRequestError for one that is not here, or of another model."""
    from explorer.stack.finetuning.adapter import Adapter
    from explorer.stack.finetuning.change import bias_of, weight_of
    from explorer.zoo.adapters import adapter

    try:
        found = adapter(edit.name).on(model.decoder)
    except ExplorerError as error:
        raise BadRequestError(f"“{edit.text[:60]}”: {error.message}", error.hint) from error
    if not isinstance(found, Adapter):
        raise BadRequestError(f"“{edit.text[:60]}” stands before the text: no matrix can hold it.", "Remove it.")
    for done, (name, change) in enumerate(found.changes.items()):
        progress("Merge the adapter", done, len(found.names))
        layer = model.decoder.get_submodule(name)
        for before, delta in zip((weight_of(layer), bias_of(layer)), change.delta(layer), strict=True):
            if before is not None and delta is not None:
                changes.put(before, changes.now(before) + edit.strength * delta)


def _check_plain(model: Model, edits: tuple[Quantize | Wear, ...]) -> None:
    """Formats are made of float32 on the CPU, and what they are widened to must be kept as it is."""
    try:
        model.check_plain()
    except NotApplicableError as error:
        raise BadRequestError(f"“{edits[0].text}”: {error.message}", error.hint) from error


def _chosen(model: Model, edits: Sequence[Quantize]) -> list[tuple[Matrix, Format]]:
    """The matrices that change, each with its format; of two edits the later one counts."""
    limits = Limits(model.dims.n_layers, model.dims.n_heads, model.dims.d_vocab, 0)
    known = matrices(model.decoder)
    found: dict[str, tuple[Matrix, Format]] = {}
    for edit in edits:
        edit.check(limits)
        reached = [each for each in known if edit.reaches(each.layer, each.role)]
        if not reached:
            roles = ", ".join(dict.fromkeys(each.role for each in known))
            raise BadRequestError(f"“{edit.text}” names no matrix of this model.", f"Its roles are {roles}.")
        if reason := scheme(edit.format).misfit(reached):
            raise BadRequestError(f"“{edit.text}”: {reason}", "Choose another format, a mix, or other matrices.")
        formats = scheme(edit.format).formats(known)
        found |= {matrix.name: (matrix, formats[matrix.name]) for matrix in reached}
    return list(found.values())


class _Changes:
    """Copies of a checkpoint's tensors, into which matrices are written where they lay in the originals."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self._weights = weights
        self._copies: dict[int, Tensor] = {}
        self._sharing = {each.untyped_storage().data_ptr(): each for each in weights.values()}

    def put(self, matrix: Tensor, values: Tensor) -> None:
        """matrix: a view of one of the tensors."""
        place = matrix.untyped_storage().data_ptr()
        if place not in self._copies:
            # All of the storage: several tensors may be cut from it.
            storage = self._sharing[place].untyped_storage()
            whole = torch.empty(0, dtype=matrix.dtype).set_(storage)
            self._copies[place] = whole.clone()
        self.now(matrix).copy_(values)

    def now(self, matrix: Tensor) -> Tensor:
        """The matrix with what was written so far."""
        copy = self._copies.get(matrix.untyped_storage().data_ptr())
        return matrix if copy is None else copy.as_strided(matrix.shape, matrix.stride(), matrix.storage_offset())

    def tensors(self) -> dict[str, Tensor]:
        """All tensors by name: the copies where something was written, else the originals."""
        return {
            name: each
            if (copy := self._copies.get(each.untyped_storage().data_ptr())) is None
            else copy.as_strided(each.shape, each.stride(), each.storage_offset())
            for name, each in self._weights.items()
        }
