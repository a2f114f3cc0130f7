"""How a model of any tokenizer is spoken to: by its own chat template, or by a plain one that ends with its own end
token."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.corpora.instructions import Pair
from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.finetuning.conversations import Example, learnt, told
from explorer.stack.tokenization.chat_template import turn
from explorer.zoo.chat import ChatTemplate
from explorer.zoo.model import Model

#: For a model that has no template.
PLAIN = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}"
    "{% if m.role == 'assistant' %}{{ eos_token }}{% else %}\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


@dataclass(frozen=True, eq=False)
class Spoken:
    """A model's template, and its tokenizer; what `InstructionCourse` reads with."""

    model: Model
    template: ChatTemplate
    own: bool
    """Whether the template is the model's."""

    @classmethod
    def of(cls, model: Model) -> Spoken:
        """Raises NotApplicableError for a model that has neither a template nor a token that ends a text."""
        if (own := ChatTemplate.of(model.tokenizer)) is not None:
            return cls(model, own, own=True)
        end = model.tokenizer.eos_token
        if not isinstance(end, str):
            raise NotApplicableError(
                f"“{model.name}” has no chat template, and no token that ends a text.", "Choose one that follows chat."
            )
        return cls(model, ChatTemplate(PLAIN, {"eos_token": end}), own=False)

    def example(self, pair: Pair) -> Example:
        """A request and its answer in tokens. Raises BadRequestError where one of them says a mark of the template."""
        for special in self.model.tokenizer.all_special_tokens:
            if special in pair.request or special in pair.answer:
                raise BadRequestError(
                    f"The pair “{pair.request[:40]}” holds {special!r}, which ends or begins turns.", "Leave it out."
                )
        turns = [turn("user", pair.request), turn("assistant", pair.answer)]
        made = told(self.template.source, turns, self.template.variables)
        found = self.model.tokenizer(made.text, add_special_tokens=False, return_offsets_mapping=True)
        places = [(int(first), int(last)) for first, last in found["offset_mapping"]]
        return Example(tuple(found["input_ids"]), learnt(places, made.answers))

    def asked(self, made: Example) -> list[int]:
        """What stands before the answer."""
        return list(made.ids[: made.learnt.index(True)])

    def said(self, made: Example) -> tuple[list[int], int]:
        """The answer without the mark that ends it, and that mark."""
        answer = [token for token, yes in zip(made.ids, made.learnt, strict=True) if yes]
        marks = set(self.model.tokenizer.all_special_ids)
        end = next(at for at, token in enumerate(answer) if token in marks)
        return answer[:end], answer[end]

    def decode(self, ids: list[int]) -> str:
        return str(self.model.tokenizer.decode(ids, skip_special_tokens=False)).strip()
