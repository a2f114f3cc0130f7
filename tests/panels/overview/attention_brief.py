"""What the suite asks of *Attention*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

BRIEF = Brief(
    broken=(
        Broken(
            "differences",
            "&new=0&panel=attention&with=model%3Dsix-kinds-dense%26text%3DOne%2520two%2520men%26new%3D0",
            "overview/attention/maps.js",
            "maps.a[cell] - was.a[cell]",
            "maps.a[cell] - was.a[cell + 1]",
            "^The painted differences add up",
        ),
        Broken(
            "reads",
            "&new=0&panel=attention&pos=2&with=model%3Dsix-kinds-dense%26text%3DOne%2520two%2520men%26new%3D0",
            "overview/attention/strongest.js",
            "weight - was.weight[at]",
            "weight - was.weight[at + 1]",
            "^The largest painted difference = that of the weights",
        ),
    )
)
