"""Other people's progress bars and warnings off the page and the terminal; their errors stay."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Silence transformers and TransformerLens below the level of errors while a model loads."""
    from transformers.utils import logging as transformers_logging

    verbosity = transformers_logging.get_verbosity()
    bar = transformers_logging.is_progress_bar_enabled()
    root = logging.getLogger()
    # TransformerLens warns through the root logger itself, so a filter there is the only place.
    mute = _BelowError(("transformer_lens", "transformers", "gguf"))
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    root.addFilter(mute)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.removeFilter(mute)
        transformers_logging.set_verbosity(verbosity)
        if bar:
            transformers_logging.enable_progress_bar()


class _BelowError(logging.Filter):
    """Drops records below ERROR that come from files of the named packages."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        super().__init__()
        self._packages = packages

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.ERROR or not any(f"/{name}/" in record.pathname for name in self._packages)
