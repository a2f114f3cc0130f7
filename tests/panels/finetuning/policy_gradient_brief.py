"""What the suite asks of *Policy gradient*."""

from __future__ import annotations

from urllib.parse import quote

from tests.panels.brief import Brief, Broken

#: One sum, four answers.
TINY = {"group": 4, "prompts": "28+35=", "seed": 1}
_LINK = "&".join(f"policy_gradient.{name}={quote(str(value))}" for name, value in TINY.items())
BRIEF = Brief(
    controls=TINY,
    model="dense",
    broken=(
        Broken(
            "policy-gradient",
            f"?model=six-kinds-dense&text=Then%20Mary&panel=policy_gradient&{_LINK}",
            "finetuning/policy_gradient/estimate.js",
            "share(i) * times(i) }",
            "share(i) }",
            r"^Losses and norms from this page’s weights = ",
        ),
    ),
)
