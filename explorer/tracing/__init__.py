"""A run made visible: its key, its capture, the trace and what is derived from it, interventions and the store."""

from explorer.tracing.attribution import Attribution, Neurons
from explorer.tracing.capture import capture
from explorer.tracing.causes import Difference, compare
from explorer.tracing.head_scores import HeadScores
from explorer.tracing.induction import induction_scores
from explorer.tracing.interventions import (
    AblateHead,
    AblateMLP,
    AddToken,
    Intervention,
    PatchPosition,
    ScaleResidual,
    parse_intervention,
)
from explorer.tracing.key import TraceKey
from explorer.tracing.lens import LogitLens
from explorer.tracing.recording import Recording, Step, Token
from explorer.tracing.routing_edits import ForbidExpert, ForceExpert, UseExperts
from explorer.tracing.store import MAX_NEW_TOKENS, MAX_PROMPT_TOKENS, TraceStore
from explorer.tracing.trace import Trace

__all__ = [
    "MAX_NEW_TOKENS", "MAX_PROMPT_TOKENS", "AblateHead", "AblateMLP", "AddToken", "Attribution",
    "Difference", "ForbidExpert", "ForceExpert", "HeadScores", "Intervention", "LogitLens", "Neurons",
    "PatchPosition", "Recording", "ScaleResidual", "Step", "Token", "Trace", "TraceKey", "TraceStore", "UseExperts",
    "capture", "compare", "induction_scores", "parse_intervention",
]  # fmt: skip
