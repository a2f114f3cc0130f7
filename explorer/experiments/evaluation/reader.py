"""How a model reads what it is scored on: with keys and values shared, or, where interventions act inside it, in whole
passes under their hooks.

What changes weights (another number format) makes another model, which is read as any model is. What changes
activations is done by hooks on transformers' own layers, request by request; "its mean over the prompt" is then the
mean over the request's context.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError, NotFiniteError
from explorer.fetching.progress import Progress, silent
from explorer.stack.evaluation import scoring
from explorer.stack.evaluation.scoring import Request, Scored
from explorer.stack.inference.decoding.engine import GREEDY, Engine, choose, first_of
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing.bridge.anatomy import RUNNING
from explorer.tracing.bridge.hooking import edit_hooks, hooked
from explorer.tracing.capturing.capture import constants, stop_ids, vetted
from explorer.tracing.capturing.changed_weights import under
from explorer.tracing.changes.edits import Limits, Run
from explorer.tracing.changes.interventions import Intervention
from explorer.tracing.key import TraceKey

if TYPE_CHECKING:
    from explorer.zoo.model import Model


@runtime_checkable
class Reader(Protocol):
    """What scores."""

    @property
    def n_ctx(self) -> int:
        """Tokens that it reads at once."""
        ...

    def score(self, requests: Sequence[Request]) -> Iterator[tuple[int, Scored]]:
        """Their places with what was found, in any order."""
        ...

    def surprises(self, ids: Sequence[int], targets: Sequence[int]) -> Float[Tensor, " target"]:
        """-log p of each target; the last positions of `ids` predict them."""
        ...

    def write(
        self, prompts: Sequence[Sequence[int]], way: Writing, seeds: Sequence[int], progress: Progress = silent
    ) -> list[str]:
        """What the model goes on with, prompt by prompt, each drawn with its own seed."""
        ...


@dataclass(frozen=True)
class Writing:
    """How answers are written."""

    sampler: Sampler = GREEDY
    max_gen_toks: int = 256
    until: tuple[str, ...] = ()
    """Texts before which an answer ends."""

    def cut(self, text: str) -> str:
        """
        >>> Writing(until=("Q:", "\\n")).cut("5\\nQ: and 6?")
        '5'
        """
        for end in self.until:
            text = text.split(end)[0]
        return text


class Shared:
    """The explorer's own decoder; requests with one context share its keys and values."""

    def __init__(self, model: Model) -> None:
        self.model, self.decoder = model, model.decoder

    @property
    def n_ctx(self) -> int:
        return self.decoder.config.n_ctx

    def score(self, requests: Sequence[Request]) -> Iterator[tuple[int, Scored]]:
        return scoring.score(self.decoder, requests)

    def surprises(self, ids: Sequence[int], targets: Sequence[int]) -> Float[Tensor, " target"]:
        return scoring.surprises(self.decoder, ids, targets)

    def write(
        self, prompts: Sequence[Sequence[int]], way: Writing, seeds: Sequence[int], progress: Progress = silent
    ) -> list[str]:
        tokenizer, vocabulary = self.model.tokenizer, self.model.vocabulary
        count, most = itertools.count(1), len(prompts) * way.max_gen_toks
        made = Engine(self.decoder, vocabulary.bytes).generate(
            prompts, way.max_gen_toks, way.sampler, list(seeds), stop_ids(self.model), way.until,
            on_token=lambda _: progress("Tokens", next(count), most),
        )  # fmt: skip
        return [way.cut(str(tokenizer.decode(each.new_ids, skip_special_tokens=True))) for each in made]


class Hooked:
    """Whole passes of transformers under the hooks of interventions."""

    def __init__(self, model: Model, interventions: tuple[Intervention, ...]) -> None:
        self.model, self.interventions = model, interventions
        key = TraceKey(model.name, "", interventions=interventions)
        with torch.inference_mode(), RUNNING:
            self._constants = constants(model, key, vetted(model), silent)

    @property
    def n_ctx(self) -> int:
        return self.model.dims.n_ctx

    def score(self, requests: Sequence[Request]) -> Iterator[tuple[int, Scored]]:
        """Requests that differ in their last token alone share a pass."""
        placed = [(at, each.within(self.n_ctx)) for at, each in enumerate(requests)]

        def read(one: tuple[int, Request]) -> tuple[int, tuple[int, ...]]:
            return len(one[1].context), (*one[1].context, *one[1].continuation[:-1])

        for (n_prompt, ids), alike in groupby(sorted(placed, key=read), key=read):
            together = list(alike)
            logits = self._logits(ids, len(ids) + 1 - n_prompt, n_prompt)
            best, logps = logits.argmax(-1), logits.log_softmax(-1)
            for at, each in together:
                wanted = torch.tensor(each.continuation)
                logp = logps.gather(-1, wanted[:, None])[:, 0]
                yield at, Scored(tuple(logp.tolist()), bool((best == wanted).all()))

    def surprises(self, ids: Sequence[int], targets: Sequence[int]) -> Float[Tensor, " target"]:
        logits = self._logits(ids, len(targets), len(ids))
        return F.cross_entropy(logits, torch.tensor(list(targets)), reduction="none")

    def write(
        self, prompts: Sequence[Sequence[int]], way: Writing, seeds: Sequence[int], progress: Progress = silent
    ) -> list[str]:
        """Token by token in whole passes: nothing inside the model is kept, since a hook may act on all of it."""
        written: list[str] = []
        for at, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True)):
            progress("Answers", at, len(prompts))
            written.append(self._written(list(prompt), way, torch.Generator().manual_seed(seed)))
        return written

    def _written(self, prompt: list[int], way: Writing, generator: torch.Generator) -> str:
        ids, ends, text = list(prompt), stop_ids(self.model), b""
        for _ in range(way.max_gen_toks):
            ids.append(choose(way.sampler, self._logits(ids, 1, len(prompt))[0], ids, len(prompt), generator))
            text += self.model.vocabulary.bytes(ids[-1])
            if ids[-1] in ends or first_of(text, way.until) is not None:
                break
        return way.cut(str(self.model.tokenizer.decode(ids[len(prompt) :], skip_special_tokens=True)))

    @torch.inference_mode()
    def _logits(self, ids: Sequence[int], last: int, n_prompt: int) -> Float[Tensor, "pos d_vocab"]:
        """Of the last positions."""
        run = Run(n_prompt, width=len(ids), constants=self._constants)
        with RUNNING, hooked(self.model, edit_hooks(self.model, self.interventions, run)):
            logits = self.model.hf(torch.tensor([list(ids)]), use_cache=False, logits_to_keep=last).logits[0]
        run.check_fired()
        if not logits.isfinite().all():
            raise NotFiniteError("The model’s logits are not finite.", "Take back what was changed in it.")
        return logits


def reader(model: Model, interventions: tuple[Intervention, ...] = (), progress: Progress = silent) -> Reader:
    """What reads the model under interventions.

    Raises BadRequestError for one that acts at a single position, which each item has elsewhere, and for one that does
    not fit the model; NotApplicableError where the explorer's own decoder does not know the model.
    """
    changed = under(model, TraceKey(model.name, "", interventions=interventions), progress)
    inside = tuple(each for each in interventions if each.site != "weights")
    if not inside:
        return Shared(changed)
    dims = model.dims
    for each in inside:
        if getattr(each, "position", None) is not None:
            raise BadRequestError(
                f"“{each.text[:60]}” acts at one position, and each item has other words there.",
                "Take one that acts at all positions.",
            )
        each.check(Limits(dims.n_layers, dims.n_heads, dims.d_vocab, dims.n_ctx, dims.n_experts))
    return Hooked(changed, inside)
