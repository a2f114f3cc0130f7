"""Paged cache: block tables, sharing, copies and prefixes found again, as a real paged cache did it."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.inference.cache import paged_cache as experiment
from explorer.experiments.inference.cache import shared_prompts
from explorer.figures.inference.cache import paged_cache as figure
from explorer.figures.inference.cache import shared_prompts as shared_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: tokens of the prompt that the requests begin with, at most: more would not fit a page
PROMPT = 40
SIZES = (2, 4, 8, 16)
#: Of a visitor's prompts.
PROMPTS = 8
EXAMPLE = """You are a helpful assistant. What is the capital of France?
The quick brown fox jumps over the lazy dog and runs away.
You are a helpful assistant. What is the capital of Spain?
You are a helpful assistant. Name a colour.
You are a helpful assistant. What is the capital of France?"""


def blocks(scene: Scene) -> Iterator[Rendered[figure.PagedStory]]:
    for made in _film(scene):
        checks = _checks(made) if made.whole else ()
        yield Rendered(_story(scene, made), checks, token_ids=_named(made), note=scene.left_out)


def _size(scene: Scene) -> int:
    return scene.whole("block")


def _film(scene: Scene) -> Iterator[experiment.Film]:
    trace = scene.trace
    n = min(trace.n_prompt, PROMPT)
    if n < 2:
        raise NotApplicableError("A prompt of one token has no blocks to share.", "Write a longer prompt.")
    return experiment.film(scene.decoder, trace.ids, n, _size(scene), trace.key.seed, scene.ticks("Steps"))


def _story(scene: Scene, made: experiment.Film) -> figure.PagedStory:
    trace, size, others = scene.trace, _size(scene), []
    n = min(trace.n_prompt, PROMPT)
    if made.whole:
        others = [made if s == size else experiment.replay(made.frames, n, s) for s in SIZES]
    allowed = trace.key.max_new_tokens
    return figure.story(made, scene.decoder.config, n, trace.n_prompt > n, allowed, others)


def _named(made: experiment.Film) -> set[int]:
    return {t for text in made.texts.values() for t in text}


def _checks(made: experiment.Film) -> tuple[Check, ...]:
    gap, lost = made.gap, made.lost
    return (
        Check(
            "The gathered keys and values of every sequence = those of a contiguous cache", gap, 1e-3, "largest error"
        ),
        Check(
            "The references of all blocks = the entries of the tables, and no block is lost", float(lost), 0.0, "blocks"
        ),
    )


def prompts(scene: Scene) -> Iterator[Rendered[shared_figure.SharedPrompts]]:
    text = scene.text("prompts") or EXAMPLE
    encoded = [scene.model.vocabulary.encode(line) for line in text.splitlines() if line.strip()]
    cut = [(ids[:PROMPT], len(ids) > PROMPT) for ids in encoded[:PROMPTS] if ids]
    size = scene.whole("size")
    least = shared_prompts.least_blocks([ids for ids, _ in cut], size) if cut else 1
    pool = max(least, scene.whole("pool"))
    how = shared_prompts.PoolSetting(size, pool, scene.whole("at_once"))
    config, note = scene.decoder.config, ""
    if len(encoded) > PROMPTS:
        note = f"The cache serves the first {PROMPTS} of {len(encoded)} lines."
    if not cut:
        empty = shared_prompts.SharedFilm(pool, size)
        yield Rendered(shared_figure.shared(empty, text, cut, how, least, config), note="No line holds a prompt.")
        return
    for made in shared_prompts.film(scene.decoder, [ids for ids, _ in cut], how, scene.ticks("Tokens")):
        checks = _prompt_checks(made) if made.whole else ()
        named = {token for ids, _ in cut for token in ids} | {t for ids in made.texts.values() for t in ids}
        named |= {token for done in made.done for token in done.new_ids}
        data = shared_figure.shared(made, text, cut, how, least, config)
        yield Rendered(data, checks, token_ids=named, note=note)


def _prompt_checks(made: shared_prompts.SharedFilm) -> tuple[Check, ...]:
    wrong = sum(abs(each.found - each.by_trie) for each in made.lookups)
    return (
        Check(
            "The logits with shared blocks = those of a plain cache, for each prompt alone",
            made.logits_gap,
            1e-3,
            "largest error",
        ),
        Check("The tokens found by block hash = those counted in a trie over token ids", float(wrong), 0.0, "tokens"),
        Check(
            "The references of each block = its entries in the tables, and no block is lost",
            float(made.lost),
            0.0,
            "blocks",
        ),
    )
