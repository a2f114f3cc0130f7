"""Names of models that are made here: their grammar. What such a name says is all that the model is made of.

    trained:RECIPE@STEP~WEIGHTS    a checkpoint of a training, after so many steps
    adapter:BASE+NAME              a model of the shelf with an adapter of this machine merged in
    quantized:BASE+FORMAT          a model of the shelf, its matrices in a number format

RECIPE is the recipe of a model of the shelf, or a training of a panel: `panel.view.arm,control:value,...`. WEIGHTS is
the hash of the checkpoint that the link was made with; without it nothing is compared. No name holds a path.

>>> name = parse("trained:block_variants.residual_path.with,steps:120,seed:0@60~0123456789ab")
>>> name.recipe, name.settings, name.step, name.weights
('block_variants.residual_path.with', (('seed', '0'), ('steps', '120')), 60, '0123456789ab')
>>> name.unverified.text
'trained:block_variants.residual_path.with,seed:0,steps:120@60'
>>> parse("adapter:smollm2-135m+pirate").adapter, parse("quantized:smollm2-135m+nf4").format
('pirate', 'nf4')
>>> parse("smollm2-135m") is None
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from explorer.errors import BadRequestError

KINDS = ("trained", "adapter", "quantized")
#: Longest name, in characters: a run of the page with some forks.
LONGEST = 400
_WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?"
_TRAINED = re.compile(rf"({_WORD})((?:,[a-z_]+:[A-Za-z0-9_.+-]+)*)@(\d{{1,7}})(?:~([0-9a-f]{{12}}))?", re.ASCII)
_PAIR = re.compile(rf"({_WORD})\+({_WORD})", re.ASCII)
#: Of each kind, how it is written, and an example.
FORMS = {
    "trained": ("trained:RECIPE@STEP", "trained:six-kinds-dense@100"),
    "adapter": ("adapter:BASE+NAME", "adapter:smollm2-135m+pirate"),
    "quantized": ("quantized:BASE+FORMAT", "quantized:smollm2-135m+nf4"),
}


@dataclass(frozen=True)
class Trained:
    """A checkpoint of a training."""

    recipe: str
    """`panel.view.arm`, or a model of the shelf that has a recipe."""
    settings: tuple[tuple[str, str], ...]
    """Of the panel's controls, by name."""
    step: int
    weights: str = ""
    """The first digits of the hash of the weights that the link was made with."""

    @property
    def text(self) -> str:
        """The name."""
        said = "".join(f",{name}:{value}" for name, value in self.settings)
        return f"trained:{self.recipe}{said}@{self.step}" + (f"~{self.weights}" if self.weights else "")

    @property
    def unverified(self) -> Trained:
        """The same without the hash: what the checkpoint is made of."""
        return replace(self, weights="")


@dataclass(frozen=True)
class Adapted:
    """A model of the shelf with an adapter merged in."""

    base: str
    adapter: str
    """A folder of the folder of adapters."""

    @property
    def text(self) -> str:
        return f"adapter:{self.base}+{self.adapter}"


@dataclass(frozen=True)
class Quantized:
    """A model of the shelf in a number format."""

    base: str
    format: str
    """Or a mix of formats."""

    @property
    def text(self) -> str:
        return f"quantized:{self.base}+{self.format}"


Made = Trained | Adapted | Quantized


def is_made(name: str) -> bool:
    """Whether the name is one of these, well written or not."""
    return name.partition(":")[0] in KINDS and ":" in name


def is_word(name: str) -> bool:
    """Whether it may be an adapter's name: it holds no path."""
    return len(name) <= LONGEST and ".." not in name and re.fullmatch(_WORD, name, re.ASCII) is not None


def parse(name: str) -> Made | None:
    """What the name says; None for any other model's. Raises BadRequestError for one that is not well written."""
    if not is_made(name):
        return None
    kind, _, rest = name.replace(" ", "+").partition(":")  # as a browser reads a “+” that was typed in its address
    found = (_TRAINED if kind == "trained" else _PAIR).fullmatch(rest) if len(name) <= LONGEST else None
    if found is None or ".." in rest:
        form, example = FORMS[kind]
        raise BadRequestError(f"“{name[:80]}” is not of the form {form}.", f"For example: {example}")
    if kind != "trained":
        return (Adapted if kind == "adapter" else Quantized)(found[1], found[2])
    pairs = [each.partition(":") for each in found[2].split(",") if each]
    settings = {setting: value for setting, _, value in pairs}
    if len(settings) < len(pairs):
        raise BadRequestError(f"“{name[:80]}” sets one thing twice.", "Name each setting once.")
    return Trained(found[1], tuple(sorted(settings.items())), int(found[3]), found[4] or "")
