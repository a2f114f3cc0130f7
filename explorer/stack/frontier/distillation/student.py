"""A student and the ways in which it may be taught: which text it reads, and what its loss compares.

    text alone      the corpus; cross-entropy of its own next tokens                      the control
    forward         the corpus; KL(teacher || student) at every place                     Hinton's soft targets
    reverse, jsd    the same with KL(student || teacher), or the JSD halfway              MiniLLM, GKD
    features        the corpus; cross-entropy, and the teacher's streams through maps     FitNets
    own             what the student writes; KL(student || teacher) there                 on-policy, GKD with lambda 1
    written         what the teacher draws; cross-entropy                                 data
    likeliest       the teacher's likeliest tokens; cross-entropy                         sequence level

>>> BY_NAME["forward"].beta, BY_NAME["own"].text, BY_NAME["text"].taught
(0.0, 'own', False)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.frontier.distillation.chunked import Distilled, distilled_loss
from explorer.stack.frontier.distillation.continued import continued
from explorer.stack.frontier.distillation.divergences import FORWARD, REVERSE
from explorer.stack.frontier.distillation.features import Projections, streams
from explorer.stack.transformer.attention import Kernel, KernelName
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses

Text = Literal["corpus", "own", "teacher", "likeliest"]
#: Share of a window that is given where a model writes the rest.
GIVEN = 0.25


@dataclass(frozen=True)
class Way:
    """One way to teach."""

    name: str
    beta: float | None = None
    """Of the divergence (`divergences`); None: distributions are not compared."""
    temperature: float = 1.0
    """That both logits are divided by."""
    hard: float = 0.0
    """Share of the text's own tokens in the loss, where distributions are compared."""
    features: float = 0.0
    """Weight of the streams' loss."""
    text: Text = "corpus"

    @property
    def taught(self) -> bool:
        """Whether the loss needs the teacher at all."""
        return self.beta is not None or self.features > 0


WAYS = (
    Way("text"),
    Way("forward", FORWARD),
    Way("reverse", REVERSE),
    Way("jsd", 0.5),
    Way("features", features=1.0),
    Way("own", REVERSE, text="own"),
    Way("written", text="teacher"),
    Way("likeliest", text="likeliest"),
)
BY_NAME = {each.name: each for each in WAYS}


class Teacher:
    """A frozen decoder, and what it held for the last batch: students taught side by side read the same windows."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self._last: tuple[Tensor, list[Tensor]] | None = None

    @torch.no_grad()
    def streams(self, ids: Int[Tensor, "row pos"]) -> list[Float[Tensor, "row pos d_model"]]:
        """Behind every block."""
        if self._last is None or not torch.equal(self._last[0], ids):
            self._last = ids.clone(), streams(self.decoder, ids)
        return self._last[1]

    def forget(self) -> None:
        """The next batch is read, whatever the last one was."""
        self._last = None

    @torch.no_grad()
    def read(self, ids: Int[Tensor, "row pos"]) -> Float[Tensor, "row_pos d_model"]:
        """What its unembedding reads."""
        return self.decoder.read(self.streams(ids)[-1]).flatten(0, 1)


class Student(Decoder):
    """A decoder whose training loss asks a teacher. Out of training its loss is a decoder's."""

    def __init__(self, config: DecoderConfig, compute: torch.dtype | None = None) -> None:
        super().__init__(config, compute)
        self.way = BY_NAME["text"]
        self.projections: Projections | None = None
        self._teacher: Teacher | None = None  # no module: not a part of the student, nor of its weights

    def taught(self, teacher: Teacher, way: Way, generator: torch.Generator | None = None) -> Student:
        """From now on by that teacher. Raises ValueError where the vocabularies differ: distributions over other tokens
        cannot be compared."""
        there = teacher.decoder.config
        if there.d_vocab != self.config.d_vocab:
            raise ValueError(f"{there.d_vocab} tokens of the teacher, {self.config.d_vocab} of the student")
        self._teacher, self.way = teacher, way
        if way.features:
            made = Projections(self, teacher.decoder, generator or torch.Generator().manual_seed(0))
            self.projections = made
        return self

    @property
    def teacher(self) -> Teacher:
        if self._teacher is None:
            raise LookupError("this student has no teacher")
        return self._teacher

    def decoder(self) -> Decoder:
        """The student as any decoder, without what it is taught by: it shares the weights."""
        made = Decoder(self.config)
        made.load_state_dict({name: each for name, each in self.state_dict().items() if not _thrown(name)}, assign=True)
        if self.config.tied:
            made.unembed.weight = made.embed.weight
        return made.eval().requires_grad_(False)

    def hf_state_dict(self) -> dict[str, Tensor]:
        """The weights under transformers' names, without what is thrown away after the training."""
        return self.decoder().hf_state_dict()

    def read_from(self, windows: Int[Tensor, "row pos"], generator: torch.Generator) -> Int[Tensor, "row pos"]:
        """The batch as this way reads it: the corpus's windows, or their beginnings written on by a model."""
        if self.way.text == "corpus":
            return windows
        writer = self if self.way.text == "own" else self.teacher.decoder
        given = max(1, round(GIVEN * windows.shape[1]))
        temperature = 0.0 if self.way.text == "likeliest" else 1.0
        return continued(writer, windows[:, :given], windows.shape[1] - given, generator, temperature)

    def loss(self, windows: Int[Tensor, "batch pos"], kernel: KernelName | Kernel = "sdpa") -> Losses:
        """While gradients are wanted, "taught": what is trained, and with weight 0 "lm", the cross-entropy."""
        if not self.way.taught or not torch.is_grad_enabled():
            return super().loss(windows, kernel)
        made, features = self._taught(windows)
        total = made.loss if features is None else made.loss + self.way.features * features
        return Losses({"lm": made.lm.detach(), "taught": total}, {"divergence": made.divergence.detach()})

    def _taught(self, windows: Int[Tensor, "batch pos"]) -> tuple[Distilled, Tensor | None]:
        ids, targets = windows[:, :-1], windows[:, 1:].flatten()
        read = self.teacher.read(ids)
        own = streams(self, ids) if self.projections is not None else [self.stream(ids, written_out=True)]
        hard = 1.0 if self.way.beta is None else self.way.hard
        hidden, there = self.read(own[-1], self.projections is None).flatten(0, 1), self.teacher.decoder.unembed.weight
        made = distilled_loss(
            hidden, self.unembed.weight, read, there.to(read.dtype), targets, self.way.beta or FORWARD,
            self.way.temperature, hard,
        )  # fmt: skip
        maps = self.projections
        return made, None if maps is None else maps.loss(own, self.teacher.streams(ids))


def way_of(name: str, temperature: float = 1.0) -> Way:
    """A way by its name; the temperature is that of the divergence, where there is one."""
    way = BY_NAME[name]
    return replace(way, temperature=temperature) if way.beta is not None else way


def weights_of(way: Way) -> dict[str, float]:
    """Of the loss's parts: what is reported beside what is trained is not trained."""
    return {"lm": 0.0} if way.taught else {}


def parameters(model: nn.Module) -> int:
    """How many the student has, the maps left out."""
    return sum(each.numel() for name, each in model.named_parameters() if not _thrown(name))


def _thrown(name: str) -> bool:
    """Whether a weight is thrown away after the training."""
    return name.startswith("projections.")
