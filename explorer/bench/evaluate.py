"""Requests a second of multiple choice against lm-eval's own back end, and tokens a second of perplexity."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import torch

from explorer.bench import Peer, Report, peers
from explorer.compat.lm_eval import of_ids
from explorer.corpora import texts
from explorer.corpora.tasks import shelf
from explorer.errors import BadRequestError
from explorer.experiments.evaluation.reader import Shared
from explorer.experiments.evaluation.task_run import Asked, Assembled

if TYPE_CHECKING:
    from lm_eval.models.huggingface import HFLM  # pyright: ignore[reportMissingImports]
    from transformers import PreTrainedModel

    from explorer.zoo import Model

Part = TypeVar("Part")

DESCRIPTION = "requests=1000 of four choices against lm-eval, tokens=100000 of perplexity against transformers"
LM_EVAL = Peer("lm-eval", "lm_eval", "pip install lm-eval")
#: Tasks whose items have four choices, the short prompts and the long ones mixed.
TASKS = ("facts", "copy", "induction", "digits")
#: Rounds in which all subjects take turns, each time with the next part of the requests; lm-eval's batch (of 4, 8, 16,
#: 32 and 64 the one that took the least processor time); a window.
ROUNDS, BATCH, WINDOW = 5, 16, 1024


def run(report: Report, requests: int = 1000, tokens: int = 100_000) -> None:
    """Add seconds, requests and tokens a second, the largest difference, and the targets."""
    if not (20 * ROUNDS <= requests <= 100_000 and tokens >= ROUNDS * WINDOW):
        raise BadRequestError(f"At least {20 * ROUNDS} requests and {ROUNDS * WINDOW:,} tokens.")
    model = peers.default()
    theirs = peers.transformers_model(model, torch.float32)
    report.add("threads of every subject", "explorer", torch.get_num_threads(), "threads")
    _choices(report, model, theirs, requests)
    _perplexity(report, model, theirs, tokens)


def _choices(report: Report, model: Model, theirs: PreTrainedModel, requests: int) -> None:
    """A request is a prompt with one choice, as lm-eval counts them; four of them are an item."""
    if report.peer(LM_EVAL) is None:
        return
    harness, reader = _harness(model, theirs), Shared(model)
    parts = _parts(_items(model, requests // 4), ROUNDS)
    seconds: dict[str, list[float]] = {"explorer": [], "lm-eval": []}
    worked: dict[str, list[float]] = {"explorer": [], "lm-eval": []}
    gaps: list[float] = []
    for turn, part in enumerate(parts):
        found: dict[str, list[float]] = {}
        acts: list[tuple[str, Callable[[Sequence[Asked]], list[float]]]] = [
            ("explorer", partial(_ours, reader)),
            ("lm-eval", partial(_lm_evals, harness)),
        ]
        for subject, act in acts if turn % 2 else acts[::-1]:
            began, spent = time.perf_counter(), time.process_time()
            found[subject] = act(part)
            seconds[subject].append(time.perf_counter() - began)
            worked[subject].append(time.process_time() - spent)
        gaps += [abs(a - b) for a, b in zip(found["explorer"], found["lm-eval"], strict=True)]
    case = f"{len(gaps):,} requests of four choices"
    for subject, taken in seconds.items():
        report.add(case, subject, sum(taken), "s")
        report.add(case, subject, len(gaps) / sum(taken), "requests/s")
        report.add(case, subject, sum(worked[subject]), "s of processor time")
    ratios = [b / a for a, b in zip(*seconds.values(), strict=True)]
    report.add(f"{case}: speed in the slowest of {ROUNDS} rounds, of lm-eval", "explorer", min(ratios), "times")
    speed = statistics.median(ratios)
    work = sum(worked["lm-eval"]) / sum(worked["explorer"])
    report.add(f"{case}: requests a second of processor time, of lm-eval", "explorer", work, "times")
    report.judge("twice lm-eval's requests a second, median round", speed, "times", speed >= 2)
    report.judge("log-likelihoods within 1e-4 of lm-eval's", max(gaps), "nats", max(gaps) <= 1e-4)


def _items(model: Model, count: int) -> list[Asked]:
    """So many items, one of each task after the other, without examples."""
    each = -(-count // len(TASKS))
    found = [list(Assembled(model, shelf.own(name)).items(min(each, 300))) for name in TASKS]
    mixed = [item for items in zip(*found, strict=True) for item in items]
    return (mixed * (count // len(mixed) + 1))[:count]


def _parts(items: Sequence[Part], count: int) -> list[Sequence[Part]]:
    return [items[at * len(items) // count : (at + 1) * len(items) // count] for at in range(count)]


def _ours(reader: Shared, items: Sequence[Asked]) -> list[float]:
    asked = [each for item in items for each in item.requests]
    found = dict(reader.score(asked))
    return [found[at].total for at in range(len(asked))]


def _harness(model: Model, theirs: PreTrainedModel) -> HFLM:
    from lm_eval.models.huggingface import HFLM  # pyright: ignore[reportMissingImports]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {"pretrained": theirs, "tokenizer": model.tokenizer, "batch_size": BATCH, "device": "cpu"}
        return HFLM(**settings)  # pyright: ignore[reportArgumentType, reportCallIssue]


def _lm_evals(harness: HFLM, items: Sequence[Asked]) -> list[float]:
    """The same token ids: what is timed is the scoring alone."""
    asked = [
        ((item.contexts[0], after), list(request.context), list(request.continuation))
        for item in items
        for after, request in zip(item.continuations, item.requests, strict=True)
    ]
    with torch.inference_mode():
        return of_ids(harness, asked)


def _perplexity(report: Report, model: Model, theirs: PreTrainedModel, tokens: int) -> None:
    """Disjoint windows of one long text: ours with logits made in parts, transformers' by its own loss."""
    text = texts.load("moby-dick")
    ids = model.vocabulary.encode("\n\n".join((*text.held_out, *text.documents)))[: tokens + 1]
    windows = [ids[at : at + WINDOW + 1] for at in range(0, len(ids) - 1, WINDOW)]
    reader = Shared(model)
    seconds: dict[str, list[float]] = {"explorer": [], "transformers": []}
    worked: dict[str, list[float]] = {"explorer": [], "transformers": []}
    nats = dict.fromkeys(seconds, 0.0)
    acts: list[tuple[str, Callable[[list[int]], float]]] = [
        ("explorer", lambda window: float(reader.surprises(window[:-1], window[1:]).sum())),
        ("transformers", partial(_loss, theirs)),
    ]
    for turn, part in enumerate(_parts(windows, ROUNDS)):
        for subject, act in acts if turn % 2 else acts[::-1]:
            began, spent = time.perf_counter(), time.process_time()
            nats[subject] += sum(map(act, part))
            seconds[subject].append(time.perf_counter() - began)
            worked[subject].append(time.process_time() - spent)
    n = len(ids) - 1
    case = f"perplexity of {n:,} tokens in windows of {WINDOW:,}"
    for subject, taken in seconds.items():
        report.add(case, subject, n / sum(taken), "tokens/s")
        report.add(case, subject, sum(worked[subject]), "s of processor time")
    report.add(
        f"{case}: difference of nats per token", "explorer", abs(nats["explorer"] - nats["transformers"]) / n, "nats"
    )
    ratios = [b / a for a, b in zip(*seconds.values(), strict=True)]
    speed = statistics.median(ratios)
    report.judge("perplexity at transformers' speed, median round", speed, "times", speed >= 1)


def _loss(model: PreTrainedModel, window: list[int]) -> float:
    with torch.inference_mode():
        ids = torch.tensor([window])
        return float(model(ids, labels=ids, use_cache=False).loss) * (len(window) - 1)
