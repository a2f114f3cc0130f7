"""Hugging Face's tokenizers on the same vocabulary: the other opinion on every id that is shown.

Where a file is a tokenizer.json, the library reads it itself. From ranks and GGUF files the same vocabulary is written
as one: of ranks, a merge for every way to cut a token in two tokens, in the order of the ids.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.pre_tokenization import Split
from explorer.stack.tokenization.tokenizer import Tokenizer

if TYPE_CHECKING:
    import tokenizers

    from explorer.zoo.tokenizers.contents import Contents

_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}


@dataclass(frozen=True, eq=False)
class Library:
    """A vocabulary in the library, read when it is first asked."""

    make: Callable[[], tokenizers.Tokenizer]

    @cached_property
    def backend(self) -> Any:
        """A `tokenizers.Tokenizer` for which a special token's name in a text is text."""
        made = self.make()
        made.encode_special_tokens = True
        made.no_padding()  # sentence encoders' files cut a text and fill it up
        made.no_truncation()
        return made

    @property
    def name(self) -> str:
        import tokenizers

        return f"tokenizers {tokenizers.__version__}"

    def ids(self, text: str) -> tuple[int, ...]:
        """The ids of a text; nothing is put around it."""
        return tuple(self.backend.encode(text, add_special_tokens=False).ids)

    @classmethod
    def of_the_shelf(cls, name: str) -> Library:
        """The library's own reading of the file that the shelf reads."""
        from explorer.zoo.tokenizers import file_of, find
        from explorer.zoo.tokenizers.shelf import contents

        path = file_of(name)
        if path.suffix == ".json":
            return cls(lambda: _theirs().from_file(str(path)))
        return cls(lambda: written(contents(find(name))))

    @classmethod
    def of_json(cls, described: str) -> Library:
        """The vocabulary that a tokenizer.json describes."""
        return cls(lambda: _theirs().from_str(described))

    @classmethod
    def of_trained(cls, tokenizer: Tokenizer) -> Library | None:
        """A byte-level tokenizer's vocabulary, merges and pattern; None of another kind."""
        model, cut = tokenizer.model, tokenizer.pre_tokenizer
        if not isinstance(model, BytePairs):
            return None
        steps: list[dict[str, Any]] = [_LEVEL]
        if isinstance(cut, Split):
            split = {"type": "Split", "pattern": {"Regex": cut.pattern}, "behavior": "Isolated", "invert": False}
            steps.insert(0, split)
        pipeline = {"pre_tokenizer": {"type": "Sequence", "pretokenizers": steps}}
        return cls(lambda: _byte_level(pipeline, model.tokens, model.merges, model.whole_first))


def _theirs() -> Any:
    from tokenizers import Tokenizer as Theirs

    return Theirs


_EMPTY: dict[str, Any] = dict.fromkeys(("normalizer", "pre_tokenizer", "post_processor", "decoder"))
_EMPTY |= {"version": "1.0", "added_tokens": []}
_PLAIN = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)


def written(contents: Contents) -> tokenizers.Tokenizer:
    """A vocabulary that lies in another kind of file, in the library."""
    # A special token's name in a text is text here, so that the library needs to know of the others alone.
    added = [_PLAIN | each for each in contents.pipeline["added_tokens"] if not each["special"]]
    pipeline = {**contents.pipeline, "added_tokens": added, "post_processor": None}
    settings = {"type": contents.algorithm, **contents.pipeline["model"]}
    if contents.byte_level:
        return _byte_level(pipeline, contents.tokens, contents.merges, bool(settings.get("ignore_merges")))
    names = [token.decode() for token in contents.tokens]
    match contents.algorithm:
        case "BPE":
            settings |= _merged(names, contents.merges)
        case "Unigram":
            assert contents.scores is not None, "a unigram vocabulary has scores"
            settings["vocab"] = list(zip(names, contents.scores.astype(np.float64).tolist(), strict=True))
        case "WordPiece":
            settings["vocab"] = _by_name(names)
    return _theirs().from_str(json.dumps({**_EMPTY, **pipeline, "model": settings}, default=_as_base64))


def _byte_level(
    pipeline: Mapping[str, Any], tokens: Sequence[bytes], merges: np.ndarray | None, whole_first: bool
) -> tokenizers.Tokenizer:
    from tokenizers import models

    vocabulary, listed = _merged(_letters(tokens), merges).values()
    nothing = {"type": "BPE", "vocab": {}, "merges": []}
    made = _theirs().from_str(json.dumps({**_EMPTY, **pipeline, "model": nothing}))
    made.model = models.BPE(vocabulary, listed, ignore_merges=whole_first)  # pyright: ignore
    return made


def _as_base64(blob: Any) -> str:
    """A table of characters, as JSON holds it."""
    return base64.b64encode(bytes(blob)).decode("ascii")


def _by_name(names: Sequence[str]) -> dict[str, int]:
    return {name: i for i, name in reversed(list(enumerate(names))) if name}


def _merged(names: Sequence[str], merges: np.ndarray | None) -> Mapping[str, Any]:
    listed = merges_of_ranks(names) if merges is None else ((names[a], names[b]) for a, b, _ in merges.tolist())
    return {"vocab": _by_name(names), "merges": list(listed)}


def merges_of_ranks(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every way to cut a token in two tokens, in the order of what it makes.

    >>> list(merges_of_ranks(["a", "b", "ab", "aba"]))
    [('a', 'b'), ('ab', 'a')]
    """
    ids = _by_name(names)
    for name in names:
        cuts = ((name[:at], name[at:]) for at in range(1, len(name)))
        known = [(left, right) for left, right in cuts if left in ids and right in ids]
        # Of two ways to make the same token, the one whose parts were there first.
        yield from sorted(known, key=lambda pair: (ids[pair[0]], ids[pair[1]]))


def _letters(tokens: Sequence[bytes]) -> list[str]:
    letters = {byte: letter for letter, byte in byte_alphabet().items()}
    return ["".join(map(letters.__getitem__, token)) for token in tokens]
