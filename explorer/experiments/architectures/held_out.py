"""Whether the passages are new to a model: only the shelf's recipes say what a training read."""

from __future__ import annotations

from explorer.zoo import shelf
from explorer.zoo.card import shelf_folder


def held_out(name: str) -> bool:
    """True of a model that was trained here, on texts from whose held-out documents the passages are taken; of any
    other it is not known.

    >>> held_out("six-kinds-moe"), held_out("smollm2-135m"), held_out("a/model/brought")
    (True, False, False)
    """
    return name in shelf() and (shelf_folder() / name / "recipe.toml").is_file()
