"""The stream's length over texts: as it comes, and the same as in transformers."""

from __future__ import annotations

from explorer.corpora import passages
from explorer.experiments.systems import number_formats as experiment
from explorer.zoo.model import Model


def test_texts_come_one_by_one_and_are_what_transformers_reads(moe: Model) -> None:
    told = list[tuple[str, int, int]]()
    seen = list(experiment.measure(moe, lambda *said: told.append(said)))
    total = len(passages.read())
    assert [len(read) for read in seen] == list(range(1, total + 1))
    assert told == [("Texts read", done, total) for done in range(total)]
    assert seen[-1][:2] == seen[1]
    for each in seen[-1]:
        assert each.length.shape == (moe.dims.n_layers + 1, len(each.ids))
        assert experiment.elsewhere_error(moe, each) < 1e-5
