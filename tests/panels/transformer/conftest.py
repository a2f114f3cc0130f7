"""A small real model and a run of it, as the panels' tests of the other chapters have them."""

from tests.panels.inference.conftest import check, run, small, view  # noqa: F401
