"""What a rank does where data parallelism is broken on purpose: rank functions (`ranks`)."""

from __future__ import annotations

from torch import Tensor

from explorer.experiments.systems.parallel_subject import decoder_of
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.data_parallel import Buckets
from explorer.stack.parallelism.units import Forward
from explorer.stack.transformer.decoder import Decoder


def mistakes(rank: Rank, given: Message) -> Message:
    """The gradient of one batch for each mistake, from the same weights; the first and the last rank tell theirs."""
    group, last = rank.group, rank.group.ranks - 1
    for mistake in given["mistakes"]:
        decoder = decoder_of(given)
        buckets = Buckets(list(decoder.named_parameters()), group, 1, overlap=False)  # a bucket a parameter
        rows = given["uneven" if mistake == "means" else "even"][group.rank]
        share = len(rows) / sum(len(each) for each in given["uneven" if mistake == "means" else "even"])
        if mistake == "sum":
            share = 1.0
        elif mistake == "means":
            share = 1 / group.ranks
        stale = mistake == "stale" and group.rank == last
        buckets.begin()
        loss = _backward(decoder, given["before"][group.rank] if stale else rows, share)
        if mistake == "order" and group.rank == last:
            _swap(buckets)
        if mistake == "unsent":
            _leave_out(buckets, given["unsent"])
        buckets.finish()
        if group.rank in (0, last):
            rank.tell({"mistake": mistake, "loss": loss, "gradients": _gradients(decoder)})
    return {}


def _backward(decoder: Decoder, rows: Tensor, share: float) -> float:
    loss = Forward(decoder, rows, None, share).whole()
    loss.backward()
    return float(loss.detach()) / share


def _swap(buckets: Buckets) -> None:
    """Begin two neighbours of one size in the other order, wherever there are two."""
    at, order = 0, buckets.buckets
    while at + 1 < len(order):
        if order[at].flat.numel() == order[at + 1].flat.numel() and order[at].flat.numel() > 1000:
            order[at], order[at + 1] = order[at + 1], order[at]
            at += 1
        at += 1


def _leave_out(buckets: Buckets, name: str) -> None:
    """The bucket of that parameter is not summed."""
    buckets.buckets[:] = [each for each in buckets.buckets if name not in each.names]


def _gradients(decoder: Decoder) -> dict[str, Tensor]:
    return {name: each.grad.clone() for name, each in decoder.named_parameters() if each.grad is not None}
