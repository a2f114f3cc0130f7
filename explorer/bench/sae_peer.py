"""SAELens' own trainer on cached vectors, run by its own Python: an argument file, then a line for each turn.

    ENV/bin/python explorer/bench/sae_peer.py VECTORS.safetensors WIDTH K BATCH STEPS

Each line of the input trains so many steps more and is answered by a line with their seconds. It imports nothing of the
explorer, whose transformer-lens is another version than SAELens asks for.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from typing import Any


def main(path: str, width: str, k: str, batch: str, steps: str) -> None:
    import torch
    from safetensors.torch import load_file

    logging.disable(logging.WARNING)
    from sae_lens import SAETrainer, TopKTrainingSAE, TopKTrainingSAEConfig  # pyright: ignore
    from sae_lens.config import SAETrainerConfig  # pyright: ignore

    torch.set_num_threads(1)
    x = load_file(path)["x"]
    rows = int(batch)
    settings: dict[str, Any] = {"d_in": x.shape[1], "d_sae": int(width), "k": int(k), "device": "cpu"}
    sae = TopKTrainingSAE(TopKTrainingSAEConfig(**settings))

    def batches() -> Iterator[Any]:
        generator = torch.Generator().manual_seed(0)
        while True:
            order = torch.randperm(len(x), generator=generator)
            for begin in range(0, len(x) - rows + 1, rows):
                yield x[order[begin : begin + rows]]

    cfg = SAETrainerConfig(total_training_samples=10**9, train_batch_size_samples=rows, lr=1e-3, lr_end=1e-3)
    data = batches()
    trainer = SAETrainer(cfg, sae, data)
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        for _step in range(int(steps)):
            trainer.step(next(data))
            trainer.n_training_steps += 1
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
