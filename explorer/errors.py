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
    """No card, folder, file or hub repository has this name."""


class SourceMissingError(ExplorerError):
    """The explorer could not reach any source of a file."""


class WeightsDamagedError(ExplorerError):
    """A weight file is cut short or changed, or the explorer does not read its format."""


class ModelReplacedError(ExplorerError):
    """The files of a model changed after the run."""


class StorageError(ExplorerError):
    """A folder cannot be written, or its disk is full."""


class StoreAwayError(ExplorerError):
    """A store of documents does not answer, or refuses. No address and no password stands in it."""


class UntrainedError(ExplorerError):
    """The model is a checkpoint that is not here: it has to be trained."""


class UnsupportedModelError(ExplorerError):
    """The TransformerLens bridge does not support the architecture."""


class PromptTooLongError(ExplorerError):
    """The prompt, or the prompt with its new tokens, is longer than the limit."""


class EmptyPromptError(ExplorerError):
    """The prompt is empty."""


class BadRequestError(ExplorerError):
    """A setting, link or intervention is not valid."""


class NotFiniteError(ExplorerError):
    """The model computed numbers that are not finite, so there is nothing to show."""


class BusyError(ExplorerError):
    """The server is busy: the same request works a little later."""


class UnavailableError(ExplorerError):
    """The server stops."""


class TimeUpError(ExplorerError):
    """A run or a measurement took longer than this server allows."""


class NotApplicableError(ExplorerError):
    """A view does not apply to this model or position; `hint` says what would work, and the fact `offer` names a model
    that can be opened instead."""

    @classmethod
    def of(cls, error: ExplorerError) -> NotApplicableError:
        """What else went wrong, as the reason why nothing is shown."""
        return cls(error.message, error.hint, **error.facts)


class RanksError(ExplorerError):
    """Processes that compute together could not start, or one of them ended, failed or hung."""
