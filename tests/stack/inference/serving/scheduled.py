"""What the scheduler's tests schedule: a small decoder, one that can be added up by hand, requests and loads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from hypothesis import strategies as st

from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.serving.scheduler import Request, Scheduler
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder


def random_decoder(**changes: Any) -> Decoder:
    sizes: dict[str, Any] = {
        "n_layers": 2, "d_model": 16, "n_heads": 4, "n_kv_heads": 2, "d_head": 4, "d_mlp": 24, "d_vocab": 40,
        "n_ctx": 64,
    }  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = Decoder(DecoderConfig(**{**sizes, **changes})).eval().requires_grad_(False)
        for weight in made.parameters():  # spread the logits, so that no two are nearly equal
            if weight.ndim == 2:
                weight.mul_(4)
    return made


DECODER = random_decoder()


@torch.inference_mode()
def is_greedy(decoder: Decoder, request: Request, new_ids: list[int], tolerance: float = 1e-4) -> None:
    """Every token is the likeliest after all before it, read in one forward without a cache (ties within rounding)."""
    ids = [*request.prompt, *new_ids]
    logits = decoder(torch.tensor([ids[:-1]]))[0, len(request.prompt) - 1 :]  # new d_vocab
    chosen = logits.gather(1, torch.tensor(new_ids)[:, None])[:, 0]
    assert float((logits.max(-1).values - chosen).max()) <= tolerance


def scheduler_of(decoder: Decoder, n_blocks: int = 32, block_size: int = 4, **settings: Any) -> Scheduler:
    return Scheduler(decoder, PagedCache(decoder.config, n_blocks, block_size), **settings)


def whole(scheduler: Scheduler) -> bool:
    """No block is lost and none belongs to anybody."""
    pool = scheduler.cache.pool
    return pool.n_free == pool.n_blocks and not any(pool.references) and not scheduler.cache.tables


REQUESTS = [
    Request("a", [1, 2, 3], 9),
    Request("b", [4, 5, 6, 7, 8, 9, 10], 3),
    Request("c", [1, 2, 3, 4, 11], 6),
    Request("d", [12], 5),
]


class Adder:
    """Stands for a decoder: the next token is a sum over all that the cache holds of the row, each at its place."""

    config: Any = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1, n_ctx=999)

    def __call__(self, ids: torch.Tensor, positions: torch.Tensor, cache: PagedCache, last_only: bool) -> torch.Tensor:
        kv = ids[:, None, :, None].float()  # row kv_head pos d_head
        held = cache.update(0, kv, kv, positions)
        places = (held.positions + 1).where(held.positions <= positions[:, -1:], 0)  # row key
        total = (held.k[:, 0, :, 0] * places).sum(-1) % 40  # row
        return torch.nn.functional.one_hot(total.long(), 40).float()[:, None]  # row 1 d_vocab

    @staticmethod
    def answer(request: Request) -> list[int]:
        ids = list(request.prompt)
        for _ in range(request.max_new_tokens):
            ids.append(sum(i * (place + 1) for place, i in enumerate(ids)) % 40)
        return ids[len(request.prompt) :]


LOAD = st.lists(
    st.tuples(st.integers(0, 12), st.lists(st.integers(0, 39), min_size=1, max_size=9), st.integers(1, 9)),
    min_size=1,
    max_size=8,
)
