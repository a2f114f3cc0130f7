"""What a policy is asked, how its answers end, and which rule rewards them.

A sum is asked as `12+7=`, at the end of each prompt; prompts are separated by `|`. The answer ends with the model's own
mark, or at the first comma or line. Its reward is 1 where its text has the value of the sum; under a pattern, 1 where
the whole text has the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from explorer.errors import BadRequestError
from explorer.experiments.finetuning import pipeline
from explorer.stack.finetuning.policy.rewards import Reward, arithmetic, in_format, judged
from explorer.zoo.model import Model

#: Asked where nobody asks anything else: of a model of sums, and of any other.
OWN_SUMS = "28+24=|12+64=|50+18=|43+52="
FEW_SHOT = "1+1=2, 5+3=8, 6+7="
#: Prompts that are taken.
MOST = 4
ENDS = {"comma": ",", "line": "\n"}
_SUM = re.compile(r"(\d[\d+*\- ]*)=\s*$")


@dataclass(frozen=True)
class Spoken:
    """How a policy reads and writes."""

    encode: Callable[[str], list[int]]
    decode: Callable[[list[int]], str]
    end: int | None
    """The policy's own mark of an end."""
    sums: bool
    """Whether it was taught sums, and to end."""

    @classmethod
    def of(cls, model: Model) -> Spoken:
        tokenizer, own = model.tokenizer, model.tokenizer.eos_token_id
        return cls(
            lambda text: list(tokenizer(text, add_special_tokens=False)["input_ids"]),
            lambda ids: str(tokenizer.decode(ids)),
            own if isinstance(own, int) else None,
            model.name == pipeline.NAME,
        )

    @classmethod
    def of_sums(cls) -> Spoken:
        """The shelf's model of sums."""
        signs = pipeline.signs()
        return cls(lambda text: _signs(text), lambda ids: _written(ids), signs.end, True)

    def text(self, ids: list[int], end: int) -> str:
        """An answer without its end."""
        return self.decode(ids[:-1] if ids and ids[-1] == end else ids)

    @property
    def usual_end(self) -> str:
        return "model" if self.sums else "comma"


def _signs(text: str) -> list[int]:
    known = pipeline.signs().ids
    if strange := [sign for sign in text if sign not in known]:
        raise BadRequestError(f"The model of sums cannot read {strange[0]!r}.", "Write digits, + and = alone.")
    return [known[sign] for sign in text]


def _written(ids: list[int]) -> str:
    signs = pipeline.signs()
    names = {number: sign for sign, number in signs.ids.items()}
    return "".join("⏎" if each == signs.end else names.get(each, "?") for each in ids)


@dataclass(frozen=True)
class Asked:
    """Prompts and what is done with their answers."""

    prompts: tuple[str, ...]
    ids: tuple[tuple[int, ...], ...]
    end: int
    """The token that ends an answer."""
    rule: str
    pattern: str

    def rewards(self, at: int, answers: list[str]) -> list[Reward]:
        """Of answers to one prompt. Where the rule throws, the answer has none."""
        if self.rule == "pattern":
            return judged(lambda answer: in_format(self.pattern, answer.strip()), answers)
        return judged(lambda answer: arithmetic(sum_of(self.prompts[at]), answer.strip()), answers)


def sum_of(prompt: str) -> str:
    """The sum that a prompt asks for. Raises ValueError where it asks for none."""
    found = _SUM.search(prompt)
    if found is None:
        raise ValueError(f"the prompt {prompt[-40:]!r} does not end with a sum such as 6+7=")
    return found[1].strip()


def asked(spoken: Spoken, prompts: str, ends: str, rule: str, pattern: str) -> Asked:
    """prompts: separated by `|`; nothing for the policy's own. Raises BadRequestError for what cannot be asked."""
    own = OWN_SUMS if spoken.sums else FEW_SHOT
    texts = tuple(each for each in (prompts or own).split("|") if each.strip())
    if not texts:
        raise BadRequestError("No prompt is there to answer.", "Write one that ends with a sum, such as 6+7=.")
    if len(texts) > MOST:
        raise BadRequestError(f"{len(texts)} prompts are asked, and {MOST} are taken.", "Leave some out.")
    ids = tuple(tuple(spoken.encode(each)) for each in texts)
    if not all(ids):
        raise BadRequestError("A prompt has no token of this model.", "Write another prompt.")
    end = spoken.encode(ENDS[ends])[-1:] if ends in ENDS else [] if spoken.end is None else [spoken.end]
    if not end:
        raise BadRequestError("This model has no token that ends an answer so.", "Choose another end.")
    return Asked(texts, ids, end[0], rule, pattern)


def understood(spoken: Spoken, prompts: str, ends: str, rule: str, pattern: str) -> tuple[Asked, str]:
    """The same, or the policy's own prompts and why: a person can then write others."""
    try:
        return asked(spoken, prompts, ends, rule, pattern), ""
    except BadRequestError as error:
        return asked(spoken, "", ends, rule, pattern), f"{error.message} {error.hint}"
