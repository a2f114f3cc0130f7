"""A small real model and a run of it, as the panels of inference have them."""

from tests.panels.inference.conftest import check as check
from tests.panels.inference.conftest import run as run
from tests.panels.inference.conftest import small as small
from tests.panels.inference.conftest import view as view
