"""A step of tensor parallelism, ours and by torch's DTensor: what `bench parallel` times (`parallel_ranks`).

torch's is a plan for `parallelize_module`: columns of what reads the stream, rows of what writes to it, the vocabulary
over the ranks with `loss_parallel`, and along the sequence `SequenceParallel` norms. Its modules are ours on the same
weights, with torch's own linear and embedding layers, which its plans ask for.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from explorer.stack.parallelism.process_group import ProcessGroup
from explorer.stack.parallelism.tensor import Split
from explorer.stack.transformer.decoder import Decoder

Step = Callable[[], object]
Build = Callable[[ProcessGroup, Decoder, Tensor], Step]
LR = 1e-4


def own_tensor(sequence: bool = False) -> Build:
    """Every rank reads all rows."""

    def build(group: ProcessGroup, decoder: Decoder, windows: Tensor) -> Step:
        made = Split.of(decoder, group, sequence)
        optimizer = torch.optim.AdamW(made.decoder.parameters(), LR, fused=True)

        def step() -> None:
            optimizer.zero_grad()
            made.loss(windows).backward()
            made.sum_partial()
            optimizer.step()

        return step

    return build


def dtensor(sequence: bool = False) -> Build:
    """Raises ValueError for a decoder of experts or biases, which this plan does not name."""

    def build(group: ProcessGroup, decoder: Decoder, windows: Tensor) -> Step:
        from torch.distributed.device_mesh import DeviceMesh
        from torch.distributed.tensor import DTensor
        from torch.distributed.tensor.parallel import loss_parallel, parallelize_module

        if decoder.config.n_experts or decoder.config.logit_cap is not None:
            raise ValueError("this plan is of a dense decoder whose logits have no cap")
        as_torchs(decoder)
        mesh = DeviceMesh.from_group(group.handle, "cpu")
        parallelize_module(decoder, mesh, plan(decoder, sequence))
        if decoder.config.tied:
            decoder.unembed.weight = decoder.embed.weight
        weights = list(decoder.parameters())  # a fused step takes split and whole weights apart
        both = [[each for each in weights if isinstance(each, DTensor) == split] for split in (True, False)]
        optimizer = torch.optim.AdamW([{"params": each} for each in both if each], LR, fused=True)
        targets = windows[:, 1:].flatten()

        def step() -> None:
            optimizer.zero_grad()
            with loss_parallel():
                x, at = decoder.entered(windows[:, :-1])
                for block in decoder.blocks:
                    x = block(x, at)
                logits = decoder.unembed(decoder.read(x))
                nn.functional.cross_entropy(logits.flatten(0, 1), targets).backward()
            optimizer.step()

        return step

    return build


def plan(decoder: Decoder, sequence: bool) -> dict:
    """What `parallelize_module` is told of every layer."""
    from torch.distributed.tensor import Replicate, Shard
    from torch.distributed.tensor.parallel import ColwiseParallel, PrepareModuleInput, RowwiseParallel, SequenceParallel

    stream = Shard(1) if sequence else Replicate()
    made = {
        "embed": RowwiseParallel(input_layouts=Replicate(), output_layouts=stream),
        "unembed": ColwiseParallel(input_layouts=stream, output_layouts=Shard(-1), use_local_output=False),
    }
    if sequence:
        made["ln_final"] = SequenceParallel()
    for at in range(decoder.config.n_layers):
        block = f"blocks.{at}."
        others = {"attn": (stream, None), "mlp": (stream,)}  # attention is told positions beside the stream
        for name, layouts in others.items():
            wanted = (Replicate(), *layouts[1:])
            made[block + name] = PrepareModuleInput(input_layouts=layouts, desired_input_layouts=wanted)
        for name in ("attn.W_Q", "attn.W_K", "attn.W_V", "mlp.W_gate", "mlp.W_in"):
            made[block + name] = ColwiseParallel()
        for name in ("attn.W_O", "mlp.W_out"):
            made[block + name] = RowwiseParallel(output_layouts=stream)
        if sequence:
            made |= {block + name: SequenceParallel() for name in ("ln1", "ln2")}
    return made


def as_torchs(decoder: Decoder) -> None:
    """torch's linear and embedding layers in the place of ours, on the same weights."""
    for module in list(decoder.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear):
                with torch.device("meta"):
                    made = nn.Linear(child.in_features, child.out_features, bias=child.bias is not None)
                made.weight, made.bias = child.weight, child.bias
                setattr(module, name, made)
    with torch.device("meta"):
        rows, width = decoder.embed.weight.shape
        embed = nn.Embedding(rows, width)
    embed.weight = decoder.embed.weight
    decoder.embed = embed  # pyright: ignore[reportAttributeAccessIssue]
