"""Peak memory of attention, for `bench attention`: a process that does nothing else reads its own high-water mark.

`python -m explorer.bench.attention_memory '[["tiled", 2048, false], ...]'` prints one number of bytes for each kernel,
length and whether with the backward pass: how far resident memory rises above what the inputs and the loaded
libraries take.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

from explorer.bench.attention import act_of


def peak(name: str, n: int, backward: bool) -> int:
    """Bytes above what is there before, of one causal attention. The first call loads what is loaded once."""
    act_of(name, 64, causal=True, backward=backward)()
    act = act_of(name, n, causal=True, backward=backward)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the mark falls to what is resident now
    before = _resident("VmHWM")
    act()
    return max(0, _resident("VmHWM") - before)


def _resident(field: str) -> int:
    """Bytes, from this process's own status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(field))


if __name__ == "__main__":
    print(json.dumps([peak(*each) for each in json.loads(sys.argv[1])]))
