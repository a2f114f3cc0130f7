"""What the suite asks of *Memory calculator*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    model="dense",
    broken=(
        Broken(
            "cache",
            "&new=0&panel=memory_calculator",
            "inference/memory_calculator/arithmetic.js",
            "batch * row.kv_numbers * held(row, length) * each",
            "row.kv_numbers * held(row, length) * each",
            "^The page's product = the module's",
        ),
        Broken(
            "card",
            "&new=0&panel=memory_calculator",
            "inference/memory_calculator/serving.js",
            "users * heldTokens(sizes, length) * numbers * cache.bytes",
            "users * length * numbers * cache.bytes",
            "^The page's bytes of Llama-3.1-8B in Q4_K_M = the server's",
        ),
        Broken(
            "formats",
            "&new=0&panel=memory_calculator&memory_calculator.cards=2",
            "inference/memory_calculator/serving.js",
            'cut === "none" ? 1 : 1 / cards',
            'cut === "none" ? 1 : 1',
            "^The page's bytes of Llama-3.1-8B in 12 formats = the server's",
        ),
        Broken(
            "mix",
            "&new=0&panel=memory_calculator",
            "inference/memory_calculator/schemes.js",
            "(block - eighth) % 3 === 2",
            "(block - eighth) % 3 === 1",
            "^The page's weights = the server's, of 28 models in 12 formats",
        ),
    ),
)
