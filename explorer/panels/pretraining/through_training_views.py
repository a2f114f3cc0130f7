"""Through training: every checkpoint of one run, measured."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from explorer.experiments.pretraining import through_training as experiment
from explorer.experiments.pretraining import trained_matrices as matrices
from explorer.figures.checkpoints import TrainedCheckpoint
from explorer.figures.pretraining import through_training as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Tokens of a text that are read.
LONGEST = 128


def course(scene: Scene) -> Rendered[figure.CourseThrough]:
    found = experiment.roles(scene.ticks("Checkpoints read"))
    check = Check(
        "The start that the run has kept = weights drawn anew from its seed, in float16",
        experiment.start_error(), 0.0, "largest difference",
    )  # fmt: skip
    data = experiment.recipe().data
    return Rendered(figure.course(_about(), experiment.curves(), found, data.repeated, data.period), (check,))


def next_token(scene: Scene) -> Rendered[figure.NextThrough]:
    typed = scene.text("text")
    text = typed if typed.strip() else str(scene.model.tokenizer.decode(scene.trace.ids.tolist()))
    ids = experiment.encode(text) or [0]
    found = experiment.said(ids[-LONGEST:], scene.ticks("Checkpoints read"))
    with torch.inference_mode():
        theirs = experiment.of_transformers(found.steps[-1])(torch.tensor([list(found.ids)])).logits[0, -1].softmax(-1)
    check = Check(
        "The last checkpoint’s probabilities = transformers’ on the same weights",
        float((theirs - found.p[-1]).abs().max()), 1e-4, "largest difference",
    )  # fmt: skip
    return Rendered(figure.next_token(_about(), found, text, max(len(ids) - LONGEST, 0)), (check,))


def ngrams(scene: Scene) -> Iterator[Rendered[figure.GramsThrough]]:
    counted = int(experiment.counted().counts.sum())
    for found in experiment.imitated(scene.ticks("Checkpoints read")):
        checks = (
            Check("Divergences from each n-gram = torch’s own", found.apart, 1e-3, "nats"),
            Check(
                "The probabilities of each n-gram sum to 1 after each context", found.sums, 1e-4, "largest difference"
            ),
        )
        whole = found.steps == experiment.steps()
        yield Rendered(figure.ngrams(_about(), found, counted), checks if whole else ())


def heads(scene: Scene) -> Rendered[figure.RolesThrough]:
    found = experiment.roles(scene.ticks("Checkpoints read"))
    step = found.steps[-1]
    apart = float((experiment.by_hand(step) - found.scores[0, -1]).abs().max())
    check = Check(
        f"Induction scores after {step:,} steps = transformers’ attention, averaged query by query",
        apart, 1e-4, "largest difference",
    )  # fmt: skip
    texts = tuple(experiment.windows().shape)
    return Rendered(figure.heads(_about(), found, experiment.ROLES, (texts[0], texts[1])), (check,))


def embeddings(scene: Scene) -> Rendered[figure.EmbeddingsThrough]:
    found = matrices.mapped(scene.ticks("Embeddings read"))
    check = Check(
        "The variances on both axes = the two largest eigenvalues of the covariance",
        found.axes_error, 1e-3, "largest share apart",
    )  # fmt: skip
    return Rendered(figure.embeddings(_about(), found), (check,))


def spectrum(scene: Scene) -> Rendered[figure.SpectrumThrough]:
    found = matrices.spectrum(scene.one_of("matrix"), scene.whole("block"), scene.ticks("Checkpoints read"))
    check = Check(
        "At each checkpoint the squares of the singular values sum to the squared Frobenius norm",
        found.norm_error, 1e-4, "largest share apart",
    )  # fmt: skip
    return Rendered(figure.spectrum(_about(), found), (check,))


def _about() -> figure.About:
    made, last = experiment.recipe(), experiment.decoder_at(experiment.steps()[-1])
    return figure.About(
        run=experiment.RUN,
        seed=made.run.seed,
        parameters=experiment.parameters(),
        d_vocab=made.data.d_vocab,
        d_model=last.config.d_model,
        pieces=experiment.pieces(),
        checkpoints=[
            TrainedCheckpoint(arm="run", step=step, model=experiment.name_of(step)) for step in experiment.steps()
        ],
    )
