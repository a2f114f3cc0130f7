"""A small real model, as the panels of inference have it."""

from tests.panels.inference.conftest import check as check
from tests.panels.inference.conftest import run as run
from tests.panels.inference.conftest import small as small
from tests.panels.inference.conftest import view as view
