"""py3langid, as `explorer.compat.py3langid` looks into it: what is read gives the library's own answer."""

from __future__ import annotations

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from explorer.compat import py3langid

TEXT = "Das Haus steht am Fluss."


def test_the_largest_score_is_its_answer() -> None:
    known = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    scores = np.asarray(py3langid.scores(known, py3langid.encoded(known, TEXT)))
    assert known.nb_classes[int(scores.argmax())] == known.classify(TEXT)[0] == "de"


def test_the_automaton_is_walked_byte_by_byte() -> None:
    known = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    state, seen = 0, set()
    for byte in py3langid.encoded(known, TEXT):
        state = py3langid.step(known, state, byte)
        seen.add(int(known.tk_output[state]))
    assert len(seen - {-1}) > 5
