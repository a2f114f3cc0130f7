"""Trainings whose figures are published, beside what the calculator makes of their inputs.

Each row says what is compared, from which inputs, and what its number counts: attention or not, all hours or those of
pre-training alone, the peak of which format. What is not published has no error.

>>> [(each.model, f"{each.calculated:.4g}", each.published) for each in published()[:2]]
[('GPT-3', '3.143e+23', 3.14e+23), ('GPT-3, Megatron', '33.91', 34)]
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.stack.pretraining.compute import DAY, HOUR, attention_of_a_token, mfu, six_n_d, trained
from explorer.stack.systems.accelerators import TRAINING_DEVICES
from explorer.stack.transformer.config import DecoderConfig

_GPT3 = "Brown et al. 2020, arXiv 2005.14165, table D.1"
_MEGATRON = "Narayanan et al. 2021, arXiv 2104.04473, section 5.1"
_PALM = "Chowdhery et al. 2022, arXiv 2204.02311, section 4.1 and appendix B"
_LLAMA = "Grattafiori et al. 2024, arXiv 2407.21783, table 4"
_CARD = "Llama 3.1 model card"
_DEEPSEEK = "DeepSeek-AI 2024, arXiv 2412.19437, table 1"
_OLMO = "Train FLOPs in the model card; OLMo et al. 2024, arXiv 2501.00656"
_MID = "The tokens include mid-training; they are quoted from memory, and the card rounds them."
_SMOLLM = "Allal et al. 2025, arXiv 2502.02737, and the model card"

_A100, _H100, _TPU = (TRAINING_DEVICES[key].peak.value for key in ("a100", "h100", "tpu_v4"))
_LLAMA_405B = 405e9, 15.6e12
#: Device hours of a trillion tokens of DeepSeek-V3.
_TRILLION = 180e3
#: Operations a weight and token where all activations are computed twice: a second forward pass.
RECOMPUTED = 8
_SMOLLM2 = DecoderConfig(30, 576, 9, 3, 64, 1536, 49152, 8192)


@dataclass(frozen=True)
class Published:
    """One figure of a training."""

    model: str
    what: str
    """With its unit."""
    calculated: float
    published: float | int | None
    """As it is printed; None: nothing is."""
    rounding: float | int | None
    """Half of the printed last digit, where the inputs say all that the figure needs: then the calculator must meet
    it. None where the figure counts other things than the formula."""
    formula: str
    source: str
    note: str

    @property
    def error(self) -> float | None:
        """Relative."""
        return None if self.published is None else float(self.calculated / self.published - 1)

    @property
    def beyond(self) -> float:
        """How far beyond its rounding, relative to it; 0 within."""
        if self.published is None or self.rounding is None:
            return 0.0
        return max(abs(self.calculated - self.published) / self.rounding - 1, 0.0)


def recomputed_days(parameters: float, tokens: float, devices: int, rate: float) -> float:
    """Days of a run that computes its activations twice: 8 T P / (n X)."""
    return RECOMPUTED * parameters * tokens / (devices * rate) / DAY


def device_hours(parameters: float, tokens: float, rate: float) -> float:
    """Hours of one device at so many operations a second."""
    return six_n_d(parameters, tokens) / rate / HOUR


def palm_mfu(attention: bool) -> float:
    """In per cent, from its tokens a second."""
    of_a_token = 6 * 540.35e9 + (attention_of_a_token(118, 48, 256, 2048) if attention else 0)
    return 100 * mfu(238.3e3 * of_a_token, 6144, _TPU)


def _llama_mfu(rate: float) -> float:
    return 100 * mfu(rate, 1, _H100)


def published() -> tuple[Published, ...]:
    """All rows."""
    return (
        Published(
            "GPT-3", "FLOP", six_n_d(174.6e9, 300e9), 3.14e23, 0.005e23, "6 · 174.6e9 · 300e9", _GPT3,
            "Without attention’s scores, as the paper counts.",
        ),
        Published(
            "GPT-3, Megatron", "days", recomputed_days(175e9, 300e9, 1024, 140e12), 34, 0.5,
            "8 · 175e9 · 300e9 / (1,024 · 140e12)", _MEGATRON,
            "An estimate of the paper, no run: 8 instead of 6, because all activations are computed twice.",
        ),
        Published(
            "Megatron 1T", "days", recomputed_days(1008e9, 450e9, 3072, 163e12), 84, 0.5,
            "8 · 1,008e9 · 450e9 / (3,072 · 163e12)", _MEGATRON,
            "An estimate too. With the round 1e12 parameters it is 83.2 days.",
        ),
        Published(
            "Megatron 1T, per device", "% of peak", 100 * mfu(163e12, 1, _A100), 52, 0.5, "163e12 / 312e12", _MEGATRON,
            "Counts the second computation of activations: hardware’s utilization, no MFU.",
        ),
        Published(
            "PaLM 540B", "MFU, %", palm_mfu(True), 46.2, 0.05,
            "238.3e3 · (6 · 540.35e9 + 12 · 118 · 48 · 256 · 2,048) / (6,144 · 275e12)", _PALM, "With attention.",
        ),
        Published(
            "PaLM 540B, weights alone", "MFU, %", palm_mfu(False), 45.7, 0.05,
            "238.3e3 · 6 · 540.35e9 / (6,144 · 275e12)", _PALM, "Without attention: what 6 N D is to be held against.",
        ),
        Published(
            "Llama 3.1 405B", "FLOP", six_n_d(*_LLAMA_405B), 3.8e25, 0.05e25, "6 · 405e9 · 15.6e12",
            "Grattafiori et al. 2024, arXiv 2407.21783, section 1", "Without attention’s scores.",
        ),
        Published(
            "Llama 3.1 405B, 8,192 GPUs", "MFU, %", _llama_mfu(430e12), 43, None, "430e12 / 989.5e12", _LLAMA,
            "430 TFLOP/s are rounded, and so is the share.",
        ),
        Published(
            "Llama 3.1 405B, 16,384 GPUs", "MFU, %", _llama_mfu(400e12), 41, None, "400e12 / 989.5e12", _LLAMA,
            "400 TFLOP/s are rounded, and so is the share.",
        ),
        Published(
            "Llama 3.1 405B, all hours", "million hours", device_hours(*_LLAMA_405B, 400e12) / 1e6, 30.84, None,
            "6 · 405e9 · 15.6e12 / 400e12 / 3,600", _CARD,
            "The card counts more hours than those of steady pre-training: over all of them 6 N D is "
            f"{100 * six_n_d(*_LLAMA_405B) / (30.84e6 * HOUR) / _H100:.1f} % of the peak.",
        ),
        Published(
            "DeepSeek-V3, 1T tokens", "days", _TRILLION / 2048 / 24, 3.7, 0.05, "180e3 hours / 2,048 / 24",
            _DEEPSEEK,
            f"180,000 hours for 1T tokens and 37e9 active parameters are {_deepseek(1)} of the BF16 peak and "
            f"{_deepseek(2)} of the FP8 peak of its device.",
        ),
        Published(
            "DeepSeek-V3, whole", "million $", 2 * (2664e3 + 119e3 + 5e3) / 1e6, 5.576, 0.0005,
            "$2 · (2,664e3 + 119e3 + 5e3) hours", _DEEPSEEK,
            "A rent of $2 an hour is assumed there; trials, staff and data are not counted.",
        ),
        Published(
            "OLMo 2 7B", "FLOP", six_n_d(7.3e9, 4.05e12), 1.8e23, None, "6 · 7.3e9 · 4.05e12", _OLMO,
            _MID,
        ),
        Published(
            "OLMo 2 13B", "FLOP", six_n_d(13.7e9, 5.6e12), 4.6e23, None, "6 · 13.7e9 · 5.6e12", _OLMO,
            _MID,
        ),
        Published(
            "OLMo 2 32B", "FLOP", six_n_d(32.2e9, 6.6e12), 1.3e24, None, "6 · 32.2e9 · 6.6e12", _OLMO,
            _MID,
        ),
        Published(
            "SmolLM2 135M", "FLOP", six_n_d(134.5e6, 2e12), None, None, "6 · 134.5e6 · 2e12", _SMOLLM,
            "No figure is printed. With attention over 2,048 tokens it is "
            f"{2e12 * trained(_SMOLLM2, 2048) / 2048:.2e}.".replace("e+", "e"),
        ),
    )  # fmt: skip


def _deepseek(halves: int) -> str:
    """Of the peak of 16 bits, or of twice as much."""
    rate = six_n_d(37e9, 1e12) / (_TRILLION * HOUR)
    return f"{100 * rate / (halves * TRAINING_DEVICES['h800'].peak.value):.1f} %"
