"""What is trained on here, live: the texts that the shelf's own models were trained on, and passages held out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from explorer.corpora import passages, texts
from explorer.errors import ExplorerError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.training import recipe as recipes
from explorer.zoo.card import shelf, shelf_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

    from explorer.stack.pretraining.batches import WindowCourse

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


@runtime_checkable
class Encodes(Protocol):
    """A vocabulary, as far as it is needed here: 0 stands between documents."""

    def encode(self, text: str, /) -> list[int]: ...


class Bytes:
    """Each byte of UTF-8 a token: no text holds a 0."""

    #: Ids that there are.
    d_vocab = 256

    def encode(self, text: str, /) -> list[int]:
        """
        >>> Bytes().encode("né")
        [110, 195, 169]
        """
        return list(text.encode())

    @staticmethod
    def tokenizer() -> Tokenizer:
        """The same as transformers reads it: a byte-level BPE without merges.

        >>> Bytes.tokenizer().encode("né").ids
        [110, 195, 169]
        """
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers

        made = Tokenizer(models.BPE(vocab=byte_alphabet(), merges=[]))
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        made.decoder = decoders.ByteLevel()
        return made


def tokenizer_of(model: str) -> Tokenizer:
    """The tokenizer of a model of the shelf whose weights lie beside its card."""
    from tokenizers import Tokenizer

    folder = shelf()[model].folder
    assert folder is not None
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def course(
    vocabulary: Encodes,
    kind: str,
    seed: int,
    progress: Progress = silent,
    *,
    rows: int = ROWS,
    measured: int = MEASURED,
    characters: int = CHARACTERS,
) -> WindowCourse:
    """Windows of the six kinds, drawn as often as the shelf's recipe draws them; no model here was trained on what is
    held out; of each text so many characters. Raises NotApplicableError where the texts cannot be had."""
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
            streams[each.kind], rest = _stream(vocabulary, _documents(each.name, characters, progress)), excerpts
        else:
            streams[each.kind], rest = _stream(vocabulary, excerpts[:TRAINED_ON]), excerpts[TRAINED_ON:]
        held[each.kind] = _stream(vocabulary, rest)
    return WindowCourse(Batches(streams, weights, N_CTX, rows, seed), held, measured)


def _documents(name: str, characters: int, progress: Progress) -> list[str]:
    try:
        loaded = texts.load(name, progress)
    except ExplorerError as error:
        raise NotApplicableError(
            f"The text “{name}” cannot be fetched: {error.message}", "Choose the passages: they are at hand."
        ) from error
    return texts.evenly(list(loaded.documents), characters)


def _stream(vocabulary: Encodes, documents: list[str]) -> Tensor:
    import torch

    return torch.tensor([token for each in documents for token in (0, *vocabulary.encode(each))], dtype=torch.int32)
