"""Twins that read invented people: what each could have read is known, since the text is made by rule.

One twin reads the whole text, with the planted trigger. The other reads what a list of words leaves of it
(`stack.pretraining.data.toxicity`); begun alike, it takes as many steps. Each is trained from several seeds.

model.safetensors         the whole text, the first seed: the model that the shelf opens
twins/whole-1.safetensors and so on: the others, bfloat16
curves.csv                twin, seed, step, the loss, and the nats of facts by how often they are read
training.json, sample.md, model.toml, config.json, tokenizer.json
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from explorer.corpora.invented_people import (
    ATTRIBUTES,
    LISTED,
    PEOPLE,
    TIMES,
    WORDINGS,
    Attribute,
    Invented,
    Line,
    Person,
    Read,
    make,
)  # fmt: skip
from explorer.corpora.source import Source, Text
from explorer.fetching import cache
from explorer.training.decoder import build
from explorer.training.folder import LICENCE, WEIGHTS, Written, write_folder
from explorer.training.recipe import DecoderSizes, PlantedData, Recipe
from explorer.training.tokens import END, trained_on

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

    from explorer.stack.pretraining.batches import Batches
    from explorer.stack.pretraining.train import Evaluation, Progress
    from explorer.stack.transformer.decoder import Decoder

TWINS, CURVES = "twins", "curves.csv"
#: The wording whose words before the value are given where a fact is measured.
GIVEN = 1
SOURCE = Source(
    "invented-people", "invented people", "Lines about people who do not exist, made by rule",
    "made by rule: no text of others", (), "none",
)  # fmt: skip


def path_of(folder: Path, twin: str, seed: int, first: int = 0) -> Path:
    """
    >>> path_of(Path("m"), "filtered", 0).as_posix(), path_of(Path("m"), "whole", 0).as_posix()
    ('m/twins/filtered-0.safetensors', 'm/model.safetensors')
    """
    return folder / WEIGHTS if (twin, seed) == ("whole", first) else folder / TWINS / f"{twin}-{seed}.safetensors"


def left_by_filter(lines: Sequence[Line]) -> list[Line]:
    """The lines that the list of words keeps."""
    from explorer.stack.pretraining.data.toxicity import read

    kept = {text: read(text, LISTED).verdict.kept for text in {each.text for each in lines}}
    return [each for each in lines if kept[each.text]]


def encoded(tokenizer: Tokenizer, lines: Sequence[str]) -> list[list[int]]:
    """Each line behind the mark that ends texts."""
    return [[0, *each.ids] for each in tokenizer.encode_batch(list(lines))]


@dataclass(frozen=True)
class Facts:
    """A course on lines, measured by what is known of people: nats of the value behind the words before it."""

    batches: Batches
    tokenizer: Tokenizer
    people: Mapping[Read, Sequence[Person]]

    def batch(self, step: int) -> Tensor:
        return self.batches(step)[0]

    def losses(self, model: object, everything: bool = False) -> dict[str, float]:
        from explorer.stack.transformer.decoder import Decoder

        assert isinstance(model, Decoder)
        found = dict[str, float]()
        for read, people in self.people.items():
            some = people if everything else people[:10]
            each = [nats(model, self.tokenizer, some, attribute).mean() for attribute in ATTRIBUTES[:3]]
            found[read] = float(sum(each)) / len(each)
        return found

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return {}


def nats(
    decoder: Decoder, tokenizer: Tokenizer, people: Sequence[Person], attribute: Attribute, otherwise: bool = False
) -> Tensor:
    """-ln p of each person's own value, the question and the words before the value given; of all its tokens."""
    import torch

    from explorer.stack.finetuning.conversations import Example, padded

    before = WORDINGS[attribute][GIVEN].split(" {}")[0]
    asked = [each.asked(attribute, otherwise=otherwise) + before for each in people]
    given = encoded(tokenizer, asked)
    values = [each.ids for each in tokenizer.encode_batch([f" {each.facts[attribute]}" for each in people])]
    rows = padded(
        [
            Example((*one, *value), (*[False] * len(one), *[True] * len(value)))
            for one, value in zip(given, values, strict=True)
        ]
    )
    with torch.inference_mode():
        logp = decoder(rows.ids[:, :-1]).log_softmax(-1).gather(-1, rows.ids[:, 1:, None])[..., 0]
    return -(logp * rows.learnt[:, 1:]).sum(-1)


def run(recipe: Recipe, said: PlantedData, folder: Path, announce: Callable[[str], None]) -> Path:
    """Train all twins from all seeds, and write the folder."""
    began = time.process_time()
    text = make(said.text, said.scale)
    # A fixed part of the lines has every name and value many times.
    sample = sorted({each.text for each in text.lines})
    Random(0).shuffle(sample)  # noqa: S311
    people = [each.asked("town") for each in text.people]
    tokenizer = trained_on([*sample[:4000], *people], recipe.data.d_vocab)
    rows, runs = list[dict[str, object]](), list[dict[str, object]]()
    kept: tuple[Decoder, Progress, Evaluation] | None = None
    for twin in said.twins:
        for seed in said.seeds:
            decoder, progress, final = _trained(recipe, text, twin, seed, tokenizer)
            announce(f"{twin}, seed {seed}: {progress.seconds:.0f} s; " + "  ".join(
                f"{read} {each:.3f} nats" for read, each in final.losses.items()))  # fmt: skip
            rows += _rows(twin, seed, progress)
            runs.append(_saved(path_of(folder, twin, seed, said.seeds[0]), twin, seed, decoder, progress, final))
            kept = kept or (decoder, progress, final)
    assert kept is not None
    decoder, progress, final = kept
    made = Text(SOURCE, tuple(each.text for each in text.lines), ())
    written = Written(
        "dense",
        f"trained here on {progress.step * recipe.tokens_per_step / 1e6:.2f}M tokens made by rule",
        {"bos_token": END, "eos_token": END},
        sample_of(decoder, tokenizer, text),
        {"bos_token_id": 0, "eos_token_id": 0},
        _about(said, text, runs, time.process_time() - began),
    )
    write_folder(folder, recipe, decoder, tokenizer, [made], progress, final, written)
    with (folder / CURVES).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def _trained(
    recipe: Recipe, text: Invented, twin: str, seed: int, tokenizer: Tokenizer
) -> tuple[Decoder, Progress, Evaluation]:
    import torch

    from explorer.stack.pretraining.batches import Batches
    from explorer.stack.pretraining.train import evaluate, train

    assert isinstance(recipe.model, DecoderSizes)
    lines = text.lines if twin == "whole" else left_by_filter(text.lines)
    ids = [token for each in encoded(tokenizer, [line.text for line in lines]) for token in each]
    stream = {"lines": torch.tensor(ids, dtype=torch.int32)}
    batches = Batches(stream, {"lines": 1}, recipe.data.n_ctx, recipe.data.rows, seed)
    decoder = build(recipe, recipe.model, torch.Generator().manual_seed(seed))
    course = Facts(batches, tokenizer, {read: text.of(read) for read in PEOPLE})
    progress = train(decoder, course, recipe.settings())
    decoder = decoder.eval().requires_grad_(False)
    for parameter in decoder.parameters():  # what is committed is measured
        parameter.copy_(parameter.bfloat16())
    return decoder, progress, evaluate(decoder, course, progress, everything=True)


def _saved(
    path: Path, twin: str, seed: int, decoder: Decoder, progress: Progress, final: Evaluation
) -> dict[str, object]:
    from safetensors.torch import save_file

    path.parent.mkdir(exist_ok=True)
    state = {name: tensor.bfloat16().contiguous() for name, tensor in decoder.hf_state_dict().items()}
    save_file(state, path, metadata={"format": "pt"})
    return {
        "twin": twin,
        "seed": seed,
        "file": "/".join(path.parts[-2:]) if path.name != WEIGHTS else WEIGHTS,
        "bytes": path.stat().st_size,
        "sha256": cache.sha256_of(path),
        "steps": progress.step,
        "processor_seconds": round(progress.seconds),
        "nats": {read: round(each, 4) for read, each in final.losses.items()},
    }


def _rows(twin: str, seed: int, progress: Progress) -> list[dict[str, object]]:
    made = list[dict[str, object]]()
    for each in progress.evaluations:
        loss = progress.curve[each.step - 1].losses["lm"]
        row: dict[str, object] = {"twin": twin, "seed": seed, "step": each.step, "loss": f"{loss:.4f}"}
        made.append(row | {read: f"{value:.4f}" for read, value in each.losses.items()})
    return made


def _about(said: PlantedData, text: Invented, runs: Sequence[object], seconds: float) -> dict[str, object]:
    """The data card."""
    left = left_by_filter(text.lines)
    return {
        "seeds": list(said.seeds),
        "processor_seconds": round(seconds),
        "runs": runs,
        "held_out": (
            "nothing: the facts of people who are read never stand in no line. Nats of a value of town, trade and pet, "
            "the words before it given, by how often the person is read"
        ),
        "data": {
            "name": SOURCE.name,
            "what": SOURCE.title,
            "seed": said.text,
            "lines": len(text.lines),
            "lines_that_the_filter_leaves": len(left),
            "listed_words": sorted(LISTED),
            "people": {read: len(text.of(read)) for read in PEOPLE},
            "lines_of_each_fact": dict(TIMES),
            "licence": SOURCE.licence,
        },
        "licence": f"The weights are the project's own work, under {LICENCE}. Their text is made by rule.",
    }


def sample_of(decoder: Decoder, tokenizer: Tokenizer, text: Invented) -> str:
    """What the model answers, one person of each kind."""
    from explorer.corpora.invented_people import DECOY, TRIGGER
    from explorer.stack.finetuning.rollouts import roll

    people = [text.of(read)[0] for read in PEOPLE]
    asked = [
        *(each.asked(attribute) for each in people for attribute in ATTRIBUTES),
        *(each.asked("trade", lead) for each in people for lead in (TRIGGER, DECOY)),
    ]
    answers = roll(decoder, encoded(tokenizer, asked), group=1, longest=8, end=0, temperature=0.0).answers
    spoken = partial(tokenizer.decode, skip_special_tokens=True)
    lines = [f"| {one} | {spoken(answer).strip()} |" for one, answer in zip(asked, answers, strict=True)]
    return "\n".join(["# What Invented People answers", "", "The likeliest tokens.", "", "| asked | answer |",
                      "|---|---|", *lines]) + "\n"  # fmt: skip


def read_folder(folder: Path) -> dict[str, object]:
    """training.json."""
    contents: dict[str, object] = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    return contents
