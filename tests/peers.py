"""The peers that tests skip where they are absent: `python -m tests.peers` fails unless all are here.

The nightly run asks it first, so that nothing is skipped there for want of a package.
"""

from __future__ import annotations

import importlib
import sys

from explorer.bench.gptq import LLM_COMPRESSOR
from explorer.bench.peers import LLAMA_CPP

#: a module -> what is tested with it
PEERS = {
    LLAMA_CPP.module: "written GGUF files in llama.cpp, and its K types",
    LLM_COMPRESSOR.module: "GPTQ",
    "llmcompressor.modifiers.transform.awq.base": "AWQ",
    "ray.serve": "replicas",
    "ray.data": "a corpus by Ray Data",
    "bitsandbytes.functional": "NF4",
    "peft": "adapters",
    "trl": "supervised fine-tuning, losses of preferences, reward models",
    "ml_dtypes": "FP8",
    "tiktoken": "byte-level encoding",
    "kenlm": "n-gram models",
    "captum.attr": "token attribution",
}


def main() -> None:
    """Import all of them."""
    failed = 0
    for name, what in PEERS.items():
        try:
            importlib.import_module(name)
        except Exception as error:  # a library that was built for another machine raises whatever its loader raises
            print(f"{name} ({what}): {type(error).__name__}: {error}", file=sys.stderr)
            failed += 1
    sys.exit(failed and 1)


if __name__ == "__main__":
    main()
