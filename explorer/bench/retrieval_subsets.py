"""The 32 subsets of five passages, each read exactly: SmolLM2 on two threads."""

from __future__ import annotations

import time

import torch

from explorer.bench import Report
from explorer.corpora import articles
from explorer.experiments.context.grounded_prompt import frame, plain
from explorer.stack.context.grounded import Parts, ablated, tokens_alone, tokens_shared

PASSAGES, TOKENS, ANSWER = 5, 100, " It was built in 1874."
#: The target, in seconds on two cores.
SECONDS = 15.0


def subsets(report: Report, rounds: int = 5) -> None:
    """Add the seconds of the best and the median round, and the tokens that were read."""
    from explorer import zoo

    model = zoo.load(zoo.DEFAULT)
    texts = (" ".join(each.whole.split()) for each in articles.read() if len(each.whole) > 800)
    passages = tuple(plain(model.vocabulary, next(texts))[:TOKENS] for _ in range(PASSAGES))
    before, after = frame(model, "Answer by what the passages say.\n\n", "\nQuestion: In which year was it built?")
    parts, answer = Parts(before, passages, after), plain(model.vocabulary, ANSWER)
    case, taken = f"{2**PASSAGES} subsets of {PASSAGES} passages of {TOKENS} tokens, two threads", []
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for _ in range(rounds):
            start = time.perf_counter()
            read = sum(1 for _ in ablated(model.plain_decoder, parts, answer))
            taken.append(time.perf_counter() - start)
            assert read == 2**PASSAGES
    finally:
        torch.set_num_threads(threads)
    median = sorted(taken)[len(taken) // 2]
    report.add(case, "explorer", median, "s")
    report.add(f"{case}: the fastest round", "explorer", min(taken), "s")
    report.add(f"{case}: tokens read", "explorer", tokens_shared(parts, answer), "tokens")
    report.add(f"{case}: tokens without shared beginnings", "explorer", tokens_alone(parts, answer), "tokens")
    report.judge("seconds of all subsets, at most", median, f"{SECONDS:.0f}", median <= SECONDS)
