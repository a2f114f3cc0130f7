"""Of all tests of figures."""

from tests.figures.pure import figures_run_nothing as figures_run_nothing
