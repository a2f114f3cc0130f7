"""What is known of a model's training: only the shelf's recipes say what it read and what its loss was."""

from __future__ import annotations

from pathlib import Path

from explorer.training import recipe
from explorer.zoo import shelf
from explorer.zoo.card import shelf_folder


def held_out(name: str) -> bool:
    """True of a model that was trained here, on texts from whose held-out documents the passages are taken; of any
    other it is not known.

    >>> held_out("six-kinds-moe"), held_out("smollm2-135m"), held_out("a/model/brought")
    (True, False, False)
    """
    return _recipe(name) is not None


def unknown(name: str, texts: str) -> str:
    """What is said of texts that are not known to be new to a model.

    >>> unknown("smollm2-135m", "these texts"), unknown("six-kinds-moe", "these texts")
    ('It is not known whether the model was trained on these texts.', '')
    """
    return "" if held_out(name) else f"It is not known whether the model was trained on {texts}."


def balance_added(name: str) -> float | None:
    """The balancing loss' weight in the loss that a model was trained with; None where it is not known.

    >>> balance_added("six-kinds-moe"), balance_added("six-kinds-unbalanced"), balance_added("a/model/brought")
    (0.01, 0.0, None)
    """
    path = _recipe(name)
    return None if path is None else recipe.read(path).losses.get("balance", 0.0)


def _recipe(name: str) -> Path | None:
    path = shelf_folder() / name / "recipe.toml"
    return path if name in shelf() and path.is_file() else None
