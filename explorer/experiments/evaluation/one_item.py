"""One item of a task, scored as it stands and with one thing of its prompt changed at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import torch

from explorer.corpora.tasks.task import Task
from explorer.errors import NotApplicableError
from explorer.experiments.evaluation.reader import Shared
from explorer.experiments.evaluation.task_run import Answered, Asked, Assembled, Choice
from explorer.fetching.progress import Progress, silent
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.zoo.model import Model

Change = Literal["as it is", "BOS first", "no delimiter", "new line", "space moved", "space kept"]
#: What a harness, or a hand that writes a prompt, does otherwise.
CHANGES: dict[Change, Choice] = {
    "as it is": Choice(),
    "BOS first": Choice(bos=True),
    "no delimiter": Choice(delimiter=""),
    "new line": Choice(delimiter="\n"),
    "space moved": Choice(in_prompt=True),
    "space kept": Choice(in_prompt=True, apart=True),
}


@dataclass(frozen=True)
class OneItem:
    """What was scored so far."""

    task: Task
    shots: int
    answers: dict[Change, Answered]

    @property
    def plain(self) -> Answered:
        return self.answers["as it is"]

    @property
    def whole(self) -> bool:
        return len(self.answers) == len(CHANGES)


def one_item(model: Model, task: Task, at: int, shots: int, progress: Progress = silent) -> Iterator[OneItem]:
    """The item as it is, with each choice alone; then change by change. Raises NotApplicableError for a task without
    choices."""
    if task.kind != "multiple_choice":
        raise NotApplicableError(f"The task “{task.name}” has no choices.", "Choose another task.")
    reader = Shared(model)
    made = OneItem(task, shots, {})
    for done, (name, choice) in enumerate(CHANGES.items()):
        progress("Changes", done, len(CHANGES))
        assembled = Assembled(model, task, replace(choice, num_fewshot=shots, alone=name == "as it is"))
        asked = assembled.asked(at)
        requests = [*asked.requests, *(assembled.alone(asked) if assembled.choice.alone else ())]
        found = dict(reader.score(requests))
        scored = [found[place] for place in range(len(requests))]
        n = len(asked.requests)
        made = replace(made, answers={**made.answers, name: Answered(asked, tuple(scored[:n]), tuple(scored[n:]))})
        yield made


@torch.inference_mode()
def whole_pass_error(model: Model, answered: Answered) -> float:
    """Each choice's log-likelihood against one whole pass of transformers over prompt and choice: largest gap."""
    errors = []
    for request, scored in zip(answered.asked.requests, answered.scored, strict=True):
        kept = request.within(model.dims.n_ctx)
        ids = torch.tensor([[*kept.context, *kept.continuation]])
        last = len(kept.continuation)
        logits = model.hf(ids[:, :-1], use_cache=False, logits_to_keep=last).logits[0]
        expected = logits.double().log_softmax(-1).gather(-1, ids[0, -last:, None]).sum()
        errors.append(abs(float(expected) - scored.total))
    return worst(errors)


def bytes_apart(model: Model, asked: Asked) -> int:
    """Choices whose tokens, behind the prompt's, are not the bytes of prompt and choice."""
    pairs = [(context, after) for context in asked.contexts for after in asked.continuations]
    read = [
        b"".join(map(model.vocabulary.bytes, (*request.context, *request.continuation))) for request in asked.requests
    ]
    # a tokenizer's own first token has no part in the text
    return sum(not found.endswith((a + b).encode()) for found, (a, b) in zip(read, pairs, strict=True))
