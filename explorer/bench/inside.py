"""What it costs to look for the parts that carry an answer: by one gradient, and by a run for each part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from explorer import zoo
from explorer.bench import Report
from explorer.corpora.prompt_pairs import fitted
from explorer.experiments.inside.jacobian_lens import ready
from explorer.experiments.inside.patch_map import correlation, strongest
from explorer.fetching.progress import silent
from explorer.stack.frontier.attribution_patching import sloped
from explorer.stack.frontier.carried import Contrast, Recorded, carry, enter, recorded, say
from explorer.stack.frontier.lenses.jacobian import streams
from explorer.stack.frontier.patching import Put, heads, patched
from explorer.stack.frontier.shared_prefix import first_change
from explorer.stack.transformer.head_name import head_name
from explorer.zoo import lenses

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

DESCRIPTION = (
    "attribution patching and exact patching of all heads and MLPs on a prompt of length=40 tokens; a concept by the "
    "Jacobian lens"
)
#: Rounds of what takes parts of a second, and of what takes many.
ROUNDS = (9, 5)
#: What attribution patching may take of one forward and backward; seconds of all exact patches.
TIMES, SECONDS = 2.0, 30.0
#: Seconds of a concept by the Jacobian lens.
CONCEPT = 1.5
BEFORE = "It was a fine day in the old town by the sea, and the friends had time. Many shops were open. "


def run(report: Report, length: int = 40) -> None:
    """Add milliseconds of one forward and backward, of attribution patching, of exact patching; and how they agree."""
    model = zoo.load(zoo.DEFAULT)
    decoder, encode = model.plain_decoder, model.vocabulary.encode
    pair = next(fitted("ioi", encode, 0))
    before = encode(BEFORE)
    texts = [encode(each) for each in (pair.pair.clean, pair.pair.corrupt)]
    # The IOI sentence behind as much of another text as fills the prompt.
    clean, corrupt = (torch.tensor((before * 8)[: length - len(each)] + each) for each in texts)
    metric = Contrast(pair.answers, pair.rivals)

    def plain() -> Tensor:
        x, at = enter(decoder, corrupt)
        x = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(metric(say(decoder, carry(decoder, x[None], at))), x)
        return slope

    def estimated() -> Float[Tensor, " part"]:
        source = recorded(decoder, clean)
        target, slopes = sloped(decoder, corrupt, metric)
        mlps = slopes.estimate("mlp", target, source).sum(-1)
        return torch.cat([slopes.heads(target, source).flatten(), mlps])

    def measured() -> Float[Tensor, " part"]:
        target, source = recorded(decoder, corrupt), recorded(decoder, clean)
        return _patched(decoder, target, source, metric, first_change(decoder, target, source))

    def everywhere() -> Float[Tensor, " part"]:
        return _patched(decoder, recorded(decoder, corrupt), recorded(decoder, clean), metric, 0)

    n = len(estimated())
    case = f"{length} tokens, {n} heads and MLPs"
    medians = report.time(f"{case}: attribution patching, and one forward and backward (plain)",
                          {"explorer": estimated, "plain": plain}, rounds=ROUNDS[0])  # fmt: skip
    ratio = medians["explorer"] / medians["plain"]
    report.judge(f"{case}: attribution patching within {TIMES:g} times one forward and backward", ratio, "times",
                 ratio <= TIMES)  # fmt: skip
    alike = int((clean != corrupt).nonzero()[0])
    for positions, act in ((f"the last {length - alike} positions", measured), ("all positions", everywhere)):
        exact = report.time(f"{case}: exact patching, {positions} carried", {"explorer": act}, rounds=ROUNDS[1])
        seconds = exact["explorer"] / 1e3
        report.judge(f"{case}: exact patching, {positions}, within {SECONDS:g} s", seconds, "s", seconds <= SECONDS)
    report.add(f"{case}: the largest difference of both", "explorer", float((measured() - everywhere()).abs().max()),
               "logits")  # fmt: skip
    _concept(report, model)
    guess, found = estimated(), measured()
    report.add(f"{case}: r of estimated and measured", "explorer", correlation(found, guess), "correlation")
    dims = model.dims
    for _, at in strongest((guess - found)[None], 10):
        layer, head = divmod(at, dims.n_heads)
        part = (
            head_name(layer, head) if at < dims.n_layers * dims.n_heads else f"MLP {at - dims.n_layers * dims.n_heads}"
        )
        report.add(f"{part}, of the ten worst: measured", "explorer", float(found[at]), "logits")
        report.add(f"{part}, of the ten worst: estimated", "explorer", float(guess[at]), "logits")


def _concept(report: Report, model: Model) -> None:
    """One token's directions in every block by the Jacobian lens, and where they are met on a text."""
    decoder, encode = model.plain_decoder, model.vocabulary.encode
    text = torch.stack(_streams(decoder, torch.tensor(encode(BEFORE))))
    token = encode(" Paris")[0]
    case = f"a concept by the Jacobian lens, {lenses.PROMPTS} prompts of {lenses.LENGTH} tokens"

    def concept() -> None:
        for _ in ready(model, decoder, token, text, lenses.PROMPTS, silent):
            pass

    seconds = report.time(case, {"explorer": concept}, rounds=ROUNDS[1])["explorer"] / 1e3
    report.judge(f"{case}: within {CONCEPT:g} s", seconds, "s", seconds <= CONCEPT)


@torch.no_grad()
def _streams(decoder: Decoder, ids: Tensor) -> list[Tensor]:
    return [each[0] for each in streams(decoder, ids[None])[0]]


def _patched(
    decoder: Decoder, target: Recorded, source: Recorded, metric: Contrast, first: int
) -> Float[Tensor, " part"]:
    puts = [*heads(source), *(Put("mlp", layer, mlp) for layer, mlp in enumerate(source.mlp))]
    found = torch.empty(len(puts))
    base = metric(target.logits[None])
    for some, logits in patched(decoder, target, puts, first=first):
        found[some] = metric(logits) - base
    return found
