"""One measured item, as lm-eval logs it: ``samples_<task>.jsonl`` has one line for each, and for each pipeline of
filters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from explorer.corpora.tasks.task import Item, Task
from explorer.experiments.evaluation.task_run import Answered
from explorer.stack.evaluation.choices import METRICS
from explorer.stack.evaluation.perplexity import Surprise

#: As JSON has it.
Sample = dict


def of_choices(task: Task, answer: Answered) -> Sample:
    """One item whose choices were scored."""
    item, choices = answer.asked.item, answer.choices
    pairs = [(context, after) for context in answer.asked.contexts for after in answer.asked.continuations]
    responses = [[each.total, each.greedy] for each in (*answer.scored, *answer.alone)]
    made = logged(item, item.gold if item.rest is None else item.rest, pairs, [[each] for each in responses])
    values: Sample = {}
    for metric in task.metrics:
        if metric == "brier_score":
            values[metric] = choices.brier
        elif METRICS[metric] in choices.rules:
            values[metric] = float(choices.right(METRICS[metric]))
    found = {"filtered_resps": responses, "filter": "none", "metrics": list(values), "tokens": list(choices.tokens)}
    return made | found | values


def of_text(item: Item, read: Surprise) -> Sample:
    """One text."""
    response = [-sum(read.nats), False]
    made = logged(item, item.prompt, [("", item.prompt)], [[response]])
    metrics = ["word_perplexity", "byte_perplexity", "bits_per_byte"]
    return made | {"filtered_resps": [response], "filter": "none", "metrics": metrics, "tokens": [len(read.nats)]}


def logged(
    item: Item, target: object, asked: Sequence[tuple[str, object]], resps: Sequence[Sequence[object]]
) -> Sample:
    """What all kinds of items have: what was asked, and what the model gave, request by request."""
    doc = json.dumps(item.row.doc, indent=2, ensure_ascii=False)
    return {
        "doc_id": item.id,
        "doc": item.row.doc,
        "target": target,
        "arguments": {f"gen_args_{at}": {"arg_0": a, "arg_1": b} for at, (a, b) in enumerate(asked)},
        "resps": [list(each) for each in resps],
        "doc_hash": _hash(doc),
        "prompt_hash": _hash(asked[0][0]),
        "target_hash": _hash(str(target)),
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
