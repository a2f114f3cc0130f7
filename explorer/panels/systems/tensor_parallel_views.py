"""Tensor parallel: a block cut across its width, and what real processes compute of it together."""

from __future__ import annotations

from explorer.errors import NotApplicableError
from explorer.experiments.systems import tensor_parallel as experiment
from explorer.experiments.systems.tensor_parallel import NAMES, SplitRun
from explorer.experiments.systems.tensor_rank import LONG
from explorer.figures.systems import tensor_parallel as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.parallelism.slices import fitting, refusal
from explorer.stack.parallelism.tensor import block_bytes
from explorer.stack.worst import worst

#: Tokens of the run that are computed and sent to the page.
MOST = 24
OUTPUT, GRADIENT = 1e-5, 1e-5
#: Bytes on the socket beyond the payload, of a long message.
HEADERS = 0.02


def block(scene: Scene) -> Rendered[figure.TensorBlock]:
    decoder, ids = scene.decoder, scene.trace.ids[:MOST]
    config = decoder.config
    if len(ids) < 2:
        raise NotApplicableError("A text of one token has no next token to learn from.", "Write a longer prompt.")
    fit = [each for each in fitting(config, 4) if each > 1]
    ranks = scene.whole("ranks", default=fit[0] if fit else 2)
    if refused := refusal(config, ranks):
        raise NotApplicableError(refused, "Choose another number of ranks, or another model.")
    one = experiment.alone(decoder, ids, scene.layer)
    run = experiment.split(one, ranks, scene.ticks("Blocks"))
    return Rendered(figure.block(run, ids.numpy(), LONG), _checks(run), token_ids=ids.tolist(), chosen={"ranks": ranks})


def _checks(run: SplitRun) -> tuple[Check, ...]:
    stream = run.one.x.nbytes
    checks = [
        Check(
            "The sum on every rank = what one process’s block adds, every token",
            worst(run.output_error(name) for name in NAMES), OUTPUT, "relative error",
        ),
        Check("Gradients of the ranks put together = one process’s", run.block_gradient_error, GRADIENT,
              "relative error"),
        Check(
            "Bytes that each rank sends, sum by sum = the formula of a block",
            worst(abs(each - block_bytes(stream, run.ranks)) for each in run.sent), 0.5, "bytes",
        ),
    ]  # fmt: skip
    if run.counted:
        expected = run.ranks * run.longer.formula
        checks.append(
            Check(
                f"Bytes on the socket = the formula, for the sum of {LONG:,} tokens",
                abs((run.longer.socket or 0) / expected - 1), HEADERS, "relative, headers too",
            )
        )  # fmt: skip
    return tuple(checks)
