"""What a process answers to one link: all light views of a mixture's panels. Run as a program, it prints them."""

from __future__ import annotations

import json
import sys
from typing import Any

#: interventions, a forced token, a sampler of its own, a seed
QUERY = (
    "model=six-kinds-moe&text=And%20it%20came%20to%20pass%20that&new=4&T=0.8&k=20&p=0.9&minp=0.01&rep=1.1"
    "&order=top_k,penalty,presence,frequency,temperature,top_p,min_p,typical&seed=11"
    "&force=1:300&do=ablate:1.2,forbid:0:3:1"
)
FOCUS = {"position": 5, "layer": 1, "head": 2, "target": 300, "expert": 3}
CONTROLS = {"two_runs": {"with": "model=six-kinds-moe&text=And%20it%20came%20to%20be"}}


def answers() -> dict[str, Any]:
    """By panel and view, as JSON."""
    from explorer.panels import panels
    from explorer.shell.service import Explorer

    service, found = Explorer(), {}
    for name, panel in panels().items():
        views = [view.name for view in panel.views if not view.heavy and panel.reads(view) == "run"]
        if views:
            drawn = service.views(QUERY, name, views, FOCUS, CONTROLS.get(name, {}))["views"]
            found |= {f"{name}.{view}": entry for view, entry in drawn.items()}
    return json.loads(json.dumps(found))


if __name__ == "__main__":
    import torch

    torch.set_num_threads(int(sys.argv[1]))  # sums are taken in as many parts as there are threads
    json.dump(answers(), sys.stdout)
