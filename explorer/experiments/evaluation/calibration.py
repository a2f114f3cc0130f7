"""Next-token predictions on texts: how sure the model is, and whether it is right; a temperature fitted on others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import passages
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.evaluation.calibration import fitted_temperature

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Tokens of an excerpt that are read, and tokens on which the temperature is fitted, evenly from their excerpts.
READ, FITTED = 160, 240


@dataclass(frozen=True, eq=False)
class Predictions:
    """What was read so far, token by token."""

    kinds: tuple[str, ...]
    """Of the excerpts."""
    kind: Int[Tensor, " item"]
    """A number among the kinds."""
    confidence: Float[Tensor, " item"]
    """The largest probability, in float64."""
    correct: Float[Tensor, " item"]
    surprise: Float[Tensor, " item"]
    """-log p of the token that came, in nats."""
    tempered: Float[Tensor, " item"]
    """The largest probability at the fitted temperature."""
    tempered_surprise: Float[Tensor, " item"]
    temperature: float
    fitted_on: int
    total: int
    """Excerpts that will be judged on."""
    done: int


def predictions(model: Model, each: int, tell: Ticks = unheard) -> Iterator[Predictions]:
    """After each excerpt; the last has all. `each` excerpts of a kind are judged on; one more of each fits the
    temperature."""
    texts = passages.read()
    whole = [ids_of(model, kind.excerpts[at].text) for at in range(each + 1) for kind in texts]
    fitting, judged = whole[: len(texts)], whole[len(texts) :]
    tell(0, len(judged))
    temperature, fitted_on = _fitted(model, fitting)
    parts: list[tuple[Tensor, ...]] = []
    for done, ids in enumerate(judged, 1):
        parts.append(_read(model, ids, temperature, (done - 1) % len(texts)))
        tell(done, len(judged))
        kind, sure, right, surprise, tempered, tempered_surprise = (
            torch.cat(part) for part in zip(*parts, strict=True)
        )
        yield Predictions(
            tuple(each.kind for each in texts), kind, sure, right, surprise, tempered, tempered_surprise,
            temperature, fitted_on, len(judged), done,
        )  # fmt: skip


def ids_of(model: Model, text: str) -> Int[Tensor, " pos"]:
    """The first tokens of a text."""
    return torch.tensor(model.vocabulary.encode(text)[:READ])


def logits_of(model: Model, ids: Int[Tensor, " pos"]) -> Float[Tensor, "next d_vocab"]:
    """Of all tokens but the first, by the explorer's own decoder."""
    with torch.inference_mode():
        return model.decoder(ids[None])[0, :-1]


def _fitted(model: Model, texts: Sequence[Int[Tensor, " pos"]]) -> tuple[float, int]:
    share = max(1, FITTED // len(texts))
    logits, targets = [], []
    for ids in texts:
        made = logits_of(model, ids)
        some = torch.linspace(0, len(made) - 1, min(share, len(made))).long()
        logits.append(made[some])
        targets.append(ids[1:][some])
    return fitted_temperature(torch.cat(logits), torch.cat(targets)), sum(map(len, targets))


def _read(model: Model, ids: Int[Tensor, " pos"], temperature: float, kind: int) -> tuple[Tensor, ...]:
    logits, target = logits_of(model, ids).double(), ids[1:]
    plain, tempered = logits.log_softmax(-1), (logits / temperature).log_softmax(-1)
    own = target[:, None]
    return (
        torch.full_like(target, kind),
        plain.max(-1).values.exp(),
        (plain.argmax(-1) == target).double(),
        -plain.gather(1, own)[:, 0],
        tempered.max(-1).values.exp(),
        -tempered.gather(1, own)[:, 0],
    )


def loss_elsewhere(model: Model, each: int) -> float:
    """The mean -log p over all judged tokens as transformers computes it, text by text, weighted by tokens."""
    texts = passages.read()
    total, count = 0.0, 0
    for at in range(1, each + 1):
        for kind in texts:
            ids = ids_of(model, kind.excerpts[at].text)[None]
            with torch.inference_mode():
                loss = float(model.hf(ids, labels=ids, use_cache=False).loss)
            total, count = total + loss * (ids.shape[1] - 1), count + ids.shape[1] - 1
    return total / count
