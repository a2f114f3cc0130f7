"""From a name to a loaded model: what the name means, where its files are, and the load itself."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from explorer.errors import ExplorerError, SourceMissingError, UnsupportedModelError, WeightsDamagedError
from explorer.fetching import cache
from explorer.fetching.progress import Progress, silent
from explorer.zoo.card import STATE_SPACES, Card, Folder, companion_cards, shelf, unknown
from explorer.zoo.config_settings import why
from explorer.zoo.hub import snapshot
from explorer.zoo.json_file import Table
from explorer.zoo.made_models import Change, located
from explorer.zoo.model import Dims, Model, stop_ids
from explorer.zoo.placement import Placement

if TYPE_CHECKING:
    import torch
    from transformer_lens.model_bridge import TransformerBridge
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from explorer.stack.systems.quantization.format import Packed
    from explorer.zoo.own_runner import OwnRunner
    from explorer.zoo.safetensors_header import Entry

AGAIN = "Check the repository out again, or install the package again."
T = TypeVar("T")
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", re.ASCII)


def converted_folder(card: Card) -> Path | None:
    """Where the card's safetensors lie or will lie; None for a card without a source."""
    if card.folder is not None:
        return card.folder
    return cache.model_folder(card.name, card.weights.sha256) if card.weights else None


def is_cached(card: Card) -> bool:
    """Whether the card's model can be loaded without fetching anything."""
    folder = converted_folder(card)
    if folder is None:
        return False
    if card.folder is not None:
        return (folder / "config.json").is_file()
    return cache.damage(folder, thorough=False) is None


def fetch(card: Card, progress: Progress = silent) -> Path:
    """Make the card's model ready to load, and mend it if it was damaged; returns its folder.

    Fetches the weights from the first source that yields them, verifies them by sha256 and converts them once.
    """
    from explorer.zoo.conversion import convert
    from explorer.zoo.sources import obtain

    if card.folder is not None:
        return card.folder
    folder = converted_folder(card)
    if folder is None or card.weights is None:
        raise SourceMissingError(f"The card of {card.name} names no source.", "Add [[sources]] to its model.toml.")
    with cache.locked(card.name):
        if cache.damage(folder) is None:
            return folder
        return convert(card, obtain(card, progress), card.weights.sha256, folder, progress)


def load_model(name: str, progress: Progress = silent, placement: Placement | None = None) -> Model:
    """Load what `name` means: a shelf name, a model that is made here (`made_names`), a folder, a .gguf file, or a hub
    repository owner/name[@revision]."""
    if (made := located(name, progress, shelf_model_folder)) is not None:
        return open_folder(name, made.card, made.folder, progress, placement, made.change)
    card, folder = _locate(name, progress)
    return open_folder(name, card, folder, progress, placement)


def _locate(name: str, progress: Progress) -> tuple[Card | None, Path]:
    cards = shelf()
    if name in cards:
        return cards[name], shelf_model_folder(cards[name], progress)
    if companion := companion_cards().get(name):
        raise UnsupportedModelError(
            f"{companion.title} is not a causal language model: it is of the kind “{companion.kind}”.",
            f"Choose one of the shelf: {', '.join(cards)}.",
        )
    path = Path(name).expanduser() if "\x00" not in name and name.strip() else None
    try:
        if path is not None and path.is_file() and path.suffix.lower() == ".gguf":
            return None, _from_gguf(path.resolve(), progress)
        if path is not None and path.is_dir():
            return None, path.resolve()
        missing = path is None or path.suffix.lower() == ".gguf" or path.is_absolute() or path.exists()
    except OSError:  # e.g. a name of 100,000 characters
        missing = True
    if missing or not HUB_NAME.fullmatch(name) or ".." in name:
        raise unknown(name)
    return None, snapshot(name, progress)


def shelf_model_folder(card: Card, progress: Progress = silent) -> Path:
    """The folder of a card's model, looked over; fetched if it is missing and not optional."""
    if card.folder is not None:
        _check_own_weights(card, card.folder)
        return card.folder
    folder = converted_folder(card)
    if folder is not None and folder.is_dir():
        if problem := cache.damage(folder):
            raise WeightsDamagedError(
                f"The cached weights of {card.name} are damaged: {problem}.",
                f"Run `python -m explorer fetch {card.name}` to make them again.",
                folder=str(folder),
            )
        return folder
    check_asked_for(card)
    return fetch(card, progress)


def check_asked_for(card: Card) -> None:
    """Raises SourceMissingError for a card that is fetched only when asked for by name, and was not."""
    folder = converted_folder(card)
    if card.opt_in and (folder is None or not folder.is_dir()):
        raise SourceMissingError(
            f"{card.title} is optional and is not downloaded. Licence: {card.licence} ({card.licence_url}).",
            f"If you accept it, run `python -m explorer fetch {card.name}` ({card.download_bytes / 1e6:.0f} MB).",
            fetch=card.name,
            megabytes=round(card.download_bytes / 1e6),
        )


def _check_own_weights(card: Card, folder: Path) -> None:
    """A model of the project's own: small enough to hash on every load."""
    weights = card.weights
    if weights is None:
        return
    path = folder / weights.file
    if not path.is_file():
        raise SourceMissingError(f"{weights.file} of {card.name} is missing.", AGAIN)
    if path.stat().st_size != weights.bytes or cache.sha256_of(path) != weights.sha256:
        raise WeightsDamagedError(f"{weights.file} of {card.name} was cut or altered.", AGAIN)


def _from_gguf(path: Path, progress: Progress) -> Path:
    from explorer.zoo.gguf_file import REVISION, check_gguf, convert

    check_gguf(path)  # before a file that may be a terabyte of nothing is hashed
    sha256 = cache.sha256_of(path)
    stem = re.sub(r"[^\w.-]", "_", path.stem)
    folder = cache.model_folder(f"{stem}-r{REVISION}", sha256)
    with cache.locked(folder.name):
        return folder if cache.damage(folder) is None else convert(path, sha256, folder, progress)


def open_folder(
    name: str,
    card: Card | None,
    folder: Path,
    progress: Progress = silent,
    placement: Placement | None = None,
    change: Change | None = None,
) -> Model:
    """Load a transformers folder and put the bridge on it; `change` acts on the weights before anything is computed.
    Raises an ExplorerError rather than return half a model."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from explorer.zoo.fit import check_loaded, check_tokenizer
    from explorer.zoo.model_folder import check_folder, check_safetensors, weight_files
    from explorer.zoo.quiet import quiet
    from explorer.zoo.reference import Reference, sample_ids
    from explorer.zoo.unmapped import named_tensors, unmapped
    from explorer.zoo.verdict import NAMES, Verdict, fingerprint_of
    from explorer.zoo.vocabulary import Vocabulary

    placed = placement or Placement.read().found()
    config = check_folder(folder)
    entries = check_safetensors(folder)
    shapes = {key: entry.shape for key, entry in entries.items()}
    local: Table = {"local_files_only": True, "trust_remote_code": False}
    with quiet(), unmapped(weight_files(folder)), named_tensors(name):
        progress("Loading the weights", 0, 2)
        tokenizer = _or_error(name, config, lambda: AutoTokenizer.from_pretrained(folder, **local))
        loaded = _or_error(
            name,
            config,
            lambda: AutoModelForCausalLM.from_pretrained(
                folder,
                attn_implementation="eager",
                dtype=placed.torch_dtype,
                use_safetensors=True,
                output_loading_info=True,
                **local,
            ),
        )
        hf, report = cast("tuple[PreTrainedModel, Table]", loaded)
        check_loaded(name, hf, report, shapes)
        check_tokenizer(name, tokenizer, hf.get_input_embeddings())
        _or_error(name, config, lambda: hf.eval().requires_grad_(False).to(placed.device))
        hf.config.architectures = config["architectures"]
        changed = change(hf, progress) if change is not None else ""
        vocabulary = Vocabulary(tokenizer)
        dims, weights = Dims.of(hf), dict(hf.state_dict())
        verdict, reference = Verdict(fingerprint_of(folder, card, placed, changed)), None
        if not verdict.knows(*NAMES):
            reference = Reference.of(hf, sample_ids(vocabulary, dims.d_vocab, stop_ids(hf, tokenizer)))
        progress("Preparing the model", 1, 2)
        bridge = _or_error(name, config, lambda: _runner(str(folder), hf, tokenizer, placed))
    progress("Ready", 2, 2)
    made = card or _card_of(name, folder, config, dims, entries, vocabulary.has_chat, placed.dtype)
    return Model(name, made, hf, tokenizer, bridge, vocabulary, dims, reference, verdict, weights, placed)


def on_weights(
    model: Model, weights: Mapping[str, torch.Tensor], edits: tuple[str, ...], packed: Mapping[str, Packed]
) -> Model:
    """A copy of a loaded model on other weights: its own modules and bridge, everything else shared."""
    import torch
    from transformers.initialization import no_init_weights

    from explorer.compat.transformers import without_weights
    from explorer.zoo.quiet import quiet

    with quiet(), torch.inference_mode(False):
        with no_init_weights():
            config = copy.deepcopy(model.hf.config)
            hf = without_weights(type(model.hf), config, model.placement.torch_dtype)
        hf.load_state_dict(weights, assign=True)
        hf.tie_weights()
        hf.eval().requires_grad_(False)
        hf.generation_config = model.hf.generation_config
        bridge = _runner(model.hf.config.name_or_path, hf, model.tokenizer, model.placement)
    return replace(
        model, hf=hf, bridge=bridge, weights=dict(weights), loaded=model.original, edits=edits, packed=packed
    )


def _runner(
    folder: str | None, hf: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, placed: Placement
) -> TransformerBridge | OwnRunner:
    """What the model is traced through: the explorer's own decoder and a state-space model by themselves, any other
    through the bridge."""
    from transformer_lens.model_bridge import TransformerBridge

    from explorer.zoo.decoder_runner import DecoderRunner
    from explorer.zoo.own_decoder import ExplorerForCausalLM

    if isinstance(hf, ExplorerForCausalLM):
        return DecoderRunner(hf)
    if hf.config.model_type in STATE_SPACES:
        from explorer.zoo.state_space_runner import StateSpaceRunner

        return StateSpaceRunner(hf)
    return TransformerBridge.boot_transformers(
        folder, hf_model=hf, tokenizer=tokenizer, device=placed.device, dtype=placed.torch_dtype
    )


def _or_error(name: str, config: Mapping[str, object], step: Callable[[], T]) -> T:
    """Run one step of the load; anything that it raises becomes an error that a person can read."""
    try:
        return step()
    except ExplorerError:
        raise
    except MemoryError as error:
        raise UnsupportedModelError(f"{name} does not fit in memory.", "Choose a smaller model.") from error
    except Exception as error:  # transformers and the bridge raise whatever their inner layers raise
        # Whatever safetensors itself refuses is the file's fault, everything else the architecture's.
        kind = WeightsDamagedError if "safetensor" in f"{type(error)}{error}".lower() else UnsupportedModelError
        raise kind(
            f"{name} could not be loaded: {why(error, config)}.",
            "Fetch or copy it again; if that does not help, the explorer does not support this model.",
        ) from error


def _card_of(
    name: str, folder: Path, config: Table, dims: Dims, entries: Mapping[str, Entry], chat: bool, dtype: str
) -> Card:
    """A card for a model that a person brought."""
    from explorer.zoo.gguf_header import read_header
    from explorer.zoo.weight_bits import bits_of, type_of_gguf, type_of_safetensors

    if name.lower().endswith(".gguf"):  # the folder is its conversion, in float32
        kind = type_of_gguf(read_header(Path(name).expanduser()))
        note = f"GGUF weights (mostly {kind}), opened as {dtype}"
    else:
        kind = type_of_safetensors(entries)
        stored = str(config.get("dtype") or config.get("torch_dtype") or "float32")
        note = f"{stored} weights, computed in {dtype}"
    experts = config.get("num_local_experts") or config.get("num_experts") or 0
    return Card(
        name=name,
        title=Path(name).name or folder.name,
        summary="A model that you brought.",
        architecture=config["architectures"][0],
        parameters=dims.parameters,
        licence="see the model's own page",
        weights_note=note,
        weight_bits=bits_of(kind),
        sources=(Folder(folder),),
        chat=chat,
        kind="moe" if experts else "dense",
    )
