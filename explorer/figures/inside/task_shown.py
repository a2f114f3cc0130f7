"""The task that pairs of prompts come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TaskShown:
    """What is shown, and what could be."""

    name: str
    """A task, or whatever else the panel offers beside tasks."""
    instead: str
    """A task that fits the model, where this one does not; nothing where it does, or none fits."""
