"""Trace: one run made visible: its recording, and what is read from it, each result made once and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.references import DEFAULT, Over
from explorer.tracing.derived import attribution, head_scores, lens
from explorer.tracing.on_demand import OnDemand
from explorer.tracing.recording import Recording, Step, Token

__all__ = ["Step", "Token", "Trace"]

#: Positions whose logits at every depth are kept once read (6 MB each for the default model).
LENS_POSITIONS = 4


@dataclass(frozen=True, eq=False)
class Trace(Recording):
    """Everything that a run computed, and what it means. Made by `explorer.tracing.capturing.capture`."""

    def logit_lens(self, k: int = 5, sublayers: bool = False) -> lens.LogitLens:
        """What the stream would answer if it ended at each depth, at every position: the k likeliest tokens."""
        return self._kept.cached(("lens", k, sublayers), lambda: lens.logit_lens(self, k, sublayers))

    def lens_columns(
        self, window: range, k: int, first: int
    ) -> tuple[Int[Tensor, "depth pos k"], Float[Tensor, "depth pos k"]]:
        """(ids, probabilities) of the lens at positions side by side; those that were read before are not read again.
        All that it says at the position `first` is kept: its rank is asked for next."""
        k = min(k, self.dims.d_vocab)
        known = self._kept.cached(
            ("columns", k), lambda: lens.Columns.none(self.dims.n_layers + 1, len(self.tokens), k)
        )
        missing = sorted((each for each in window if not known.read[each]), key=lambda each: each != first)
        if missing:
            found = self.lens_window(missing, k, keep=missing[0] == first)
            known.ids[:, missing], known.probabilities[:, missing] = found
            known.read[missing] = True
        here = slice(window.start, window.stop)
        return known.ids[:, here], known.probabilities[:, here]

    def lens_window(
        self, positions: list[int], k: int, keep: bool
    ) -> tuple[Int[Tensor, "depth pos k"], Float[Tensor, "depth pos k"]]:
        """`keep`: all logits of the first position, for `lens_logits`."""
        stream = lens.depths(self, positions).transpose(0, 1)  # pos depth d_model
        whole = torch.empty(stream.shape[1], self.dims.d_vocab) if keep else None
        ids, probabilities = lens.likeliest(self, stream, k, whole)
        if whole is not None:
            self._kept.cached(("logits", positions[0]), lambda: whole, LENS_POSITIONS)
        return ids.transpose(0, 1), probabilities.transpose(0, 1)

    def lens_logits(self, pos: int) -> Float[Tensor, "depth d_vocab"]:
        """All logits at every depth of one position."""
        return self._kept.cached(("logits", pos), lambda: lens.lens_logits(self, pos), LENS_POSITIONS)

    def lens_at(self, pos: int, k: int = 5) -> lens.LogitLens:
        """The lens of one position (its `pos` axis has length 1)."""
        return self._kept.cached(("lens at", pos, k), lambda: lens.lens_at(self, pos, self.lens_logits(pos), k))

    def rank(self, pos: int, token: int) -> Int[Tensor, " depth"]:
        """The token's place among all at every depth; 1 is the likeliest."""
        return self._kept.cached(("rank", pos, token), lambda: lens.rank(self.lens_logits(pos), token))

    def probability(self, pos: int, token: int) -> Float[Tensor, " depth"]:
        """The token's probability at every depth, float64."""
        total = self._kept.cached(("totals", pos), lambda: lens.totals(self.lens_logits(pos)))
        return self._kept.cached(
            ("probability", pos, token), lambda: lens.probability(self.lens_logits(pos), total, token)
        )

    def answer(self, pos: int) -> int:
        """The id of the likeliest next token at a position; of a long run as it was read."""
        return int(self.logits[pos].argmax()) if self.witness is None else int(self.witness.ids[pos, 0])

    def likeliest(self, k: int) -> tuple[Int[Tensor, "pos k"], Float[Tensor, "pos k"]]:
        """(ids, probabilities) of the k likeliest next tokens at every position: the model's own answer."""
        seen = self.witness
        if seen is not None and k <= seen.ids.shape[1]:
            return seen.ids[:, :k], seen.probabilities[:, :k]
        return self._kept.cached(("likeliest", k), lambda: lens.largest(self.logits, min(k, self.dims.d_vocab)))

    def attribution(self, pos: int, token: int, over: Over = DEFAULT) -> attribution.Attribution:
        """What every part of the model adds at this position to the token's lead over a reference (see `baseline`)."""
        kept = self._kept.cached(
            ("attribution", pos, token, over), lambda: attribution.attribute(self, [pos], [token], over)[0]
        )
        return replace(kept, _run=self)

    def attributions(
        self, positions: Sequence[int], tokens: Sequence[int], over: Over = DEFAULT
    ) -> list[attribution.Attribution]:
        """`attribution` of many positions, each with its own token, at once: not kept."""
        return [replace(each, _run=self) for each in attribution.attribute(self, positions, tokens, over)]

    def head_scores(self) -> head_scores.HeadScores:
        """How much each head looks at the token before, at the first token, and how widely it looks."""
        seen = self.witness
        if seen is not None:
            return head_scores.mean_scores(seen.previous, seen.first, seen.entropy_bits)
        return self._kept.cached("head scores", lambda: head_scores.score_heads(self.pattern))

    @property
    def nbytes(self) -> int:
        """Bytes of memory that this trace holds, derived results included, the model's weights not."""
        kept: list[object] = []
        for each in self._kept.results():
            parts = each if isinstance(each, tuple) else [each] if isinstance(each, Tensor) else vars(each).values()
            kept += parts
        more = _storages(kept)
        return sum(self._recorded.values()) + sum(more[at] for at in more.keys() - self._recorded.keys())

    @cached_property
    def _recorded(self) -> dict[int, int]:
        """The memory of the recording itself, which never changes: a server asks for it after each picture."""
        own: list[object] = [*vars(self).values(), *self.measured.values(), *self.edits.values()]
        own += [*self.constants.values(), *(step.logits for step in self.steps)]
        own += [part for rotation in self.rotations for part in (rotation.cos, rotation.sin)]
        return _storages(own + ([] if self.witness is None else [*vars(self.witness).values()]))


def _storages(found: Iterable[object]) -> dict[int, int]:
    """Where the memory of the tensors among these lies, and its bytes; of one that is made on demand there is none."""
    tensors = (each for each in found if isinstance(each, Tensor) and not isinstance(each, OnDemand))
    return {(storage := each.untyped_storage()).data_ptr(): storage.nbytes() for each in tensors}
