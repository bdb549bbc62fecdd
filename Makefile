# latticework: every target sets up what it needs in .venv; nothing else is installed by hand.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=

.PHONY: help setup demo test check bench docs fuzz nightly clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.installed: requirements.lock requirements-uv.lock pyproject.toml
	$(PYTHON) scripts/setup.py --venv $(VENV)
	@touch $@

setup: $(VENV)/.installed  ## virtual environment, package, front end, translations
	@$(BIN)/python scripts/build_assets.py

demo: setup  ## five sovereign nodes on this machine, in the browser (ARGS="--once --seconds 20 --json")
	@$(BIN)/latticework demo $(ARGS)

test: setup  ## every test
	@$(BIN)/python scripts/browser.py
	$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "not browser" $(ARGS)
	@# Browser tests run alone: the driver keeps a loop of its own in its process. Exit 5: ARGS chose none of them.
	$(BIN)/python -m pytest -q -m browser $(ARGS) || [ $$? -eq 5 ]

check: setup  ## lint, types, import contracts
	$(BIN)/ruff check src tests benchmarks scripts
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: setup  ## every benchmark beside its peers, results into docs/benchmarks
	$(BIN)/python -m benchmarks $(ARGS)

docs: setup  ## the documentation site in site/, warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict -q

fuzz: setup  ## coverage-guided fuzzing of every decoder, longer than in the tests
	LATTICEWORK_FUZZ_RUNS=200000 $(BIN)/python -m pytest tests/fuzz -q

nightly: setup  ## the simulation at length
	LATTICEWORK_HISTORIES=10000 $(BIN)/python -m pytest tests/simulation -q

clean:  ## remove what the targets made
	rm -rf $(VENV) site .cache frontend/node_modules
