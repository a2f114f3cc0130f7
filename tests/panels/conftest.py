"""Of all tests of panels."""

from tests.figures.pure import figures_run_nothing as figures_run_nothing
from tests.panels.declared import controls_are_declared as controls_are_declared
from tests.panels.declared import what_is_drawn_on_is_declared as what_is_drawn_on_is_declared
