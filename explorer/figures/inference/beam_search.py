"""A beam search as a picture: its tree in columns, one a step, and where greedy decoding left the beam."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from explorer.stack.inference.beam_search import BeamSearch

#: What became of a node, as a number for the page.
FATES = {"pruned": 0, "kept": 1, "finished": 2}


def places(found: BeamSearch) -> list[int]:
    """Each node's place among its step's and group's candidates, 0 the best: its row in the picture.

    >>> import torch
    >>> from explorer.stack.inference.beam_search import BeamSettings, search
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


def totals(logprobs: Sequence[float]) -> list[float]:
    """The running sum of log-probabilities.

    >>> totals([-1.0, -0.5])
    [-1.0, -1.5]
    """
    return list(accumulate(logprobs))


def tree(found: BeamSearch) -> dict[str, Any]:
    """The nodes as one array a field, in the order in which they were looked at."""
    nodes = found.nodes
    return {
        "step": np.array([n.step for n in nodes], dtype=np.int32),
        "parent": np.array([-1 if n.parent is None else n.parent for n in nodes], dtype=np.int32),
        "token": np.array([n.token for n in nodes], dtype=np.int32),
        "group": np.array([n.group for n in nodes], dtype=np.int32),
        "place": np.array(places(found), dtype=np.int32),
        "fate": np.array([FATES[n.fate] for n in nodes], dtype=np.uint8),
        "logprob": np.array([n.logprob for n in nodes], dtype=np.float32),
        "total": np.array([n.total for n in nodes], dtype=np.float32),
        "score": np.array([n.score for n in nodes], dtype=np.float32),
    }


def model_rows(found: BeamSearch) -> int:
    """How many rows the model computed after the prompt: each step's kept paths, but the last step's."""
    last = found.n_steps - 1
    return sum(n.fate == "kept" and n.step < last for n in found.nodes)
