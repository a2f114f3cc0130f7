"""What a small run writes: the beginning of a held-out passage, continued."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from explorer.experiments.pretraining.live_run import LiveRun
from explorer.stack.transformer.kv_cache import ContiguousCache

#: Tokens that are given, and written.
GIVEN, WRITTEN = 24, 72
TEMPERATURE, TOP_K = 0.8, 40


@dataclass(frozen=True)
class Sample:
    """One continuation."""

    step: int
    given: str
    written: str


@torch.no_grad()
def sample(run: LiveRun, written: int = WRITTEN) -> Sample:
    """Of the first held-out passage: temperature .8, the 40 likeliest tokens, the run's seed. Training draws from no
    generator of this one, so that a run that is looked at is the same."""
    held = next(iter(run.texts.course(run.described).held.values()))
    ids = held[:GIVEN].tolist()
    generator = torch.Generator().manual_seed(run.described.seed)
    cache = ContiguousCache(run.model.config, 1, len(ids) + written)
    read, made = ids, []
    for _ in range(written):
        logits = run.model(torch.tensor([read]), cache=cache, last_only=True)[0, -1] / TEMPERATURE
        top, index = logits.topk(min(TOP_K, logits.numel()))
        read = [int(index[torch.multinomial(top.softmax(-1), 1, generator=generator)])]
        made += read
    tokenizer = run.texts.tokenizer()
    text = tokenizer.decode([each for each in ids if each], skip_special_tokens=False)
    return Sample(run.progress.step, text, tokenizer.decode(made, skip_special_tokens=False))
