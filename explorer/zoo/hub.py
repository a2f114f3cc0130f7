"""A whole repository of a model hub: only settings, tokenizer and safetensors are downloaded, so nothing in it can
run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from explorer.errors import SourceMissingError, UnknownModelError
from explorer.fetching.progress import Progress, silent
from explorer.zoo.sources import hub_offline, hub_reachable

ALLOWED = ["*.json", "*.jinja", "*.safetensors", "*.model", "merges.txt", "vocab.txt"]
"""No *.py and no pickles."""
LONGEST_SETTINGS = 200_000


def settings(name: str) -> str:
    """The config.json of `owner/name`, nothing else of it. Raises what `snapshot` raises."""
    path = snapshot(name, files=["config.json"]) / "config.json"
    if not path.is_file() or path.stat().st_size > LONGEST_SETTINGS:
        raise SourceMissingError(f"{name} has no config.json that the explorer can read.", "Paste it instead.")
    return path.read_text("utf-8", "replace")


def snapshot(name: str, progress: Progress = silent, files: Sequence[str] = ALLOWED) -> Path:
    """The local folder of `owner/name[@revision]`, downloaded if the hub answers, else as it was downloaded before."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    repo, _, revision = name.partition("@")
    wanted = {"revision": revision or None, "allow_patterns": list(files), "ignore_patterns": ["*/*"]}
    progress(f"Asking the hub for {repo}", 0, 0)
    online = hub_reachable()
    try:
        return Path(snapshot_download(repo, local_files_only=not online, **wanted))
    except GatedRepoError as error:
        raise SourceMissingError(
            f"{repo} is available only to people who have accepted its terms.",
            "Accept them on the model's page and log in with `hf auth login`.",
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise UnknownModelError(f"The hub has no {name}.", "Check the spelling: owner/name, as on its page.") from error
    except Exception as error:  # the hub's client raises a dozen unrelated kinds
        if online:
            raise SourceMissingError(
                f"The hub did not give {name} ({type(error).__name__}: {str(error)[:200]}).", "Try again, or later."
            ) from error
        why = "HF_HUB_OFFLINE is set" if hub_offline() else "the hub cannot be reached"
        raise SourceMissingError(
            f"{name} is not on this machine, and {why}.",
            "Choose a model of the shelf (`python -m explorer models`), or give a local folder or .gguf file.",
            name=name,
        ) from error
