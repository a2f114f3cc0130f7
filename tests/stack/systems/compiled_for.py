"""FlashAttention's Triton kernels, compiled by Triton for GPUs that need not be there.

`python -m tests.stack.systems.compiled_for '[[90, 64], ...]' COUNT` prints a line of JSON for each compute capability,
head size and kernel, and for the first COUNT of its tiles: the bytes of shared memory, the bytes that spill from
registers to the stack, and of each loop that multiplies how many instructions it has and how many of them are choices
(a masked tile chooses once a score).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import triton  # pyright: ignore[reportMissingImports]
from triton.backends.compiler import GPUTarget  # pyright: ignore[reportMissingImports]
from triton.compiler import ASTSource  # pyright: ignore[reportMissingImports]

from explorer.stack.systems import triton_attention as kernels

#: A causal head of half precision, three queries to a key; strides and pointers divisible by 16, as torch's are.
SWITCHES = {"GROUP": 3, "CAUSAL": True, "WINDOW": 0, "SLOPED": False, "CAPPED": False}
FLOATS = ("LSE", "DELTA", "SLOPES")
TOOLS = Path(triton.__file__).parent / "backends" / "nvidia" / "bin"


def compiled(kernel: Any, capability: int, d: int, tile: tuple[int, int, int, int]) -> Any:
    rows, columns, warps, stages = tile
    constants = {**SWITCHES, "D": d, "DP": d, "BM": rows, "BN": columns}
    signature = {name: _type(name, constants) for name in kernel.arg_names}
    aligned = {
        (at,): [["tt.divisibility", 16]]
        for at, name in enumerate(kernel.arg_names)
        if signature[name].startswith("*") or re.fullmatch("[qkv][bhn]", name)
    }
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants, attrs=aligned)
    return triton.compile(
        source, target=GPUTarget("cuda", capability, 32), options={"num_warps": warps, "num_stages": stages}
    )


def _type(name: str, constants: dict[str, Any]) -> str:
    if name in constants:
        return "constexpr"
    if name.isupper():
        return "*fp32" if name in FLOATS else "*fp16"
    return "fp32" if name in ("factor", "cap") else "i32"


def told_of(made: Any) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(made.asm["cubin"])
        file.flush()
        usage, listing = (_asked(what, file.name) for what in ("--dump-resource-usage", "-sass"))
    code = [(int(at, 16), text) for at, text in re.findall(r"/\*([0-9a-f]{4,5})\*/\s+(.*?);", listing)]
    back = [(int(to[1], 16), at) for at, text in code if (to := re.search(r"BRA.*0x([0-9a-f]+)", text))]
    loops = [(first, last) for first, last in back if first < last]
    innermost = [
        (first, last)
        for first, last in loops
        if not any(first <= a and b <= last for a, b in loops if (a, b) != (first, last))
    ]
    bodies = [[text for at, text in code if first <= at <= last] for first, last in innermost]
    return {
        "shared": made.metadata.shared,
        "spilled": int(re.findall(r"STACK:(\d+)", usage)[0]),
        "loops": [
            [len(body), sum("FSEL" in each for each in body)] for body in bodies if any("MMA" in each for each in body)
        ],
    }


def _asked(what: str, path: str) -> str:
    return subprocess.run([TOOLS / "cuobjdump", what, path], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    for capability, d in json.loads(sys.argv[1]):
        for kernel in (kernels._forward, kernels._key_gradients, kernels._query_gradients):
            for tile in kernels.tiles(kernel)[: int(sys.argv[2])]:
                told = told_of(compiled(kernel, capability, d, tile))
                print(json.dumps([capability, d, kernel.__name__, told]), flush=True)
