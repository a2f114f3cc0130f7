"""The panel's measurements: which decoder is asked, where its direction lies, what the selection was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from explorer.corpora.requests import Twins, requests
from explorer.experiments.finetuning.spoken import Spoken
from explorer.experiments.safety import changing, finding, holding, recording
from explorer.experiments.safety.finding import Found, Probed, Selection, Tick
from explorer.experiments.safety.recording import Recorded
from explorer.stack.safety.direction_affine import held
from explorer.stack.safety.direction_edits import Edit, edited, orthogonalised, unit
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import adapters
from explorer.zoo.model import Model

#: The shelf's adapter that was taught to refuse.
ADAPTER = "refusal"
#: Held-out pairs at most, candidates that are tried where nothing was recorded, and layers whose probes are fitted.
HELD, LAYERS, TRIED, PROBED = 16, 6, 4, 10


@dataclass(frozen=True, eq=False)
class Subject:
    """Who is asked."""

    model: Model
    decoder: Decoder
    base: Decoder
    """As the page has it, without the taught refusal."""
    speech: Spoken
    taught: bool


def subject(model: Model, decoder: Decoder, wear: bool) -> Subject:
    """The page's model, with the adapter where it is that adapter's base and nothing of its weights was changed."""
    taught = wear and not model.edits and ADAPTER in adapters.committed(model.name)
    worn = recording.worn(decoder, ADAPTER) if taught else decoder
    return Subject(model, worn, decoder, Spoken.of(model), taught)


def recorded(who: Subject) -> Recorded | None:
    """What was measured of the taught refusal; None for any other model, and where nothing was."""
    folder = adapters.committed(who.model.name)[ADAPTER] if who.taught else None
    return recording.read(folder) if folder and (folder / recording.FILE).is_file() else None


def layer_of(who: Subject) -> int:
    """Before which block a probe reads: where the direction was found, else in the middle."""
    known = recorded(who)
    return known.layer if known else len(who.decoder.blocks) // 2


def folder(model: Model) -> Path | None:
    """Where the shelf keeps this model's taught refusal."""
    return adapters.committed(model.name).get(ADAPTER)


def some(twins: tuple[Twins, ...], count: int) -> tuple[Twins, ...]:
    """So many, spread over all topics.

    >>> len(some(requests().test, 16)), len({each.topic for each in some(requests().test, 16)})
    (16, 8)
    """
    count = min(count, len(twins))
    return tuple(twins[at * len(twins) // count] for at in range(count))


def located(who: Subject, pairs: int, beside: int, tick: Tick) -> Found:
    """Streams, directions. beside: held-out pairs."""
    data = requests()
    return finding.found(who.decoder, who.speech, some(data.train, pairs), some(data.validation, beside), tick)


def means(who: Subject, pairs: int) -> Tensor:
    """What each writer writes at the last token of the same pairs' harmless requests."""
    return holding.means(who.decoder, who.speech, some(requests().train, pairs))


def selection(who: Subject, made: Found, beside: int, tick: Tick) -> tuple[Selection, bool]:
    """What was recorded of the taught refusal; measured here, on few requests, of any other model."""
    n_layers, positions = made.directions.shape[:2]
    if (known := recorded(who)) is not None:
        return Selection(known.tried, n_layers, recording.TRIED), True
    twins, tried = some(requests().validation, min(beside, TRIED)), []
    of = finding.Asked.of(who.decoder, who.speech, twins, changing.harmless(TRIED))
    places = finding.places(n_layers, positions, LAYERS, 1)
    for done, (layer, position) in enumerate(places):
        tick(done, len(places))
        tried.append(finding.candidate(who.decoder, made, of, layer, position))
    return Selection(tuple(tried), n_layers, len(twins)), False


def probed_layers(made: Found, position: int = -1) -> list[Probed]:
    """At the template's last token, of some layers."""
    n_layers = len(made.directions)
    step = max(n_layers // PROBED, 1)
    return [finding.probed(made, layer, position) for layer in range(1, n_layers, step)]


@torch.no_grad()
def forms_apart(decoder: Decoder, ids: list[int], direction: Tensor) -> float:
    """The largest difference of logits between orthogonalised weights and ablation at every writer. Raises
    NotApplicableError where weights cannot hold it."""
    row = torch.tensor([ids])
    return float(
        (orthogonalised(decoder, direction)(row) - edited(decoder, Edit(direction, direction))(row)).abs().max()
    )


@torch.no_grad()
def held_apart(decoder: Decoder, prompt: list[int], made: Found, about: Tensor, direction: Tensor) -> float:
    """The direction held: by how much, at most, the stream before a block has another component along it than the
    harmless mean there, of the longest such component. made: the same harmless requests, read without an edit. Before
    the first block nothing has been edited."""
    r = unit(direction)
    found = finding.streams(held(decoder, Edit(r, r), about), [prompt], made.harmless.x.shape[2]).x[0] @ r
    mean = made.harmless.x[:, :, -1].double().mean(0).float() @ r
    return float((found - mean[:, None])[1:].abs().max() / mean[1:].abs().max())


@torch.no_grad()
def of_transformers(model: Model, prompts: list[list[int]], positions: int) -> Tensor:
    """transformers' own streams before each block at the last tokens, each text by itself: text layer position d."""
    found = []
    for each in prompts:
        ids = torch.tensor([each], device=model.device)
        hidden = model.hf(input_ids=ids, output_hidden_states=True).hidden_states
        # The last one has passed the last norm; it is before no block.
        found.append(torch.stack([x[0, -positions:].float().cpu() for x in hidden[:-1]]))
    return torch.stack(found)
