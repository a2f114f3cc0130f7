"""Compute: what a training costs, published figures beside it, and a budget by each scaling law."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View
from explorer.stack.systems.accelerators import TRAINING_DEVICES

PANEL = Panel(
    name="compute",
    title="Compute",
    chapter="pretraining",
    order=80,
    about="What does a training cost, do published runs agree, and how do scaling laws split a budget?",
    also=("6nd", "flops", "mfu", "chinchilla", "scaling law", "kaplan", "gpu hours", "cost", "energy", "budget"),
    requires=(),
    controls=(
        Control("parameters", "Parameters", "Those that a token uses.", 70.0, range=(0.001, 100_000.0), unit="B"),
        Control(
            "by",
            "Text",
            "What says how long it is.",
            "tokens",
            choices=(("tokens", "tokens"), ("ratio", "tokens a parameter")),
        ),
        Control("tokens", "Tokens", "All that are read, repeated ones too.", 2000.0, range=(0.001, 1e6), unit="B"),
        Control("ratio", "Tokens a parameter", "Times the parameters.", 20.0, range=(0.01, 1e6)),
        Control("devices", "Devices", "How many train.", 2048, range=(1, 1_000_000)),
        Control(
            "device",
            "Device",
            "Whose peak is taken, dense, in bfloat16.",
            "h100",
            choices=(*((each.key, each.name) for each in TRAINING_DEVICES.values()), ("own", "own peak")),
        ),
        Control("peak", "Peak", "Of a device of one’s own.", 1000.0, range=(0.001, 1e6), unit="TFLOP/s"),
        Control("mfu", "MFU", "What share of the peak the model’s own operations take.", 50.0, range=(0.1, 100.0),
                unit="%"),
        Control("watts", "Power", "Of a device, with its share of what you count.", 700.0, range=(1.0, 100_000.0),
                unit="W"),
        Control("price", "Price", "Of a device and an hour.", 2.0, range=(0.0, 10_000.0), unit="$"),
        Control(
            "budget",
            "Budget",
            "Operations that may be spent.",
            5.76e23,
            choices=(
                (1e18, "10¹⁸"),
                (1e19, "10¹⁹"),
                (1e21, "10²¹"),
                (5.76e23, "5.76·10²³, Chinchilla"),
                (3.8e25, "3.8·10²⁵, Llama 3.1 405B"),
            ),
            range=(1e15, 1e28),
        ),
        Control("length", "Sequence", "Attention grows with it.", 2048, choices=(128, 512, 2048, 8192), unit="tokens"),
    ),
    views=(
        View(
            "cost",
            "What a training costs",
            "Operations, days, energy and price, line by line from stated inputs. MFU is the share of the devices’ "
            "peak that the model’s own operations take.",
            controls=("parameters", "by", "tokens", "ratio", "devices", "device", "peak", "mfu", "watts", "price"),
            provenance=("FORMULA", "QUOTED"),
            source=(
                "stack.pretraining.compute:six_n_d",
                "stack.pretraining.compute:training",
                "stack.pretraining.compute:Cost",
                "stack.systems.accelerators:TrainingDevice",
            ),
        ),
        View(
            "published",
            "Published runs",
            "The same sums with the inputs of published trainings, beside the figures that were printed. What a figure "
            "counts decides whether they agree.",
            provenance=("QUOTED", "FORMULA"),
            source=(
                "experiments.pretraining.published_trainings:published",
                "experiments.pretraining.published_trainings:recomputed_days",
                "experiments.pretraining.published_trainings:palm_mfu",
            ),
        ),
        View(
            "budget",
            "A budget by each law",
            "A scaling law says how a loss falls with parameters and tokens, and so how to split a budget. The laws "
            "disagree; two digits of an exponent move the answer.",
            controls=("budget",),
            provenance=("FORMULA", "QUOTED"),
            source=(
                "stack.pretraining.scaling_law:Law",
                "stack.pretraining.scaling_law:KaplanLaw",
                "stack.pretraining.scaling_law:worth",
                "experiments.pretraining.compute:searched",
            ),
        ),
        View(
            "modules",
            "This model’s operations, part by part",
            "The exact count of a token in training beside 6 N. An embedding table is looked up and multiplies "
            "nothing. Attention’s scores are no weights and grow with the sequence.",
            controls=("length",),
            requires=("decoder",),
            compares="weights",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.pretraining.compute:parts",
                "stack.transformer.block_work:block_work",
                "experiments.pretraining.compute:counted",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
