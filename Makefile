# Everything here runs on a machine that has make and Python 3.11 or newer, and nothing else. What is needed is
# installed into .venv, once: packages at the versions and hashes of the requirements files, then this project.
#
#   make demo    the tour of README.md, on a local cloud
#   make test    the tests, with the coverage that is asked of the core
#   make check   all that CI checks besides the tests
#
# PYTHON=python3.12 names the Python to build .venv with.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The SDK of Microsoft Graph alone has 16,000 modules: what is imported is compiled when it is imported.
INSTALL := $(PIP) install --no-compile --no-deps

RUN_STAMP := $(VENV)/.stamp-run
DEV_STAMP := $(VENV)/.stamp-dev

CORE := model resources plan
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --all-build-deps --allow-unsafe --strip-extras --no-header --no-emit-options

.DEFAULT_GOAL := help
.PHONY: help install develop demo tour test crash race faults model fuzz check lint types layers format docs docs-check requirements clean

help:  ## Show the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

install: $(RUN_STAMP)  ## Install what the command reconciler needs.

develop: $(DEV_STAMP)  ## Install what developing it needs.

demo: $(RUN_STAMP)  ## Show the whole of it on a local cloud.
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/demo/demo.sh

tour: $(RUN_STAMP)  ## Run the demo and put what it prints into README.md.
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/demo/demo.sh > .tour 2>&1 && $(BIN)/python docs/demo/paste.py < .tour; \
	code=$$?; rm -f .tour; exit $$code

test: $(DEV_STAMP)  ## Run the tests; fail unless every branch of the core is covered.
	$(BIN)/pytest -n auto $(CORE:%=--cov=reconciler.%) --cov-report= $(ARGS)
	@echo "Branch coverage of the core ($(CORE)), of which all is asked:"
	@$(BIN)/coverage report --fail-under=100

crash: $(DEV_STAMP)  ## Kill apply at any moment, and run it again: KILLS=500.
	$(BIN)/python -m tests.reliability.crash --kills $(or $(KILLS),500) $(ARGS)

race: $(DEV_STAMP)  ## Two applies at once, and apply against a person in the portal: RUNS=200.
	$(BIN)/python -m tests.reliability.race --runs $(or $(RUNS),200) $(ARGS)

faults: $(DEV_STAMP)  ## Apply fleets while three calls in ten go wrong: RUNS=200.
	$(BIN)/python -m tests.reliability.faults --runs $(or $(RUNS),200) $(ARGS)

model: $(DEV_STAMP)  ## Compare the whole with a model of ten lines: RUNS=200.
	$(BIN)/python -m tests.reliability.model --runs $(or $(RUNS),200) $(ARGS)

fuzz: $(DEV_STAMP)  ## Give commands what nobody should write or answer: N=100000.
	$(BIN)/python -m tests.reliability.fuzz --cases $(or $(N),100000) $(ARGS)

check: lint types layers docs-check  ## Check style, types, layers and generated pages.

lint: $(DEV_STAMP)  ## Check style.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_STAMP)  ## Check types.
	$(BIN)/mypy

layers: $(DEV_STAMP)  ## Check that imports go downwards only.
	$(BIN)/lint-imports

format: $(DEV_STAMP)  ## Put the code into its form.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(DEV_STAMP)  ## Write what is made from the schemas: their bundle and the reference pages.
	$(BIN)/python -m reconciler.manifests.bundling schemas
	$(BIN)/python -m reconciler.manifests.reference docs/reference

docs-check: $(DEV_STAMP)  ## Check that those pages are current.
	@made=$$(mktemp -d) && trap 'rm -rf "$$made"' EXIT && \
	$(BIN)/python -m reconciler.manifests.reference "$$made" && diff -r "$$made" docs/reference || \
	{ echo "docs/reference is not what the schemas make: run 'make docs' and commit what it writes." >&2; exit 1; }
	@echo "The generated pages are current."

requirements: $(DEV_STAMP)  ## Renew the requirements files: newest versions, hashes, no index's address.
	$(COMPILE) --upgrade --output-file=requirements.txt pyproject.toml
	$(COMPILE) --upgrade --extra dev --constraint requirements.txt --output-file=.ci/requirements.txt pyproject.toml

clean:  ## Remove what was built; .venv too.
	rm -rf $(VENV) .reconciler .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage dist build
	find reconciler tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_STAMP): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what reconciler needs into $(VENV) (once; about a minute) ..."
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): .ci/requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what developing reconciler needs into $(VENV) (once; about a minute) ..."
	@$(INSTALL) --require-hashes -r .ci/requirements.txt
	@$(INSTALL) --no-build-isolation --editable .
	@touch $(RUN_STAMP) $@

$(BIN)/python:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
		if command -v "$$python" >/dev/null 2>&1 && \
		   "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$($$python --version) ..."; \
			"$$python" -m venv $(VENV) || { \
				echo "That Python can't make virtual environments: install its venv module (python3-venv)." >&2; \
				rm -rf $(VENV); exit 1; }; \
			exit 0; \
		fi; \
	done; \
	echo "No Python 3.11 or newer was found on PATH. Install one, or name it: make demo PYTHON=/path/to/python3" >&2; \
	exit 1
