"""A head has one name, and one function puts it together: `head_name` in Python, `headName` in the page."""

from __future__ import annotations

import re
from pathlib import Path

from explorer.stack.transformer.head_name import head_name
from explorer.tracing import parse_intervention

TOP = Path(__file__).resolve().parents[1]
#: A name that is put together by hand: f"L{layer}.H{head}", `L${layer}.H${head}`.
BY_HAND = re.compile(r"L\$?\{[^}]*\}\.H\$?\{")
#: A head told in another notation: "head {layer}.{head}", "head ${layer}.${head}".
OTHERWISE = re.compile(r"\b[Hh]ead \$?\{[^}]*layer[^}]*\}\.\$?\{")
TWINS = {"explorer/stack/transformer/head_name.py", "assets/kit/numbers/format.js"}


def test_one_function_names_heads_in_python_and_one_in_the_page() -> None:
    files = [*(TOP / "explorer").rglob("*.py"), *(TOP / "assets").rglob("*.js")]
    found = {
        str(path.relative_to(TOP))
        for path in files
        if "vendor" not in path.parts and (BY_HAND.search(text := path.read_text("utf-8")) or OTHERWISE.search(text))
    }
    assert found == TWINS


def test_an_ablated_head_bears_its_name() -> None:
    assert parse_intervention("ablate:23.0").label == f"{head_name(23, 0)} off" == "L23.H0 off"
    assert parse_intervention("ablate:23.0:mean").label == "L23.H0 off (mean)"
