"""An explorer of language models: a real model runs, and every number of the run can be seen.

>>> import explorer                                                   # doctest: +SKIP
>>> model = explorer.load("smollm2-135m")                             # doctest: +SKIP
>>> trace = explorer.trace(model, "The capital of France is")         # doctest: +SKIP
>>> trace.pattern.shape, trace.logits.shape                           # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo import Progress
    from explorer.zoo.model import Model

__version__ = "0.1.0"
__all__ = ["__version__", "load", "trace"]


def load(name: str = "smollm2-135m", progress: Progress | None = None) -> Model:
    """Load a model: a name of the shelf, a local folder, a .gguf file or a hub repository "owner/name"."""
    from explorer import zoo

    return zoo.load(name, progress)


def trace(model: Model | str, text: str, max_new_tokens: int = 0, **settings: Any) -> Trace:
    """Run the model on a text and keep what it computed.

    `settings` are the other fields of `explorer.tracing.TraceKey`: chat, sampler, seed, forced, interventions. The
    sampler's own settings (temperature, top_k, top_p, min_p, repetition_penalty, order) may be given directly.
    """
    from explorer import zoo
    from explorer.stack.inference.sampling import Sampler
    from explorer.tracing.capture import capture
    from explorer.tracing.key import TraceKey

    loaded = zoo.load(model) if isinstance(model, str) else model
    sampling = {name: settings.pop(name) for name in Sampler.__dataclass_fields__ if name in settings}
    if sampling:
        if "sampler" in settings:
            raise TypeError(f"give either sampler or {', '.join(sampling)}, not both")
        settings["sampler"] = Sampler(**sampling)
    key = TraceKey(model=loaded.name, text=text, max_new_tokens=max_new_tokens, **settings)
    return capture(loaded, key)
