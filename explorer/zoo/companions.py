"""Companions of the shelf: models that are no causal language model, opened by name and shared.

    encoder           TextEncoder      reads a text both ways; a vector for each token and for the sentence
    encoder-decoder   SequenceModel    reads a text, writes another, and looks into the first at every step
    vision            VisionEncoder    a vector for a picture and for each of its patches
    speech            SpeechModel      hears a recording and writes its words
    state-space       StateSpace       reads a text and keeps a state of fixed size
    vision-language   SceneReader      answers questions about a picture that a vision encoder has looked at
    cross-encoder     PairReader       reads a question and a passage together; a score for how well they fit

All run on the explorer's own modules in `stack` but speech, which runs on transformers' Moonshine.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import SourceMissingError, UnknownModelError
from explorer.fetching.progress import Progress, silent
from explorer.zoo.card import Card, companion_cards, shelf

if TYPE_CHECKING:
    from explorer.zoo.pair_reader import PairReader
    from explorer.zoo.scene_reader import SceneReader
    from explorer.zoo.sequence_model import SequenceModel
    from explorer.zoo.speech_model import SpeechModel
    from explorer.zoo.state_space import StateSpace
    from explorer.zoo.text_encoder import TextEncoder
    from explorer.zoo.vision_encoder import VisionEncoder

    Companion = TextEncoder | SequenceModel | VisionEncoder | SpeechModel | StateSpace | SceneReader | PairReader

_opened: dict[str, Companion] = {}
_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()


def companion(name: str, progress: Progress | None = None) -> Companion:
    """The companion of that name, opened once and shared by all threads; its weights are fetched when first asked for.

    Raises UnknownModelError for another name, SourceMissingError where the weights cannot be had or are optional and
    were not fetched, WeightsDamagedError where they are not what they should be. A failure leaves nothing behind.
    """
    card = _found(name, companion_cards())
    with _guard:
        lock = _locks.setdefault(name, threading.Lock())
    with lock:
        if name not in _opened:
            _opened[name] = open_card(card, progress or silent)
        return _opened[name]


def check_companion(name: str) -> None:
    """Raises UnknownModelError for no model of that name, here or on the shelf, and SourceMissingError for one that is
    optional and was not fetched. Nothing is fetched or opened."""
    from explorer.zoo.loading import check_asked_for

    check_asked_for(_found(name, companion_cards() | shelf()))


def _found(name: str, cards: Mapping[str, Card]) -> Card:
    if name not in cards:
        raise UnknownModelError(f"There is no companion {name[:120]!r}.", f"There are {', '.join(cards) or 'none'}.")
    return cards[name]


def forget_companion(name: str | None = None) -> None:
    """Drop a companion, or all, from memory."""
    for each in [name] if name else list(_opened):
        _opened.pop(each, None)


def open_card(card: Card, progress: Progress = silent) -> Companion:
    """Open what the card says, from its folder or after fetching it; not shared."""
    from explorer.zoo.loading import shelf_model_folder
    from explorer.zoo.model_folder import check_safetensors

    folder = shelf_model_folder(card, progress)
    check_safetensors(folder)
    progress("Loading the weights", 0, 1)
    opened = _open(card, folder)
    progress("Ready", 1, 1)
    return opened


def _open(card: Card, folder: Path) -> Companion:
    match card.kind:
        case "encoder":
            from explorer.zoo.text_encoder import TextEncoder

            return TextEncoder.open(card, folder)
        case "encoder-decoder":
            from explorer.zoo.sequence_model import SequenceModel

            return SequenceModel.open(card, folder)
        case "vision":
            from explorer.zoo.vision_encoder import VisionEncoder

            return VisionEncoder.open(card, folder)
        case "speech":
            from explorer.zoo.speech_model import SpeechModel

            return SpeechModel.open(card, folder)
        case "state-space":
            from explorer.zoo.state_space import StateSpace

            return StateSpace.open(card, folder)
        case "vision-language":
            from explorer.zoo.scene_reader import SceneReader

            return SceneReader.open(card, folder)
        case "cross-encoder":
            from explorer.zoo.pair_reader import PairReader

            return PairReader.open(card, folder)
        case other:
            raise SourceMissingError(
                f"{card.name} is of kind “{other}”, which the explorer does not open.", "Mend its card."
            )
