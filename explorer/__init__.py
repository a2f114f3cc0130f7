"""An explorer of language models: a real model runs, and every number of the run can be seen.

>>> import explorer                                                   # doctest: +SKIP
>>> model = explorer.load("smollm2-135m")                             # doctest: +SKIP
>>> trace = explorer.trace(model, "The capital of France is")         # doctest: +SKIP
>>> trace.pattern.shape, trace.logits.shape                           # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.panels.selection import Scalar
    from explorer.shell.recorded.shown import Shown
    from explorer.stack.inference.decoding.sampler_settings import StageName
    from explorer.stack.inference.decoding.sampling import Sampler
    from explorer.tracing.changes.interventions import Intervention
    from explorer.tracing.trace import Trace
    from explorer.zoo import Progress
    from explorer.zoo.model import Model

__version__ = "0.1.0"
__all__ = ["__version__", "load", "show", "trace"]


def load(
    name: str = "smollm2-135m",
    progress: Progress | None = None,
    *,
    device: str | None = None,
    dtype: str | None = None,
) -> Model:
    """Load a model: a name of the shelf, a local folder, a .gguf file, a hub repository "owner/name", or one that is
    made here (`explorer.zoo.made_names`): a checkpoint that is not here is trained.

    device: "auto", "cpu", "cuda", "cuda:N" or "mps"; dtype: "float32", "bfloat16" or "float16". What is not given is
    read from EXPLORER_DEVICE and EXPLORER_DTYPE (auto, float32).
    """
    from explorer import zoo
    from explorer.panels.trained import ready

    ready(name, progress or zoo.silent)
    return zoo.load(name, progress, device=device, dtype=dtype)


def trace(
    model: Model | str,
    text: str,
    max_new_tokens: int = 0,
    *,
    chat: bool = False,
    seed: int = 0,
    sampler: Sampler | None = None,
    order: Sequence[StageName] | None = None,
    forced: tuple[tuple[int, int], ...] = (),
    interventions: tuple[Intervention, ...] = (),
    **numbers: float | int,
) -> Trace:
    """Run the model on a text and keep what it computed.

    What is given is what a `explorer.tracing.TraceKey` holds. Instead of a sampler its own settings may be given:
    `order`, and as `numbers` those of `explorer.stack.inference.decoding.sampler_settings` (temperature=0.7,
    top_p=0.9).
    """
    from explorer.stack.inference.decoding.sampler_settings import STAGE_NAMES
    from explorer.stack.inference.decoding.sampling import Sampler
    from explorer.tracing.capturing.capture import capture
    from explorer.tracing.key import TraceKey

    loaded = load(model) if isinstance(model, str) else model
    if sampler is not None and (numbers or order):
        raise TypeError(f"give either sampler or {', '.join([*numbers, *(['order'] if order else [])])}, not both")
    chosen = sampler or Sampler.of(numbers, order or STAGE_NAMES)
    return capture(loaded, TraceKey(loaded.name, text, chat, max_new_tokens, chosen, seed, forced, interventions))


def show(
    trace: Trace,
    panel: str = "walk",
    view: str | None = None,
    *,
    model: Model | None = None,
    controls: Mapping[str, Scalar] | None = None,
    height: int = 760,
    measure: bool = False,
    **selection: int | None,
) -> Shown:
    """Draw a panel of a trace in a notebook's cell, as the page does; `.save("x.html")` writes it as a file.

    panel, view: as the page's links name them ("attention", "head").
    selection: the fields of `explorer.panels.selection.Focus` (layer=3, head=1).
    controls: the panel's own. A view that is measured for seconds is measured if it is named; with `measure` all are.
    model: the loaded one, where its name does not say it. `.checks` are what the panel states of this run.

    >>> shown = explorer.show(trace, "attention", layer=3, head=1)         # doctest: +SKIP
    >>> shown.save("attention.html")                                       # doctest: +SKIP
    """
    from explorer.shell.recorded.shown import show

    return show(trace, panel, view, model=model, controls=controls, height=height, measure=measure, **selection)
