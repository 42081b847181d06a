# Needs Python 3.11, git and make; nothing here needs root.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
SPARK := $(VENV)/spark

.PHONY: setup bytecode run test check chaos lint bench snapshots clean

setup: bytecode

# Python need not be allowed to write bytecode when it runs; without any, a start takes more than twice as long.
bytecode: $(READY)
	@$(BIN)/python -m compileall -q wizard jobs

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or name it with PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Only the Spark test needs it: where there is no Java it is skipped, and says so.
$(SPARK): $(READY)
	@if command -v java >/dev/null; then \
	  $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[spark]'; \
	else echo "no Java here: Spark is left out"; fi
	@touch $@

run: setup
	$(BIN)/mlops-wizard --sandbox

# Everything CI runs. The parts that measure time run alone, after the rest.
test: lint $(SPARK)
	$(BIN)/python -m pytest -m "not serial" -n 2 --dist loadgroup -rs
	$(BIN)/python -m pytest -m serial

# What must pass before each commit.
check: lint
	$(BIN)/python -m pytest -q tests/unit tests/hygiene

# What of the tests is too long to be run each time: kill -9 at all actions, at each of three moments; each fault at
# every distinct request, of which a table is made.
chaos: setup
	CHAOS=all FAULT_TABLE=$(CURDIR)/build/fault-matrix $(BIN)/python -m pytest tests/chaos -n 2
	@echo "what became of each request at each fault: build/fault-matrix/fault-matrix.md"

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m tests.benchmarks

snapshots: setup
	$(BIN)/python -m pytest tests/snapshots --snapshot-update

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
