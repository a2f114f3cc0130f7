"""The payloads' types for JavaScript: ``assets/types/<chapter>.d.ts``, which ``python -m explorer types`` writes.

>>> declaration(_Example)
'export interface _Example {\\n  /** "layer" */\\n  norm: Floats;\\n  name: string | null;\\n  kind: "a" | "b";\\n}'
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import types
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from jaxtyping import AbstractArray, Float
from torch import Tensor

from explorer import figures
from explorer.figures.payload import Payload

HEAD = """// The views' payloads, as `unpack` in shell/server/payload.js gives them. `python -m explorer types` writes
// them from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.
"""
#: the file of what is of no chapter
SHARED = "shared"
ARRAYS = """
export interface Floats { a: Float32Array; shape: number[]; }
export interface Ints { a: Int32Array | Int16Array | Int8Array | Uint16Array | Uint8Array; shape: number[]; }
export interface Bools { a: Uint8Array; shape: number[]; }
"""
_PLAIN: Mapping[object, str] = {
    int: "number", float: "number", str: "string", bool: "boolean", type(None): "null", None: "null",
}  # fmt: skip


def payloads() -> list[type]:
    """Every dataclass that a payload of some view holds, by name. Raises ValueError when two bear one name."""
    found: dict[str, type] = {}
    for module in pkgutil.walk_packages(figures.__path__, figures.__name__ + "."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Payload) and value is not Payload:
                _collect(value, found)
    return [found[name] for name in sorted(found)]


def texts() -> dict[str, str]:
    """The files by their names: one for each chapter that has payloads, and one for what is of none."""
    chapters = {each.name for each in pkgutil.iter_modules(figures.__path__) if each.ispkg}
    files = dict.fromkeys(("Floats", "Ints", "Bools"), SHARED)
    found = payloads()
    files |= {each.__name__: _file(each, chapters) for each in found}
    return {
        file: _text(file, [each for each in found if files[each.__name__] == file], files)
        for file in sorted({*files.values()})
    }


def _file(kind: type, chapters: Set[str]) -> str:
    """Where a payload's type stands: in the chapter of its module, of whichever layer."""
    return next((part for part in kind.__module__.split(".")[2:3] if part in chapters), SHARED)


def _text(file: str, kinds: Sequence[type], files: Mapping[str, str]) -> str:
    """One file: what it takes from others, and its interfaces."""
    said = [declaration(each) for each in kinds]
    needed = {
        word for each in said for word in re.findall(r"\b[A-Z]\w*", re.sub(r'"[^"]*"', "", each)) if word in files
    }
    others: dict[str, list[str]] = {}
    for name in sorted(needed):
        if files[name] != file:
            others.setdefault(files[name], []).append(name)
    imports = "".join(f'import type {{ {", ".join(others[each])} }} from "./{each}";\n' for each in sorted(others))
    return "\n".join([HEAD + imports + (ARRAYS if file == SHARED else ""), *(f"{each}\n" for each in said)])


def declaration(kind: type) -> str:
    """One dataclass as an interface."""
    hints = get_type_hints(kind, include_extras=True)
    lines = [f"export interface {kind.__name__} {{"]
    for each in fields(kind):
        hint = hints[each.name]
        if isinstance(hint, type) and issubclass(hint, AbstractArray):
            lines.append(f'  /** "{hint.dim_str}" */')
        lines.append(f"  {each.name}: {typescript(hint)};")
    return "\n".join([*lines, "}"])


def typescript(hint: object) -> str:
    """A Python annotation as a TypeScript type. Raises TypeError for one that has none.

    >>> typescript(list[tuple[int, str]]), typescript(dict[str, float | None]), typescript(Annotated[dict, "Ints"])
    ('[number, string][]', 'Record<string, number | null>', 'Ints')
    """
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return next((each for each in parts[1:] if isinstance(each, str)), None) or typescript(parts[0])
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(map(typescript, parts)))
    if origin is Literal:
        return " | ".join(f'"{each}"' if isinstance(each, str) else str(each).lower() for each in parts)
    if origin is tuple and not (len(parts) == 2 and parts[1] is ...):
        return f"[{', '.join(map(typescript, parts))}]"
    if origin in (list, tuple, Sequence):
        inner = typescript(parts[0])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if origin in (dict, Mapping):
        return f"Record<string, {typescript(parts[1])}>"
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        kind = str(hint.dtypes[0]) if hint.dtypes else ""
        return "Bools" if "bool" in kind else "Ints" if "int" in kind else "Floats"
    if isinstance(hint, type) and (is_dataclass(hint) or is_typeddict(hint)):
        return hint.__name__
    raise TypeError(f"{hint} has no type in JavaScript")


def _collect(kind: object, found: dict[str, type]) -> None:
    if is_dataclass(kind) and isinstance(kind, type):
        if found.setdefault(kind.__name__, kind) is not kind:
            raise ValueError(f"two payloads bear the name {kind.__name__}: {kind.__module__} has one of them")
        for hint in get_type_hints(kind, include_extras=True).values():
            _collect(hint, found)
    for part in get_args(kind):
        _collect(part, found)


@dataclass(frozen=True)
class _Example:
    norm: Float[Tensor, " layer"]
    name: str | None
    kind: Literal["a", "b"]
