"""What a mixture is trained on here: the texts that the shelf's own models were trained on, and passages held out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.corpora import passages, texts
from explorer.errors import ExplorerError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.training import recipe as recipes
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.stack.pretraining.batches import WindowCourse
    from explorer.stack.transformer.decoder import Decoder

#: The dense model of the shelf, its recipe and its tokenizer.
DENSE = "six-kinds-dense"
#: "texts" are fetched with their packages; "passages" are at hand, few, and read again and again.
KINDS = ("texts", "passages")
#: Of each text, so that it is read within seconds.
CHARACTERS = 100_000
#: Excerpts of each kind that are trained on, where the passages are all there is.
TRAINED_ON = 6
#: Held-out windows of each kind.
MEASURED = 4
N_CTX, ROWS = 128, 4


def course(
    encode: Callable[[str], list[int]], kind: str, seed: int, progress: Progress = silent, rows: int = ROWS,
    measured: int = MEASURED,
) -> WindowCourse:  # fmt: skip
    """Windows of the six kinds, drawn as often as the shelf's recipe draws them; no model here was trained on what is
    held out. A document begins with the id 0. Raises NotApplicableError where the texts cannot be had."""
    from explorer.stack.pretraining.batches import Batches, WindowCourse

    recipe = recipes.read(shelf_folder() / DENSE / "recipe.toml")
    all_passages, weights = passages.read(), {}
    streams: dict[str, Tensor] = {}
    held: dict[str, Tensor] = {}
    for done, each in enumerate(all_passages):
        progress("Texts read", done, len(all_passages))
        excerpts = [one.text for one in each.excerpts]
        weights[each.kind] = recipe.data.texts[each.name]
        if kind == "texts":
            streams[each.kind], rest = _stream(encode, _documents(each.name, progress)), excerpts
        else:
            streams[each.kind], rest = _stream(encode, excerpts[:TRAINED_ON]), excerpts[TRAINED_ON:]
        held[each.kind] = _stream(encode, rest)
    return WindowCourse(Batches(streams, weights, N_CTX, rows, seed), held, measured)


def _documents(name: str, progress: Progress) -> list[str]:
    try:
        loaded = texts.load(name, progress)
    except ExplorerError as error:
        raise NotApplicableError(
            f"The text “{name}” cannot be fetched: {error.message}", "Choose the passages: they are at hand."
        ) from error
    return texts.evenly(list(loaded.documents), CHARACTERS)


def _stream(encode: Callable[[str], list[int]], documents: list[str]) -> Tensor:
    import torch

    return torch.tensor([token for each in documents for token in (0, *encode(each))], dtype=torch.int32)


def windows(course: WindowCourse) -> Tensor:
    """The held-out windows of all kinds, [row pos]."""
    import torch

    from explorer.stack.pretraining.batches import held_out_windows

    n_ctx = course.batches.n_ctx
    return torch.cat([held_out_windows(each, n_ctx, course.measured) for each in course.held.values()])


def held_loss(model: Decoder, course: WindowCourse) -> float:
    """Nats a token on what is held out, every kind with an equal say."""
    import torch

    with torch.no_grad():
        found = course.losses(model)
    return sum(found.values()) / len(found)
