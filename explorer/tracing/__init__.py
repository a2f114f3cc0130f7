"""A run made visible: its key, its capture, the trace and what is derived from it, interventions and the store."""

from explorer.tracing.capturing.capture import capture
from explorer.tracing.changes.interventions import (
    AblateHead,
    AblateMLP,
    AddToken,
    Intervention,
    PatchPosition,
    ScaleResidual,
    parse_intervention,
)
from explorer.tracing.changes.routing_edits import ForbidExpert, ForceExpert, UseExperts
from explorer.tracing.derived.attribution import Attribution, Neurons
from explorer.tracing.derived.head_scores import HeadScores
from explorer.tracing.derived.lens import LogitLens
from explorer.tracing.key import TraceKey
from explorer.tracing.probes.causes import Difference, compare
from explorer.tracing.probes.induction import induction_scores
from explorer.tracing.recording import Recording, Step, Token
from explorer.tracing.stored.store import MAX_NEW_TOKENS, MAX_PROMPT_TOKENS, TraceStore
from explorer.tracing.trace import Trace

__all__ = [
    "MAX_NEW_TOKENS", "MAX_PROMPT_TOKENS", "AblateHead", "AblateMLP", "AddToken", "Attribution",
    "Difference", "ForbidExpert", "ForceExpert", "HeadScores", "Intervention", "LogitLens", "Neurons",
    "PatchPosition", "Recording", "ScaleResidual", "Step", "Token", "Trace", "TraceKey", "TraceStore", "UseExperts",
    "capture", "compare", "induction_scores", "parse_intervention",
]  # fmt: skip
