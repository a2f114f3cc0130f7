"""What is asked of a view, reduced to what it depends on: two visitors with one order share one answer.

A view that reads no prompt has the same order under every prompt, and one that needs no model under every model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from explorer.errors import BadRequestError, ModelReplacedError
from explorer.panels.protocol import Panel, View
from explorer.panels.selection import Scalar
from explorer.shell.views import brought

#: The value of the control `View.stays` of a measurement that goes on.
STAYS = "goes"
#: How an answer begins that holds at its moment alone (`Rendered.passing`): it is not kept.
PASSING = b'{"passing":true,'
#: A view of no panel.
TRAINING = ("shelf", "trained")


class Stopped(Exception):
    """The visitor pressed Stop, has left, or asks for something else by now."""


class HandedRun(NamedTuple):
    """A run on its way to the process that measures (see `handed_runs`)."""

    query: str
    weights: str
    """The fingerprint of the weights that have made it."""
    data: bytes


@dataclass(frozen=True)
class Order:
    """A view of a run, of a model, or of neither, for a selection and for the values of its controls."""

    panel: str
    view: str
    query: str
    """The run's text form, "model=..." of a view that reads no prompt, nothing where no model is needed."""
    focus: tuple[tuple[str, Scalar], ...] = ()
    controls: tuple[tuple[str, Scalar], ...] = ()
    weights: str = ""
    """Which files the model's name stands for: an answer of others is no answer."""
    placement: str = ""
    """Where the model is computed, and in which format, where that is not float32 on the CPU: other numbers."""
    files: tuple[tuple[str, bytes], ...] = field(default=(), compare=False, repr=False)
    """What the controls name of all that was brought: the process that measures has a memory of its own."""
    stays: bool = field(default=False, compare=False)
    """Whether it goes on when its visitors have left, while nobody else waits."""
    runs: tuple[HandedRun, ...] = field(default=(), compare=False, repr=False)
    """What it reads, once its turn has come."""
    again: bool = field(default=False, compare=False)
    """Whether a person asks for it to be measured anew: parts that an experiment has kept are no answer either."""

    private: bool = field(default=False, compare=False)
    """Whether it holds a visitor's own documents, or names them: its answer does not go to the disk."""

    @property
    def key(self) -> str:
        """The order as a text.

        >>> Order("norms", "scale", "model=m", (("layer", 3),), (("pick", "all"),)).key
        'norms.scale|model=m|layer=3|pick=all|'
        """
        selection = "&".join(f"{name}={value}" for name, value in self.focus)
        settings = "&".join(f"{name}={value}" for name, value in self.controls)
        here = "".join(f"|with {name}" for name, _ in self.files)  # without it, the answer is another one
        return f"{self.panel}.{self.view}|{self.query}|{selection}|{settings}|{self.weights}{self.placement}{here}"

    def check_weights(self) -> None:
        """Raises ModelReplacedError where the model's files are no longer those of the order's run."""
        from explorer.tracing import TraceKey
        from explorer.zoo.stamp import stamp

        if self.weights and self.weights != stamp(name := TraceKey.parse(self.query).model):
            raise ModelReplacedError(
                f"The files of “{name[:80]}” were replaced since this run was made.",
                "Run the prompt again: then all is drawn from the new ones.",
            )

    @property
    def trains(self) -> bool:
        """Whether it is a checkpoint that is to be trained."""
        return (self.panel, self.view) == TRAINING

    @property
    def subject(self) -> tuple[Panel, View]:
        """The panel and the view. Raises BadRequestError where there are none of that name."""
        return find(self.panel, self.view)


def training_order(model: str) -> Order:
    """The order that trains a checkpoint.

    >>> training_order("trained:six-kinds-dense@3").key
    'shelf.trained|model=trained:six-kinds-dense%403&text=|||'
    """
    from explorer.tracing import TraceKey

    return Order(*TRAINING, TraceKey(model, "").query())


def find(panel: str, view: str) -> tuple[Panel, View]:
    """Raises BadRequestError where there is no such view."""
    from explorer.panels import panels

    try:
        found = panels()[panel]
        return found, found.view(view)
    except (KeyError, StopIteration) as error:
        raise BadRequestError(f"There is no view “{view[:40]}” in a panel “{panel[:40]}”.") from error


def order_of(
    panel: Panel, view: View, query: str, focus: Mapping[str, Scalar], controls: Mapping[str, Scalar]
) -> Order:
    """The order for a view; raises BadRequestError for a query that cannot be read, or a model that is not offered."""
    from explorer import zoo
    from explorer.shell.views.subjects import allow
    from explorer.tracing import TraceKey
    from explorer.tracing.capturing.changed_weights import edits_of

    reads, weights, placement = panel.reads(view), "", ""
    if reads == "nothing":
        asked = ""
    else:
        key = TraceKey.parse(query)
        allow(key.model, key.interventions)
        weights, placement = zoo.stamp_of(key.model), zoo.in_force().mark
        # A model is another one where interventions change its weights.
        asked = key.query() if reads == "run" else TraceKey(key.model, "", interventions=edits_of(key)).query()
    said = panel.said(view, controls)
    own = any(value and name in panel.settings and panel.settings[name].private for name, value in said)
    return Order(
        panel.name,
        view.name,
        asked,
        tuple((name, focus.get(name)) for name in view.depends),
        said,
        weights,
        placement,
        tuple(brought.named(controls[name] for name in view.controls if name in controls).items()),
        bool(view.stays) and panel.settings[view.stays].read(controls.get(view.stays)) == STAYS,
        private=own or brought.names_any(value for _, value in said),
    )
