"""A beam search as a picture: its tree in columns, one a step, and where greedy decoding left the beam."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int32, UInt8

from explorer.experiments.inference.decoding.beam_search import BeamOpening, BeamRun
from explorer.figures.payload import Payload
from explorer.stack.inference.decoding.beam_search import BeamSearch

#: What became of a node, as a number for the page.
FATES = {"pruned": 0, "kept": 1, "finished": 2}


@dataclass(frozen=True, kw_only=True)
class BeamNodes:
    """The tree, one array a field, in the order in which the nodes were looked at."""

    step: Int32[np.ndarray, " node"]
    parent: Int32[np.ndarray, " node"]
    """-1: the prompt."""
    token: Int32[np.ndarray, " node"]
    group: Int32[np.ndarray, " node"]
    place: Int32[np.ndarray, " node"]
    fate: UInt8[np.ndarray, " node"]
    logprob: Float32[np.ndarray, " node"]
    total: Float32[np.ndarray, " node"]
    score: Float32[np.ndarray, " node"]


@dataclass(frozen=True, kw_only=True)
class BeamText:
    """A whole path."""

    ids: tuple[int, ...]
    nodes: tuple[int, ...]
    logprob: float
    score: float
    ended: Literal["stop", "length"]
    again: float | None
    """Its total from one pass over the whole text, at the end."""


@dataclass(frozen=True, kw_only=True)
class GreedyText:
    """What greedy decoding says to the same prompt."""

    ids: tuple[int, ...]
    totals: tuple[float, ...]
    """The running sum of log-probabilities."""
    nodes: tuple[int, ...]
    """As far as the search looked at it."""


@dataclass(frozen=True, kw_only=True)
class BeamTree(Payload):
    """A search, as far as it has come."""

    n_beams: int
    max_new_tokens: int
    length_penalty: float
    n_groups: int
    diversity: float
    nodes: BeamNodes
    n_steps: int
    texts: tuple[BeamText, ...]
    stopped: tuple[str, ...]
    greedy: GreedyText | None
    """At the end."""
    rows: int
    """How many rows the model computed after the prompt."""
    prompt: int
    changed: bool
    """Whether the run has interventions, which do not act here."""
    opened: BeamOpening | None
    """How the search was chosen; None where it was asked for."""


def picture(made: BeamRun, prompt: int, changed: bool) -> BeamTree:
    """`prompt`: its last token."""
    found, settings = made.found, made.found.settings
    again = made.again or (None,) * len(found.hypotheses)
    greedy = None
    if made.greedy is not None:
        ids = made.greedy.new_ids
        greedy = GreedyText(
            ids=tuple(ids), totals=tuple(accumulate(made.greedy.logprobs)), nodes=tuple(along(found, ids))
        )
    return BeamTree(
        n_beams=settings.n_beams,
        max_new_tokens=settings.max_new_tokens,
        length_penalty=float(settings.length_penalty),
        n_groups=settings.n_groups,
        diversity=float(settings.diversity),
        nodes=tree(found),
        n_steps=found.n_steps,
        texts=tuple(
            BeamText(ids=h.ids, nodes=h.nodes, logprob=h.logprob, score=h.score, ended=h.ended, again=total)
            for h, total in zip(found.hypotheses, again, strict=True)
        ),
        stopped=found.stopped,
        greedy=greedy,
        rows=model_rows(found),
        prompt=prompt,
        changed=changed,
        opened=made.opened,
    )


def places(found: BeamSearch) -> list[int]:
    """Each node's place among its step's and group's candidates, 0 the best: its row in the picture.

    >>> import torch
    >>> from explorer.stack.inference.decoding.beam_search import BeamSettings, search
    >>> row = torch.tensor([0.2, 0.5, 0.3]).log()
    >>> found = search(row, lambda rows, tokens: row.expand(len(rows), -1), BeamSettings(2, 2))
    >>> [(n.token, place) for n, place in zip(found.nodes, places(found), strict=True) if n.step == 0]
    [(1, 0), (2, 1), (0, 2)]
    """
    made: list[int] = [0] * len(found.nodes)
    rows: dict[tuple[int, int], list[int]] = {}
    for number, node in enumerate(found.nodes):
        rows.setdefault((node.step, node.group), []).append(number)
    for members in rows.values():
        for place, number in enumerate(sorted(members, key=lambda n: -found.nodes[n].score)):
            made[number] = place
    return made


def along(found: BeamSearch, ids: Sequence[int]) -> list[int]:
    """The nodes, in the first group, whose path is a beginning of `ids`: as far as the search looked at it.

    The last of them is pruned where the beam gave that text up.
    """
    path: list[int] = []
    for number, node in enumerate(found.nodes):
        next_one = node.step == len(path) < len(ids) and node.token == ids[node.step]
        if next_one and node.group == 0 and node.parent == (path[-1] if path else None):
            path.append(number)
    return path


def tree(found: BeamSearch) -> BeamNodes:
    """The nodes as one array a field, in the order in which they were looked at."""
    nodes = found.nodes
    return BeamNodes(
        step=np.array([n.step for n in nodes], dtype=np.int32),
        parent=np.array([-1 if n.parent is None else n.parent for n in nodes], dtype=np.int32),
        token=np.array([n.token for n in nodes], dtype=np.int32),
        group=np.array([n.group for n in nodes], dtype=np.int32),
        place=np.array(places(found), dtype=np.int32),
        fate=np.array([FATES[n.fate] for n in nodes], dtype=np.uint8),
        logprob=np.array([n.logprob for n in nodes], dtype=np.float32),
        total=np.array([n.total for n in nodes], dtype=np.float32),
        score=np.array([n.score for n in nodes], dtype=np.float32),
    )


def model_rows(found: BeamSearch) -> int:
    """How many rows the model computed after the prompt: each step's kept paths, but the last step's."""
    last = found.n_steps - 1
    return sum(n.fate == "kept" and n.step < last for n in found.nodes)
