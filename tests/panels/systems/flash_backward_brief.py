"""What the suite asks of *Backward pass*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    model="dense",
    broken=(
        Broken(
            "gradients",
            "&new=0&panel=flash_backward&layer=1&head=0&pos=2",
            "systems/flash_backward/parts.js",
            "dk: product(ds, cutOf(data.q, queries), { turned: true, factor: data.scaling })",
            "dk: product(ds, cutOf(data.q, queries), { turned: true })",
            "^Sum of all tiles’ parts, added in the page",
        ),
    ),
)
