"""What differs between the architectures that are trained here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from explorer.stack.architectures.t5 import T5
    from explorer.stack.frontier.state_spaces.model import StateSpaceModel
    from explorer.stack.pretraining.batches import Course
    from explorer.stack.pretraining.train import Evaluation, Progress
    from explorer.stack.transformer.decoder import Decoder
    from explorer.training.folder import Written


@dataclass(frozen=True)
class Plan:
    """One run, ready to begin."""

    tokenizer: Tokenizer
    model: Decoder | T5 | StateSpaceModel
    course: Course[Any]
    """What the model sees at each step, and how it is measured."""
    written: Callable[[Progress, Evaluation], Written]
    """What its folder says of it at the end."""
    lines: tuple[str, ...] = ()
    """Said at the start."""
