"""MiniLM's vectors beside transformers' and sentence-transformers', with the same weights, texts and batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer.bench import Peer, Report
from explorer.corpora import articles
from explorer.experiments.context.embedding import READ, embedded
from explorer.zoo.companions import companion
from explorer.zoo.loading import fetch
from explorer.zoo.text_encoder import TextEncoder

SENTENCE_TRANSFORMERS = Peer("sentence-transformers", "sentence_transformers", "pip install sentence-transformers")
ROWS = 32


def embedding(report: Report, texts: int) -> None:
    """Add texts a second of each, and how far their vectors are from ours."""
    chosen = [each.whole for each in articles.read()[:texts]]
    encoder = companion("minilm-l6")
    assert isinstance(encoder, TextEncoder)
    folder = fetch(encoder.card)
    acts: dict[str, Callable[[], Tensor]] = {
        "explorer": lambda: embedded(encoder, chosen, rows=ROWS).vectors,
        "transformers": _transformers(folder, chosen),
    }
    if (package := report.peer(SENTENCE_TRANSFORMERS)) is not None:
        acts["sentence-transformers"] = _sentence_transformers(package, folder, chosen)
    case = f"MiniLM, {len(chosen):,} articles, {ROWS} at a time"
    ours = acts["explorer"]()
    for subject, act in list(acts.items())[1:]:
        report.add(f"{case}: largest difference from {subject}'s", "explorer", float((act() - ours).abs().max()), "")
    medians = report.time(case, acts, rounds=5)
    for subject, milliseconds in medians.items():
        report.add(f"{case}: texts a second", subject, 1e3 * len(chosen) / milliseconds, "1/s")
    if "sentence-transformers" in medians:
        speed = medians["sentence-transformers"] / medians["explorer"]
        report.judge("texts a second, of sentence-transformers', at least", speed, "1", speed >= 1)


def _transformers(folder: Path, texts: list[str]) -> Callable[[], Tensor]:
    """AutoModel with mean pooling, texts of like length together."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))

    def act() -> Tensor:
        made = torch.empty(len(texts), model.config.hidden_size)  # text d_model
        for start in range(0, len(order), ROWS):
            chosen = order[start : start + ROWS]
            read = tokenizer(
                [texts[at] for at in chosen], padding=True, truncation=True, max_length=READ, return_tensors="pt"
            )
            with torch.inference_mode():
                states = model(**read).last_hidden_state  # batch pos d_model
            mask = read["attention_mask"][:, :, None]  # batch pos 1
            mean = (states * mask).sum(1) / mask.sum(1)
            made[chosen] = torch.nn.functional.normalize(mean, dim=1)
        return made

    return act


def _sentence_transformers(package: Any, folder: Path, texts: list[str]) -> Callable[[], Tensor]:
    """Of a folder without settings of its own it makes what MiniLM's say: mean pooling."""
    model = package.SentenceTransformer(str(folder), device="cpu")
    model.max_seq_length = READ
    return lambda: model.encode(
        texts, batch_size=ROWS, convert_to_tensor=True, normalize_embeddings=True, show_progress_bar=False
    )
