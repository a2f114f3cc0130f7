"""The search tree."""

from __future__ import annotations

from typing import get_args

from explorer.experiments.frontier import search_tree as experiment
from explorer.experiments.frontier import thinking
from explorer.figures.frontier import thinking as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Nats; float32 through a cache and in one pass.
NEAR = 1e-3


def tree(scene: Scene) -> Rendered[figure.StepTree]:
    of, refused = thinking.asked(scene.text("prompt"))
    scene.progress("Searching", 0, 1)
    made = experiment.searching(
        scene.one_of("stage", get_args(thinking.Stage)), of, scene.whole("width"), scene.whole("branch"),
        scene.one_of("by", ("logprob", "process")),
    )  # fmt: skip
    kv = thinking.decoder(scene.one_of("stage", get_args(thinking.Stage))).config
    formula = made.tree.tokens_shared * 2 * kv.n_layers * kv.n_kv_heads * kv.d_head * 4
    checks = (
        Check("Totals of all dots, through a shared cache = one pass of each whole text", made.off, NEAR, "nats"),
        Check("Bytes of the cache’s tensors = 2 · blocks · heads · width of a head · 4 · tokens",
              float(abs(made.tree.bytes_shared - formula)), 0.0, "bytes"),
    )  # fmt: skip
    return Rendered(figure.step_tree(made, refused), checks)
