"""What a policy is asked, how its answers end, and which rule rewards them.

A sum is asked as `12+7=`, at the end of each prompt; prompts are separated by `|`. The answer ends with the model's own
mark, or at the first comma or line. Its reward is 1 where its text has the value of the sum; under a pattern, 1 where
the whole text has the pattern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from explorer.errors import BadRequestError
from explorer.stack.finetuning.policy.rewards import Reward, arithmetic, in_format, judged
from explorer.zoo.model import Model

#: Asked where nobody asks anything else: of a model of sums, and of any other.
OWN_SUMS = "43+34=|28+35=|17+66=|52+13="
FEW_SHOT = "1+1=2, 5+3=8, 6+7="
#: Prompts that are taken.
MOST = 4
ENDS = {"comma": ",", "line": "\n"}
_SUM = re.compile(r"(\d[\d+*\- ]*)=\s*$")


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


def asked(model: Model, prompts: str, ends: str, rule: str, pattern: str) -> Asked:
    """prompts: separated by `|`; nothing for the model's own. Raises BadRequestError for what cannot be asked."""
    small = model.dims.d_vocab < 64
    texts = tuple(each for each in (prompts or (OWN_SUMS if small else FEW_SHOT)).split("|") if each.strip())
    if not texts:
        raise BadRequestError("No prompt is there to answer.", "Write one that ends with a sum, such as 6+7=.")
    if len(texts) > MOST:
        raise BadRequestError(f"{len(texts)} prompts are asked, and {MOST} are taken.", "Leave some out.")
    ids = tuple(tuple(_ids(model, each)) for each in texts)
    if not all(ids):
        raise BadRequestError("A prompt has no token of this model.", "Write another prompt.")
    own = model.tokenizer.eos_token_id
    end = _ids(model, ENDS[ends])[-1:] if ends in ENDS else [own] if isinstance(own, int) else []
    if not end:
        raise BadRequestError("This model has no token that ends an answer so.", "Choose another end.")
    return Asked(texts, ids, end[0], rule, pattern)


def usual_end(model: Model) -> str:
    """Small vocabularies are of models that were taught to end."""
    return "model" if model.dims.d_vocab < 64 else "comma"


def text_of(model: Model, ids: list[int], end: int) -> str:
    """An answer without its end."""
    return str(model.tokenizer.decode(ids[:-1] if ids and ids[-1] == end else ids))


def _ids(model: Model, text: str) -> list[int]:
    return list(model.tokenizer(text, add_special_tokens=False)["input_ids"])
