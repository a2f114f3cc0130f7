"""Runs in a folder that several processes share, so that none is made twice and a restart finds them again.

A run is a file of safetensors under the hash of what it depends on: the model's weights, the code that runs it and the
key. Its tensors are the run's own, to the bit; what the model gives (weights to read with, token texts) is not in it.
The folder is named as fsspec names it: a path, `s3://bucket/runs`, `memory://runs`.

A long run keeps no attention weights and makes them again from the model (see `long_run`): it is not shared.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from torch import Tensor

from explorer.tracing.bridge.rotary import Rotation
from explorer.tracing.capturing.capture import vetted
from explorer.tracing.key import TraceKey
from explorer.tracing.recording import Batched, Step
from explorer.tracing.spans import tokens_of
from explorer.tracing.trace import Trace
from explorer.zoo.verdict import code_hash

if TYPE_CHECKING:
    from explorer.zoo.model import Model

log = logging.getLogger(__name__)
#: bytes of all files together
MAX_BYTES = 4 << 30
#: tensors that every run has, and those that not every model has
ALWAYS = ("ids", "embed", "resid_mid", "resid_post", "pattern", "_rot_q", "_rot_k", "v", "z", "logits")
SOME = ("mlp_pre", "ln1_post_scale", "ln2_post_scale", "router_logits", "expert_weights")
MAPS = ("measured", "constants")


class SharedTraces:
    """The folder. Whatever is wrong with it (gone, full, a damaged file) costs no more than the run made again."""

    def __init__(self, url: str, max_bytes: int = MAX_BYTES) -> None:
        """Raises ValueError or ImportError where the address is of a kind that fsspec does not know."""
        import fsspec

        self._files, self._root = fsspec.core.url_to_fs(url)
        self.max_bytes = max_bytes
        self._writing = threading.Lock()

    def get(self, model: Model, key: TraceKey) -> Trace | None:
        """The run of `key` on `model`, if it is there and whole."""
        path = self._path(model, key)
        try:
            if not self._files.exists(path):
                return None
            trace = decoded(self._files.cat_file(path), model, key)
        except Exception as error:
            log.info("a shared run could not be read: %s", error)
            return None
        with suppress(Exception):  # a store of objects has no such touch: there the oldest goes first
            self._files.touch(path, truncate=False)  # the last that was asked for is the last to go
        return trace

    def put(self, model: Model, trace: Trace) -> None:
        """Write the run, and drop what was asked for longest ago where the bound is passed."""
        path = self._path(model, trace.key)
        if trace.witness is not None:
            return
        part = f"{path}.{os.getpid()}.{threading.get_ident()}.part"
        try:
            self._files.makedirs(self._root, exist_ok=True)
            self._files.pipe_file(part, encoded(trace))
            self._files.mv(part, path)
            self._shrink()
        except Exception as error:
            log.info("a run could not be shared: %s", error)
            with suppress(Exception):  # half a run takes room that is lacking already
                self._files.rm_file(part)

    def _path(self, model: Model, key: TraceKey) -> str:
        what = "\n".join((model.verdict.fingerprint, code_hash(), key.query()))
        return f"{self._root}/{hashlib.sha256(what.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.safetensors"

    def _shrink(self) -> None:
        with self._writing:
            files = [each for each in self._files.ls(self._root, detail=True) if each["type"] == "file"]
            total = sum(each["size"] for each in files)
            if total <= self.max_bytes:
                return
            for each in sorted(files, key=lambda each: self._files.modified(each["name"])):
                self._files.rm_file(each["name"])
                total -= each["size"]
                if total <= self.max_bytes:
                    return


def encoded(trace: Trace) -> bytes:
    """A run as the bytes of its file."""
    from safetensors.torch import save

    tensors: dict[str, Tensor] = {name: getattr(trace, name) for name in ALWAYS}
    tensors |= {name: value for name in SOME if (value := getattr(trace, name)) is not None}
    names = {each: list(getattr(trace, each)) for each in MAPS}
    tensors |= {f"{each}.{i}": getattr(trace, each)[name] for each in MAPS for i, name in enumerate(names[each])}
    tensors |= {f"edits.{layer}": edit for layer, edit in trace.edits.items()}
    for i, rotation in enumerate(trace.rotations):
        tensors |= {f"cos.{i}": rotation.cos, f"sin.{i}": rotation.sin}
    said = {
        "n_prompt": trace.n_prompt,
        "names": names,
        "rotation_of_layer": trace.rotation_of_layer,
        "seconds": dict(trace.seconds),
        "batched": trace.batched and (trace.batched.runs, trace.batched.error),
        "steps": [(step.position, step.u.hex(), step.chosen, step.forced) for step in trace.steps],
    }
    return save({name: tensor.clone() for name, tensor in tensors.items()}, {"run": json.dumps(said)})


def decoded(data: bytes, model: Model, key: TraceKey) -> Trace:
    """The run of those bytes, on the model that made it. Raises where they are not one."""
    from safetensors.torch import load

    tensors = load(data)
    length = int.from_bytes(data[:8], "little")
    said: dict[str, Any] = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["run"])
    ids, n_prompt = tensors["ids"], int(said["n_prompt"])
    steps = tuple(
        Step(at, float.fromhex(u), chosen, forced, key.sampler, tensors["logits"][at], ids[: at + 1], n_prompt)
        for at, u, chosen, forced in said["steps"]
    )
    read: dict[str, Any] = {name: tensors[name] for name in ALWAYS} | {name: tensors.get(name) for name in SOME}
    read |= {each: {name: tensors[f"{each}.{i}"] for i, name in enumerate(said["names"][each])} for each in MAPS}
    return Trace(
        key=key,
        model_name=model.name,
        dims=model.dims,
        readout=vetted(model),
        n_prompt=n_prompt,
        tokens=tokens_of(model.vocabulary, ids.tolist(), n_prompt, key),
        rotations=tuple(Rotation(tensors[f"cos.{i}"], tensors[f"sin.{i}"]) for i in range(_many("cos", tensors))),
        rotation_of_layer=tuple(said["rotation_of_layer"]),
        steps=steps,
        edits={int(name[6:]): each for name, each in tensors.items() if name.startswith("edits.")},
        seconds=said["seconds"],
        batched=Batched(*said["batched"]) if said["batched"] else None,
        **read,
    )


def _many(kind: str, tensors: Mapping[str, Tensor]) -> int:
    return sum(name.startswith(f"{kind}.") for name in tensors)
