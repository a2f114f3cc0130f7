"""Speculative decoding: tokens/s and acceptance of each draft against plain decoding, ours and transformers'.

Greedy, so that every subject writes the same text and the work is the same: one text that repeats itself, which the
look-up can copy from, and one that does not. What differs from plain decoding's tokens is counted beside the speed.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from explorer import zoo
from explorer.bench import Report
from explorer.bench.passage import of_length
from explorer.stack.inference.decoding.drafts import Draft, ModelDraft, early_exit, fewer_bits, layer_skipping
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.decoding.prompt_lookup import PromptLookup
from explorer.stack.inference.decoding.speculative import Speculation, speculate
from explorer.stack.inference.fused.decoder import FusedDecoder
from explorer.zoo.quiet import quiet

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

DESCRIPTION = "tokens/s and acceptance of each draft against plain decoding, with transformers' assisted generation"
NEW, GAMMA, ROUNDS = 24, 4, 5
#: of all blocks, in the drafts that leave some out
LEFT_OUT = 4
REPEATING = (
    "This is the house that Jack built.\nThis is the malt that lay in the house that Jack built.\n"
    "This is the rat that ate the malt"
)


def run(report: Report) -> None:
    """Add tokens/s, acceptance and tokens a pass for each draft on both texts; all subjects take turns."""
    model = zoo.load(zoo.DEFAULT)
    from transformers import AutoModelForCausalLM

    with quiet():  # a copy that no bridge has touched
        hf = AutoModelForCausalLM.from_pretrained(
            model.hf.config.name_or_path, dtype=torch.float32, local_files_only=True
        ).eval()
    decoder = model.decoder
    blocks = decoder.config.n_layers - LEFT_OUT
    fused = FusedDecoder(decoder, "q4_1")
    drafts: dict[str, Draft] = {
        "4-bit weights": ModelDraft(fused),
        "8-bit weights": fewer_bits(decoder, "int8"),
        "prompt look-up": PromptLookup(decoder.config.d_vocab),
        f"without {LEFT_OUT} middle blocks": layer_skipping(decoder, blocks),
        f"early exit after {blocks} blocks": early_exit(decoder, blocks),
    }
    for name, text in (("repeating text", REPEATING), ("plain text", of_length(model, 48))):
        _text(report, name, list(model.vocabulary.encode(text)), decoder, fused, drafts, hf, blocks)


def _text(
    report: Report,
    name: str,
    ids: list[int],
    decoder: Decoder,
    fused: FusedDecoder,
    drafts: dict[str, Draft],
    hf: Any,
    blocks: int,
) -> None:
    ours: dict[str, Speculation] = {}

    def with_draft(kind: str) -> list[int]:
        done = speculate(decoder, ids, drafts[kind], max_new_tokens=NEW, gamma=GAMMA, keep_evidence=False)
        ours[kind] = done
        return list(done.new_ids)

    subjects: dict[tuple[str, str], Callable[[], list[int]]] = {
        ("no draft", "explorer"): lambda: Engine(decoder).generate([ids], NEW)[0].new_ids,
        ("no draft, 4-bit fused steps", "explorer"): lambda: Engine(fused).generate([ids], NEW)[0].new_ids,
        ("no draft", "transformers"): lambda: _theirs(hf, ids),
        ("prompt look-up", "transformers"): lambda: _theirs(hf, ids, prompt_lookup_num_tokens=GAMMA),
        (f"early exit after {blocks} blocks", "transformers"): lambda: _theirs(
            hf, ids, assistant_early_exit=blocks, num_assistant_tokens=GAMMA, num_assistant_tokens_schedule="constant"
        ),
        **{(kind, "explorer"): lambda kind=kind: with_draft(kind) for kind in drafts},
    }
    taken: dict[tuple[str, str], list[float]] = {subject: [] for subject in subjects}
    texts: dict[tuple[str, str], list[int]] = {}
    for turn in range(ROUNDS + 1):  # the first warms up
        for subject, act in subjects.items():
            began = time.perf_counter()
            texts[subject] = act()
            if turn:
                taken[subject].append(time.perf_counter() - began)
    plain = statistics.median(taken["no draft", "explorer"])
    for (kind, who), seconds in taken.items():
        case, median = f"{name}, {kind}", statistics.median(seconds)
        report.add(case, who, NEW / median, "tokens/s")
        report.add(f"{case}: of plain decoding's speed here", who, plain / median, "times")
        pairs = zip(texts[kind, who], texts["no draft", "explorer"], strict=True)
        report.add(f"{case}: tokens that differ from plain decoding's", who, sum(a != b for a, b in pairs), "tokens")
        if who == "explorer" and kind in ours:
            done = ours[kind]
            report.add(f"{case}: drafts kept of those decided", who, 100 * done.acceptance, "%")
            report.add(f"{case}: tokens a pass", who, done.tokens_per_pass, "tokens")


def _theirs(hf: Any, ids: list[int], **how: int | str) -> list[int]:
    """transformers' greedy continuation, of the same length for all."""
    from transformers import GenerationConfig

    settings = GenerationConfig(max_new_tokens=NEW, min_new_tokens=NEW, do_sample=False, pad_token_id=0, **how)
    given = torch.tensor([ids])
    with torch.inference_mode():
        made = hf.generate(given, attention_mask=torch.ones_like(given), generation_config=settings)
    return made[0, len(ids) :].tolist()
