"""KV cache: what a step writes and reads, bytes and time, and what a smaller cache changes."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="kv_cache",
    title="KV cache",
    chapter="inference",
    order=20,
    about="The cache keeps the keys and values of all tokens, so that a new token needs one pass over itself alone.",
    also=("eviction", "streaming", "perplexity by cache policy", "float16", "bfloat16"),
    controls=(
        Control("policy", "Cache", "Whose keys and values the cells show."),
        Control("prompt", "Prompt, tokens", "Tokens that the model reads at once.", 1000, range=(1, 4096)),
        Control("answer", "Answer, tokens", "Tokens that the model writes.", 500, range=(1, 4096)),
        Control("budget", "Budget in tokens", "What the window and the heavy hitters hold.", range=(2, None)),
        Control(
            "longest",
            "Longest text",
            "Longer texts take longer to measure.",
            64,
            choices=(16, 32, 64, 128),
            unit="tokens",
        ),
        Control("kept", "Tokens kept by a cache that evicts", "What such a cache holds.", 24, choices=(12, 24, 48)),
        Control("texts", "Texts of a kind", "More texts narrow the intervals.", 2, choices=(1, 2, 4, 8)),
    ),
    requires=("run", "attention"),
    views=(
        View(
            "blocks",
            "The cache, block by block",
            "Every cell is one stored key and value. A step writes the cells of one token (violet) and reads all cells "
            "before it: a stronger shade is more attention. A dash is a cell that was evicted.",
            depends=("position",),
            compares="row",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.transformer.kv_cache:ContiguousCache",
                "experiments.inference.cache.write_counts:written_by_slot",
                "experiments.inference.cache.kv_cache:formula_bytes",
                "figures.inference.cache.kv_cache:reads",
            ),
        ),
        View(
            "growth",
            "Bytes grow with every token, time slowly",
            "With a cache each step adds the same few bytes and takes little longer than the step before: it reads all "
            "weights and a cache that is one token longer. Without a cache every step runs the whole text again.",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.transformer.kv_cache:ContiguousCache.update",
                "experiments.inference.cache.kv_growth:growth",
                "experiments.inference.cache.write_counts:written_by_slot",
            ),
            compares="any",
            together=True,  # both runs’ steps are timed in turns
            heavy=True,
            requires=("run", "decoder"),
        ),
        View(
            "example",
            "A prompt and an answer, with a cache and without",
            "Without a cache every new token sends the whole text through the model again. With a cache the model "
            "reads the prompt once and then each token alone. The numbers are calculated for this model.",
            controls=("prompt", "answer"),
            provenance=("FORMULA",),
            requires=("decoder",),
            compares="weights",
            source=("stack.systems.generation_work:cached", "stack.systems.generation_work:uncached"),
        ),
        View(
            "policies",
            "What a smaller cache costs",
            "Several caches read this run’s own tokens. They hold everything, everything in codes of 8 or 4 bits, the "
            "first and the newest tokens, or the tokens with the most attention. Each step’s distribution is compared "
            "with that of the full cache.",
            controls=("budget",),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "experiments.inference.cache.kv_cache:policies",
                "stack.inference.cache.sliding_window_cache:SlidingWindowCache",
                "stack.inference.cache.heavy_hitter_cache:HeavyHitterCache",
                "stack.inference.cache.quantized_cache:QuantizedCache",
            ),
            heavy=True,
            requires=("run", "decoder"),
        ),
        View(
            "scaling",
            "How the cost grows with the text",
            "This model writes texts of growing length with and without a cache. Without a cache the token passes "
            "grow with the square of the length, and attention within them grows with its cube. The measured time "
            "depends on which part of a pass takes longest.",
            controls=("longest",),
            provenance=("MEASURED", "DERIVED", "FORMULA"),
            requires=("decoder",),
            source=(
                "experiments.inference.cache.uncached_growth:written",
                "experiments.inference.cache.uncached_growth:text_seconds",
                "experiments.inference.cache.uncached_growth:uncached_growth",
                "stack.systems.generation_work:uncached",
            ),
            heavy=True,
        ),
        View(
            "corpus",
            "Bytes against perplexity, over held-out texts",
            "Every policy reads the same texts of six kinds token by token. The view compares the bytes of its cache "
            "and its loss with the full cache in 32 bits or in the usual 16 bits, text by text.",
            controls=("kept", "texts"),
            provenance=("MEASURED",),
            requires=("decoder",),
            source=(
                "experiments.inference.cache.cache_corpus:caches",
                "experiments.inference.cache.cache_corpus:cache_losses",
                "experiments.inference.decoding.held_out_texts:over_texts",
                "stack.inference.cache.quantized_cache:QuantizedCache",
                "stack.inference.cache.heavy_hitter_cache:HeavyHitterCache",
            ),
            heavy=True,
        ),
    ),
)
