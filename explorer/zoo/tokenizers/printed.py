"""What `python -m explorer tokenize` reads and prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import orjson

from explorer.errors import BadRequestError
from explorer.fetching.progress import TerminalProgress
from explorer.stack.tokenization.text import utf8
from explorer.zoo.tokenizers.shelf import find_any


def text_of(text: str | None, file: Path | None) -> bytes:
    """The bytes that were asked for: of the argument, of the file, or of standard input where the text is "-".

    Raises BadRequestError where there is none, or more than one, or the file cannot be read.
    """
    if (text is None) == (file is None):
        raise BadRequestError(
            "Give a text or a file, one of the two.", 'For example: python -m explorer tokenize gpt2 "Hello world"'
        )
    if file is not None:
        try:
            return file.read_bytes()
        except OSError as error:
            raise BadRequestError(f"{file} cannot be read: {error.strerror}.", "Give a file of text.") from error
    if text == "-":
        return sys.stdin.buffer.read()
    try:
        return os.fsencode(text or "")  # what a shell gave that is no UTF-8, as it was
    except UnicodeEncodeError:
        return utf8(text or "")


def printed(name: str, text: bytes, offsets: bool = False, special: bool = False, frame: bool = False) -> str:
    """The ids as JSON, `[15496, 995]`; with `offsets` an object that also says where each token lies: `offsets` in
    characters, `bytes` in bytes of UTF-8, each from a begin up to an end."""
    progress = TerminalProgress()
    try:
        tokenizer = find_any(name, progress)
    finally:
        progress.close()
    found = tokenizer.encode(text, allowed=frozenset(tokenizer.specials) if special else (), frame=frame)
    if not offsets:
        return orjson.dumps(found.ids, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    table = {
        "ids": found.ids,
        "offsets": np.ascontiguousarray(np.stack(found.characters(text), axis=1)),
        "bytes": np.ascontiguousarray(np.stack([found.starts, found.ends], axis=1)),
    }
    return orjson.dumps(table, option=orjson.OPT_SERIALIZE_NUMPY).decode()
