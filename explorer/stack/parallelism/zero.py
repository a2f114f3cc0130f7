"""ZeRO by hand: one training step of a decoder, unit by unit, in which each rank keeps only what it must.

    stage 0   all-reduce each unit's gradient; every rank steps all weights            (data parallelism)
    stage 1   reduce-scatter the gradients; each rank steps its N-th; all-gather the weights
    stage 2   as 1, and a unit's whole gradient is freed as soon as it is summed
    stage 3   the weights too are kept by N-ths: all-gather a unit before it is computed, forward and backward, free it
              afterwards; nothing is gathered at the end

Rajbhandari et al. 2019 (arXiv 1910.02054); its third stage is what FSDP does (Zhao et al. 2023, arXiv 2304.11277).
Weights and gradients lie in one flat tensor a unit, cut evenly; the optimizer is AdamW, which steps each number by
itself, so that a cut changes nothing. In mixed precision weights and gradients have 16 bits, and each rank keeps a
float32 copy of the weights that it steps.

A *moment* is what the rank holds after each thing that it does, in bytes of storages.

>>> from explorer.stack.parallelism.thread_group import in_threads
>>> from explorer.stack.transformer.config import DecoderConfig
>>> windows = torch.randint(32, (4, 9), generator=torch.Generator().manual_seed(1))
>>> def step(group: Group, stage: Stage) -> tuple[float, list[str]]:
...     decoder = Decoder(DecoderConfig(1, 8, 2, 1, 4, 16, 32, 16)).initialise(torch.Generator().manual_seed(0))
...     made = Sharded(group, decoder, stage).step(windows)
...     return round(made.loss, 4), [each.name for each in group.records if each.name != "all-reduce"]
>>> in_threads(1, lambda group: step(group, 0))[0]
(3.4595, [])
>>> loss, sent = in_threads(2, lambda group: step(group, 3))[1]
>>> loss, sent.count("all-gather"), sent.count("reduce-scatter")  # embedding and block twice, the last norm once
(3.4595, 5, 3)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.shard import Held, Kind, Moment, Shard, Stepped, storage, storages
from explorer.stack.parallelism.units import Forward, Unit, flat_views, segments_of, shares, units_of
from explorer.stack.parallelism.zero_memory import Precision, Stage
from explorer.stack.transformer.decoder import Decoder

#: A segment: its name, its units, what it reads, and what it gives.
Taped = tuple[str, tuple[str, ...], Tensor | None, list[Tensor]]
BETAS, EPS = (0.9, 0.95), 1e-8


@dataclass(eq=False)
class Sharded:
    """One rank's part of a decoder in training. The decoder's parameters are laid into flat tensors."""

    group: Group
    decoder: Decoder
    stage: Stage
    precision: Precision = "float32"
    lr: float = 1e-3
    noted: bool = True
    """Whether moments are written down, which takes time."""
    watch: Callable[[Sharded], int] | None = None
    """Counts living tensors, at every moment."""
    ready: Callable[[str, Tensor], None] | None = None
    """Given each unit's mean gradient, as far as this rank has it, before the weights are stepped."""
    shards: dict[str, Shard] = field(default_factory=dict)

    def __post_init__(self) -> None:
        dtype = torch.float32 if self.precision == "float32" else torch.bfloat16
        self.units = units_of(self.decoder)
        for unit in self.units:
            self.shards[unit.name] = self._laid(unit, dtype)
        self.optimizer = torch.optim.AdamW(
            [each.master for each in self.shards.values()], self.lr, BETAS, EPS, weight_decay=0.0, fused=True
        )
        self._make_state()
        self._moments: list[Moment] = []
        self._saved: dict[str, dict[int, int]] = {}

    # ---- what stays -------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def _laid(self, unit: Unit, dtype: torch.dtype) -> Shard:
        ranks, device = self.group.ranks, unit.parameters[0][1].device
        single = torch.zeros(unit.padded(ranks), device=device)
        for parameter, view in flat_views(single, unit):
            view.copy_(parameter)
        flat = single if dtype == torch.float32 else single.to(dtype)
        for parameter, view in flat_views(flat, unit):
            parameter.requires_grad_().data = view
        own = self.mine(flat)
        if self.stage == 3:
            own = own.clone()
            flat.untyped_storage().resize_(0)
        if dtype == torch.float32:
            master = flat if self.stage == 0 else own
        else:
            master = single if self.stage == 0 else self.mine(single).clone()
        return Shard(unit, flat, own, master.detach())

    def mine(self, flat: Float[Tensor, " n"]) -> Float[Tensor, " part"]:
        """This rank's N-th of a flat tensor."""
        return flat.chunk(self.group.ranks)[self.group.rank]

    def _make_state(self) -> None:
        """Moments before the first step, as after it: the step that is watched has them from its beginning."""
        for each in self.shards.values():
            self.optimizer.state[each.master] = {
                "step": torch.zeros(()),
                "exp_avg": torch.zeros_like(each.master),
                "exp_avg_sq": torch.zeros_like(each.master),
            }

    def whole_weights(self) -> dict[str, Tensor]:
        """All weights by name, gathered; every rank must call."""
        found = {}
        for each in self.shards.values():
            flat = self.group.all_gather(each.own.contiguous(), each.unit.name).wait() if self.stage else each.flat
            views = flat_views(flat, each.unit)
            names = (name for name, _ in each.unit.parameters)
            found |= {name: view.detach().clone() for name, (_, view) in zip(names, views, strict=True)}
        return found

    # ---- a step -----------------------------------------------------------------------------------------------------

    def step(self, windows: Int[Tensor, "row pos"]) -> Stepped:
        """One step on all ranks' rows, of which this one reads its share. Raises ValueError for too few rows."""
        part = shares(len(windows), self.group.ranks)[self.group.rank]
        run = Forward(self.decoder, windows[part], self.group, (part.stop - part.start) / len(windows))
        self._moments, self._saved = [], {}
        for each in self.shards.values():
            each.uses = sum(each.unit.name in units for _, units in segments_of(self.decoder))
        self._note("start", "")
        loss = self._passes(run)
        whole = float(self.group.all_reduce(torch.tensor([loss]), "loss").wait())
        self._note("ready", "")
        self._update()
        return Stepped(whole, run.parts, tuple(self._moments))

    def _passes(self, run: Forward) -> float:
        """Forward and backward; gradients are summed on the way."""
        tape, losses = self._forward(run)
        flowing: Tensor | None = None
        while tape:
            name, units, inner, outs = tape.pop()
            for unit in units:
                if name != "embed":  # a look-up needs no weights to be differentiated
                    self._gather(unit)
                self._grow(unit)
            seeds = [torch.ones_like(each) if flowing is None or at else flowing for at, each in enumerate(outs)]
            torch.autograd.backward(outs, seeds)
            del outs, seeds
            self._saved.pop(name)
            flowing = None if inner is None else inner.grad
            del inner
            self._saved["flow"] = {} if flowing is None else storage(flowing)
            self._note("backward", name)
            for unit in units:
                self._free(unit)
                self._reduce(unit)
        run.at = None
        self._saved.clear()
        return losses

    def _forward(self, run: Forward) -> tuple[list[Taped], float]:
        """What is to be differentiated, and this rank's part of the loss."""
        x, losses, tape = None, 0.0, list[Taped]()
        for name, units in segments_of(self.decoder):
            for unit in units:
                self._gather(unit)
            inner = None if x is None else x.detach().requires_grad_()
            out, extra = self._watched(name, run, inner)
            tape.append((name, units, inner, [out, *extra]))
            losses += sum(float(each.detach()) for each in (extra if name != "head" else [out, *extra]))
            x = out
            self._note("forward", name)
            if name != "head":
                for unit in units:
                    self._free(unit)
        return tape, losses

    def _watched(self, name: str, run: Forward, inner: Tensor | None) -> tuple[Tensor, list[Tensor]]:
        """The segment, and what autograd keeps of it, weights and text apart."""
        if not self.noted:
            self._saved[name] = {}
            return run.segment(name, inner)
        others = {each.untyped_storage().data_ptr() for each in (run.windows, *(s.flat for s in self.shards.values()))}
        found: dict[int, int] = {}

        def pack(tensor: Tensor) -> Tensor:
            if tensor.untyped_storage().data_ptr() not in others:
                found.update(storage(tensor))
            return tensor.detach()  # the tensor itself would make a circle that keeps it

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            out, extra = run.segment(name, inner)
        for each in (out, *extra):
            found.update(storage(each))
        self._saved[name] = found
        self._saved["shared"] = {place: size for each in run.shared() for place, size in storage(each).items()}
        return out, extra

    # ---- what travels -----------------------------------------------------------------------------------------------

    def _gather(self, name: str) -> None:
        """Stage 3: a unit's weights, whole."""
        shard = self.shards[name]
        if self.stage < 3 or shard.flat.untyped_storage().nbytes():
            return
        shard.flat.untyped_storage().resize_(shard.flat.numel() * shard.flat.element_size())
        self.group.all_gather(shard.own, name, shard.flat.data).wait()  # .data: autograd's count of changes stays
        self._note("gather", name)

    def _free(self, name: str) -> None:
        shard = self.shards[name]
        if self.stage == 3:
            shard.flat.untyped_storage().resize_(0)
            self._note("free", name)

    def _grow(self, name: str) -> None:
        """A place for the unit's whole gradient."""
        shard = self.shards[name]
        if shard.gradient is None:
            shard.gradient = torch.zeros(len(shard.flat), dtype=shard.flat.dtype, device=shard.flat.device)
            for parameter, view in flat_views(shard.gradient, shard.unit):
                parameter.grad = view

    def _reduce(self, name: str) -> None:
        """The sum over all ranks, once the last segment has added to it."""
        shard = self.shards[name]
        shard.uses -= 1
        if shard.uses or shard.gradient is None:
            return
        if self.stage == 0:
            shard.summed = self.group.all_reduce(shard.gradient, name).wait()
        elif self.stage == 1:  # the buffer stays, and its other parts are of no use
            own = self.mine(shard.gradient)
            shard.summed = own.copy_(self.group.reduce_scatter(shard.gradient, name).wait())
        else:
            shard.summed = self.group.reduce_scatter(shard.gradient, name).wait()
            self._drop(shard)
        self._note("reduce", name)

    def _drop(self, shard: Shard) -> None:
        for _, parameter in shard.unit.parameters:
            parameter.grad = None
        shard.gradient = None

    @torch.no_grad()
    def _update(self) -> None:
        for shard in self.shards.values():
            assert shard.summed is not None
            if self.ready is not None:
                self.ready(shard.unit.name, shard.summed)
            shard.master.grad = shard.summed.to(shard.master.dtype)
        self.optimizer.step()
        for shard in self.shards.values():
            target = shard.flat if self.stage == 0 else shard.own
            if shard.master.dtype != target.dtype:
                target.copy_(shard.master)
            shard.master.grad = shard.summed = None
            self._drop(shard)
        self._note("step", "")
        if self.stage in (1, 2):
            for shard in self.shards.values():
                self.group.all_gather(shard.own.clone(), shard.unit.name, shard.flat.data).wait()
                self._note("gather", shard.unit.name)
        self._note("end", "")

    # ---- what is held -----------------------------------------------------------------------------------------------

    def held(self) -> Held:
        """Now, by parts."""
        state = [
            value
            for each in self.shards.values()
            for value in self.optimizer.state[each.master].values()
            if isinstance(value, Tensor)
        ]
        masters = [each.master for each in self.shards.values()] if self.precision == "mixed" else []
        flats = sum(each.flat.untyped_storage().nbytes() for each in self.shards.values())
        owns = sum(each.own.nbytes for each in self.shards.values()) if self.stage == 3 else 0
        gradients = [each for shard in self.shards.values() for each in (shard.gradient, shard.summed)]
        activations: dict[int, int] = {}
        for each in self._saved.values():
            activations |= each
        return Held(
            weights=owns if self.stage == 3 else flats,
            gathered=flats if self.stage == 3 else 0,
            gradients=storages([each for each in gradients if each is not None]),
            optimizer=storages([*state, *masters]),
            activations=sum(activations.values()),
        )

    def _note(self, kind: Kind, unit: str) -> None:
        if not self.noted:
            return
        shards = self.shards.values()
        self._moments.append(
            Moment(
                kind,
                unit,
                self.held(),
                tuple(each.unit.name for each in shards if each.flat.untyped_storage().nbytes()),
                tuple(each.unit.name for each in shards if each.gradient is not None),
                tuple(each.unit.name for each in shards if each.summed is not None),
                None if self.watch is None else self.watch(self),
            )
        )
