"""What the suite asks of *Number formats*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    model="dense",
    broken=(
        Broken(
            "bits",
            "&new=0&panel=number_formats",
            "systems/number_formats/floating.js",
            "const bias = 2 ** (bits.exponent.length - 1) - 1;",
            "const bias = 2 ** (bits.exponent.length - 1);",
            "codes: the drawn bits, read by the formula",
        ),
    ),
)
