"""A decoder's config as a table of plain values, and back: what a file keeps of a decoder that no library knows.

>>> from explorer.stack.embeddings.rope import RopeConfig
>>> from explorer.stack.embeddings.rope_scaling import Linear
>>> config = DecoderConfig(2, 8, 2, 1, 4, 16, 50, 32, placement="post", windows=(4, None),
...                        rope=RopeConfig(d_head=4, scaling=Linear(2.0)))
>>> table = table_of(config)
>>> table["placement"], table["windows"], table["rope"]["scaling"]
('post', [4, None], {'kind': 'Linear', 'factor': 2.0})
>>> config_of(table) == config
True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import cast, get_args

from pydantic import TypeAdapter, ValidationError

from explorer.errors import UnsupportedModelError
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.embeddings.rope_scaling import Scaling
from explorer.stack.transformer.config import DecoderConfig

_SCALINGS = {kind.__name__: kind for kind in get_args(Scaling)}
_ROPES = ("rope", "rope_local")
Table = dict[str, object]


def table_of(config: DecoderConfig) -> Table:
    """All fields by name; a rotation is a table of its own, and its scaling names its kind."""
    table: Table = {**asdict(config), "windows": list(config.windows)}
    for name in _ROPES:
        rope = getattr(config, name)
        if rope is not None and rope.scaling is not None:
            table[name] = asdict(rope) | {"scaling": {"kind": type(rope.scaling).__name__, **asdict(rope.scaling)}}
    return table


def config_of(table: Mapping[str, object]) -> DecoderConfig:
    """The config that the table says. Raises UnsupportedModelError for one that says none."""
    try:
        ropes = {name: _rope(cast("Table", table[name])) for name in _ROPES if table.get(name) is not None}
        return TypeAdapter(DecoderConfig).validate_python({**table, **ropes})
    except (ValidationError, TypeError, ValueError, KeyError) as error:
        raise UnsupportedModelError(
            f"The settings of the explorer's own decoder are not understood: {str(error).splitlines()[0][:160]}.",
            "Write the checkpoint again with this version.",
        ) from error


def _rope(table: Table) -> RopeConfig:
    scaling = table.get("scaling")
    if scaling is None:
        return TypeAdapter(RopeConfig).validate_python(table)
    given = dict(cast("Table", scaling))
    kind = _SCALINGS[str(given.pop("kind"))]
    return RopeConfig(**{**table, "scaling": TypeAdapter(kind).validate_python(given)})  # pyright: ignore[reportArgumentType]
