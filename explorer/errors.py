"""The errors that a person may see. Each says what is wrong, with the number, and what to do about it."""

from __future__ import annotations


class ExplorerError(Exception):
    """Base of all errors that are shown to a person.

    `message` says what is wrong in one short line; `hint` says what to do next; `facts` holds the numbers behind it
    (for a page that wants to draw them), e.g. ``{"tokens": 700, "limit": 512}``.
    """

    def __init__(self, message: str, hint: str = "", **facts: object) -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint
        self.facts = facts


class UnknownModelError(ExplorerError):
    """No card of that name, and no folder, file or hub repository either."""


class SourceMissingError(ExplorerError):
    """None of the card's sources could be reached."""


class WeightsDamagedError(ExplorerError):
    """A weight file is cut short, altered or of a format that is not read."""


class ModelReplacedError(ExplorerError):
    """The files of a model are others than those that a run was made with."""


class StorageError(ExplorerError):
    """A folder that must be written cannot be, or its disk is full."""


class UnsupportedModelError(ExplorerError):
    """An architecture that the TransformerLens bridge cannot take."""


class PromptTooLongError(ExplorerError):
    """The prompt (or the prompt with its new tokens) passes the limit."""


class EmptyPromptError(ExplorerError):
    """There is nothing to run."""


class BadRequestError(ExplorerError):
    """A setting, link or intervention that does not make sense."""


class NotFiniteError(ExplorerError):
    """Numbers of the model that are none any more: nothing can be drawn from them."""


class BusyError(ExplorerError):
    """More is asked for at this moment than is done at once: the same request works a little later."""


class TimeUpError(ExplorerError):
    """A run or a measurement took longer than this server gives one."""


class NotApplicableError(ExplorerError):
    """A panel that says nothing about this model or this position; `hint` offers what would work, and the fact `offer`
    names a model that can be opened instead."""

    @classmethod
    def of(cls, error: ExplorerError) -> NotApplicableError:
        """What else went wrong, as the reason why nothing is shown."""
        return cls(error.message, error.hint, **error.facts)
