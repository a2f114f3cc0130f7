"""What a rank does where a block is split by tensor parallelism: a rank function (`ranks`)."""

from __future__ import annotations

from dataclasses import asdict

import torch
from torch import Tensor

from explorer.experiments.systems.parallel_subject import config_of
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.embeddings import alibi
from explorer.stack.embeddings.rope import rotation
from explorer.stack.parallelism.slices import holders, slices_of
from explorer.stack.parallelism.tensor import Seam, SplitBlock, split_block, sum_partial
from explorer.stack.transformer.block import Block, Pass
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.feed_forward import FeedForward

#: Tokens of the longer text whose stream is summed once, so that headers weigh little.
LONG = 1024


def block(rank: Rank, given: Message) -> Message:
    """Both passes of the block, as it should be and without f; then the sum of a longer text's stream."""
    group, config, layer = rank.group, config_of(given["config"]), given["layer"]
    holding = group.part(holders(config, group.ranks))
    own = slices_of(config, group.rank, group.ranks)
    ways = []
    for without_f in (False, True):
        group.records.clear()
        group.meter = rank.sent
        parts: dict[str, Tensor] = {}
        seam = Seam(
            group, without_f=without_f, watch=lambda what, part, parts=parts: parts.update({what: part.detach()})
        )
        made = split_block(config, layer, {name: each.clone() for name, each in given["weights"].items()}, seam)
        x = given["x"].clone().requires_grad_()
        with torch.enable_grad():
            seen, y = watched(made, x, passed(config, layer, x, slice(own.heads.start, own.heads.stop)))
            y.backward(given["gradient"])
        group.meter = None
        records = [asdict(each) for each in group.records]
        sum_partial(made, group, holding)
        gradients = {name: each.grad for name, each in made.named_parameters() if each.grad is not None}
        own_parts = {what.partition(" ")[2]: part for what, part in parts.items()}
        ways.append(
            {"parts": own_parts, **seen, "records": records, "gradients": gradients, "entering": x.grad}
        )  # fmt: skip
    group.records.clear()
    group.meter = rank.sent
    group.all_reduce(torch.zeros(LONG, config.d_model), "a longer text").wait()
    return {"ways": ways, "longer": asdict(group.records[0])}


def passed(config: DecoderConfig, layer: int, x: Tensor, heads: slice) -> Pass:
    """What the block is told of positions that count from 0; `heads`: those that are computed."""
    positions = torch.arange(x.shape[1]).expand(x.shape[:2])
    rope = config.rope_of(layer)
    slopes = alibi.slopes(config.n_heads, x.dtype)[heads] if config.positions == "alibi" else None
    return Pass(positions, rotations={} if rope is None else {rope: rotation(rope, positions)}, slopes=slopes)


def watched(block: Block | SplitBlock, x: Tensor, at: Pass) -> tuple[dict[str, dict[str, Tensor]], Tensor]:
    """What lies between the matrices of each sublayer, what each adds to the stream, and the block's output."""
    inner: dict[str, Tensor] = {}
    outer: dict[str, Tensor] = {}
    points = [
        (block.attn.hook_z, inner, "attention"),
        (block.hook_attn_out, outer, "attention"),
        (block.hook_mlp_out, outer, "feed-forward"),
    ]
    if isinstance(block.mlp, FeedForward):
        points.append((block.mlp.hook_post, inner, "feed-forward"))
    for point, into, name in points:
        point.add_hook(lambda tensor, into=into, name=name, **_: into.update({name: tensor.detach().flatten(2)}))
    y = block(x, at)
    for point, _, _ in points:
        point.remove_hooks()
    return {"inner": inner, "outer": outer}, y
