"""A model's card, from the model itself: it is opened once, and what the card says of it is what was found."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from explorer import zoo
from explorer.errors import BadRequestError
from explorer.fetching.cache import sha256_of
from explorer.fetching.progress import Progress, silent
from explorer.zoo.card import Folder, Hub, Source, Weights, read_card, shelf_folder

UNSAID = "not stated"


def new_model(
    name: str,
    source: Path | None = None,
    hub: str | None = None,
    licence: str | None = None,
    summary: str | None = None,
    progress: Progress = silent,
) -> Path:
    """Write `models/<name>/model.toml` for a folder in transformers' layout or a GGUF file, and return its path.

    Without a source the weights lie in `models/<name>` itself. A GGUF file is fetched by others from `hub`, an
    "owner/name" that holds it. Where no licence is stated, the model is one that a person has to ask for by name.
    Raises BadRequestError for a name or a source that will not do, and what `zoo.load` raises.
    """
    path = shelf_folder() / name / "model.toml"
    _check(name, path)
    weights = (source or path.parent).expanduser().resolve()
    gguf = weights.suffix.lower() == ".gguf"
    if not (weights.is_file() if gguf else (weights / "config.json").is_file()):
        raise BadRequestError(
            f"{weights} holds no model: neither a .gguf file nor a folder with a config.json.", "Say --from PATH."
        )
    if gguf and hub is None:
        raise BadRequestError(
            "A card says where a GGUF file is fetched from.", "Say --hub owner/name, the repository that holds it."
        )
    model = zoo.load(str(weights), progress)
    folder = model.card.folder
    assert folder is not None, "a model that was brought lies in a folder"
    found: Source = Hub(hub, weights.name) if gguf and hub else Folder(weights)
    size = f"{model.dims.parameters / 1e6:,.1f} M parameters in {model.dims.n_layers} layers"
    said = licence or (_licence(weights) if gguf else None)
    fields: dict[str, object] = {
        "name": name,
        "title": name,
        "summary": summary or f"{model.card.architecture}, {size}.",
        "architecture": model.card.architecture,
        "kind": model.card.kind,
        "parameters": model.dims.parameters,
        "licence": said or UNSAID,
        "opt_in": said is None,
        "chat": model.card.chat,
        "weights_note": model.card.weights_note,
        **({} if model.card.weight_bits is None else {"weight_bits": model.card.weight_bits}),
        "download_bytes": weights.stat().st_size if gguf else 0,
        "disk_bytes": sum(each.stat().st_size for each in folder.glob("*.safetensors")),
    }
    return _write(path, _text(fields, _weights(weights), found, path.parent))


def _check(name: str, path: Path) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name) or len(name) > 60:
        raise BadRequestError(
            f"“{name[:80]}” is no name for a model.", "Small letters, digits, - and ., as in smollm2-135m."
        )
    if path.exists():
        raise BadRequestError(f"{name} has a card already: {path}.", "Edit it, or choose another name.")


def _licence(gguf: Path) -> str | None:
    from explorer.zoo.gguf_header import read_header

    said = read_header(gguf).settings.get("general.license")
    return said if isinstance(said, str) and said else None


def _weights(weights: Path) -> Weights | None:
    """The one file that every source must yield; a folder of several files has none."""
    files = [weights] if weights.is_file() else sorted(weights.glob("*.safetensors"))
    if len(files) != 1:
        return None
    return Weights(files[0].name, files[0].stat().st_size, sha256_of(files[0]))


def _text(fields: Mapping[str, object], weights: Weights | None, source: Source, home: Path) -> str:
    """The card, as it is written by hand."""
    parts = [_table(fields)]
    if weights is not None:
        parts.append("[weights]\n" + _table(vars(weights)))
    said = {"kind": source.kind}
    if isinstance(source, Hub):
        said |= {"repo": source.repo, "file": source.file, "revision": source.revision}
    elif isinstance(source, Folder) and source.path != home.resolve():
        said["path"] = str(source.path)
    parts.append("[[sources]]\n" + _table(said))
    return "\n".join(parts)


def _table(fields: Mapping[str, object]) -> str:
    """TOML, whose texts, numbers and truth values are those of JSON.

    >>> _table({"title": "A “b”", "chat": True, "parameters": 12})
    'title = "A “b”"\\nchat = true\\nparameters = 12\\n'
    """
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields.items())


def _write(path: Path, text: str) -> Path:
    """A card that can be read, or none."""
    new = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_text(text, encoding="utf-8")
        read_card(path)
    except BaseException:
        path.unlink(missing_ok=True)
        if new:
            path.parent.rmdir()
        raise
    return path
