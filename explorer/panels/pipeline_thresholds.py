"""The thresholds of a pipeline's rules that a person may move: in its Sankey and in a document's passport alike."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.panels.controls import Control
from explorer.panels.scene import Scene


@dataclass(frozen=True)
class Movable:
    """A rule, and how far its threshold may be moved; the default is the field's."""

    rule: str
    control: str
    label: str
    default: float | int
    low: float | int
    high: float | int
    step: float | int

    @property
    def whole(self) -> bool:
        return self.step >= 1


MOVABLE = (
    Movable("language", "language", "Language, probability", 0.65, 0, 1, 0.01),
    Movable("dup_line_frac", "dup_lines", "Duplicate lines", 0.3, 0, 1, 0.01),
    Movable("top_2_gram", "top_pair", "Likeliest pair of words", 0.2, 0, 1, 0.01),
    Movable("duplicated_5_n_grams", "repeated_runs", "Repeated runs of 5 words", 0.15, 0, 1, 0.01),
    Movable("gopher_short_doc", "words", "Words", 50, 0, 400, 5),
    Movable("gopher_above_avg_threshold", "word_length", "Letters a word", 10, 3, 20, 0.5),
    Movable("gopher_below_alpha_threshold", "alphabetic", "Words with a letter", 0.8, 0, 1, 0.01),
    Movable("gopher_enough_stop_words", "stop_words", "Different stop words", 2, 0, 8, 1),
    Movable("too_few_sentences", "sentences", "Sentences", 5, 0, 20, 1),
    Movable("line_punct_ratio", "ended_lines", "Lines with an end", 0.12, 0, 1, 0.01),
    Movable("short_line_ratio", "short_lines", "Short lines", 0.67, 0, 1, 0.01),
    Movable("char_dup_ratio", "dup_characters", "Characters in duplicate lines", 0.01, 0, 1, 0.01),
    Movable("list_ratio", "line_breaks", "Line breaks a word", 0.3, 0, 1, 0.01),
    Movable("perplexity", "prose_kept", "Held-out prose that stays, share", 0.99, 0.5, 1, 0.01),
    Movable("quality_classifier", "good", "Good text, probability", 0.5, 0, 1, 0.01),
    Movable("toxicity", "listed", "Listed words", 0.02, 0, 0.2, 0.005),
    Movable("benchmark_items", "items", "Of an item’s n-grams", 0.5, 0, 1, 0.05),
)
NAMES = tuple(each.control for each in MOVABLE)


def threshold_controls() -> tuple[Control, ...]:
    return tuple(
        Control(
            each.control,
            each.label,
            f"The threshold of the rule {each.rule}.",
            int(each.default) if each.whole else float(each.default),
            range=(int(each.low), int(each.high)) if each.whole else (float(each.low), float(each.high)),
            step=int(each.step) if each.whole else each.step,
        )
        for each in MOVABLE
    )


def moved(scene: Scene) -> dict[str, float | int]:
    """The thresholds that a link moves, by rule; that of the perplexity is a share of held-out prose (as CCNet's)."""
    made: dict[str, float | int] = {
        each.rule: scene.whole(each.control) if each.whole else scene.real(each.control)
        for each in MOVABLE
        if scene.said(each.control)
    }
    if "perplexity" in made:
        from explorer.experiments.pretraining.corpus_run.tools import perplexity_below

        made["perplexity"] = perplexity_below(made["perplexity"])
    return made
