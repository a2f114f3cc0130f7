"""What it costs to keep a run: capture against a bare forward pass and against a cache of every activation."""

from __future__ import annotations

from typing import Any

import torch

from explorer import zoo
from explorer.bench import Report
from explorer.bench.passage import of_length
from explorer.tracing.capturing.capture import capture
from explorer.tracing.key import TraceKey
from explorer.zoo.quiet import quiet

DESCRIPTION = "capture at 16, 64 and 256 tokens against a plain transformers forward and TransformerLens' full cache"


def run(report: Report) -> None:
    """Add milliseconds, ratios and megabytes for each length; the three subjects take turns on the same ids."""
    from transformer_lens.model_bridge import TransformerBridge
    from transformers import AutoModelForCausalLM

    model = zoo.load(zoo.DEFAULT)
    # A second copy that no bridge has touched: the first one's layers are the bridge's own.
    with quiet():
        plain = AutoModelForCausalLM.from_pretrained(
            model.hf.config.name_or_path, attn_implementation="eager", dtype=torch.float32, local_files_only=True
        ).eval()
    for length in (16, 64, 256):
        text = of_length(model, length)
        ids = torch.tensor([model.vocabulary.encode(text)])
        key = TraceKey(model=model.name, text=text)

        def forward(ids: torch.Tensor = ids) -> object:
            with torch.inference_mode():
                return plain(ids).logits

        def everything(ids: torch.Tensor = ids) -> Any:
            assert isinstance(model.bridge, TransformerBridge), "the explorer's own decoder has no cache of this kind"
            with torch.inference_mode():
                return model.bridge.run_with_cache(ids)[1]

        def ours(key: TraceKey = key) -> Any:
            return capture(model, key)

        case = f"{length} tokens"
        medians = report.time(
            case,
            {"transformers": forward, "explorer": ours, "transformer_lens": everything},
            rounds=15 if length < 100 else 7,
        )
        for subject in ("explorer", "transformer_lens"):
            report.add(f"{case}, of a plain forward", subject, medians[subject] / medians["transformers"], "times")
        full, storage = _bytes(everything())
        kept = ours().nbytes
        report.add(f"{case}, kept", "explorer", kept / 1e6, "MB")
        report.add(f"{case}, kept", "transformer_lens", full / 1e6, "MB")
        report.add(f"{case}, kept, shared storage counted once", "transformer_lens", storage / 1e6, "MB")
        report.add(f"{case}, of the full cache", "explorer", kept / full, "times")
        report.add(f"{case}, of the full cache's storage", "explorer", kept / storage, "times")


def _bytes(cache: Any) -> tuple[int, int]:
    """Bytes of all tensors of an ActivationCache, and of the distinct storages behind them."""
    tensors = [value for value in cache.cache_dict.values() if isinstance(value, torch.Tensor)]
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    return sum(tensor.nbytes for tensor in tensors), sum(storages.values())
