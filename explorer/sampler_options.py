"""The sampler's settings as options of a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from explorer.stack.inference.decoding.sampler_settings import SETTINGS


def with_sampler(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each of the sampler's settings, which reach it by name as keywords."""
    signature = inspect.signature(command, eval_str=True)
    plain = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [
        inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=each.neutral,
            annotation=Annotated[int if each.whole else float, typer.Option(help=each.help)],
        )
        for each in SETTINGS
    ]
    vars(command)["__signature__"] = signature.replace(parameters=[*plain, *options])
    return command
