"""70B in every format: the reference's table computed, each row beside what it says."""

from __future__ import annotations

from explorer.figures.systems import memory_table as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.inference.serving import memory_calculator
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.systems.quantization.memory_table import MODELS

#: GB of a Llama-2-70B in Q4_K_M, as the cards of TheBloke's files on the hub list it.
PUBLISHED_MIX = 41.42


def table(scene: Scene) -> Rendered[figure.MemoryTable]:  # noqa: ARG001
    known = REAL_MODELS[MODELS[0].name]
    counted = abs(memory_calculator.parameters(known).total - MODELS[0].parameters)
    data = figure.table()
    mix = next(row for row in data.rows if row.row.startswith("GGUF"))
    packed = sum(way.format is not None for way in figure.ways())
    return Rendered(
        data,
        (
            Check(f"Bits of {packed} formulas = bits of packed rows", figure.bits_error(), 1e-9, "bits per weight"),
            Check(f"{MODELS[0].name}: weights by matrix = the memory calculator’s", float(counted), 0.0, "difference"),
            Check(
                f"Q4_K_M of {MODELS[0].name} = the published file’s {PUBLISHED_MIX} GB",
                abs(mix.nbytes[0] / figure.GB - PUBLISHED_MIX), 0.01, "GB",
            ),
        ),
    )  # fmt: skip
