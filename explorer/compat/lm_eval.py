"""lm-eval: the scoring of token ids alone, without the reading of texts.

`HFLM.loglikelihood` takes texts and encodes them; what is timed against it here are the passes over given ids. Until
lm-eval scores ids by a public name (0.4 does not).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lm_eval.models.huggingface import HFLM  # pyright: ignore[reportMissingImports]

#: (texts, for its cache's key), ids of the context, ids of the continuation
Ids = tuple[tuple[str, str], list[int], list[int]]


def of_ids(harness: HFLM, requests: Sequence[Ids]) -> list[float]:
    """log p(continuation | context), nats."""
    found = harness._loglikelihood_tokens(list(requests), disable_tqdm=True)  # pyright: ignore[reportAttributeAccessIssue]
    return [value for value, _ in found]
