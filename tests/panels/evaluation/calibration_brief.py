"""What the suite asks of *Calibration*."""

from __future__ import annotations

from tests.panels.brief import Brief, Broken

LINK = "&panel=calibration&calibration.excerpts=1"
BRIEF = Brief(
    model="dense",
    controls={"excerpts": 1},
    broken=(
        Broken(
            "calibration-bins",
            LINK,
            "evaluation/calibration/binned.js",
            "Math.ceil(p * bins) - 1",
            "Math.round(p * bins) - 1",
            r"^The page’s calibration error in 15 bins",
        ),
        Broken(
            "calibration-surest",
            LINK,
            "evaluation/calibration/binned.js",
            "confidence[b] - confidence[a]",
            "confidence[a] - confidence[b]",
            r"^The page’s accuracy of the surer half",
        ),
    ),
)
