# Needs Python 3.11, git and make; nothing here needs root.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
SPARK := $(VENV)/spark

SET_UP := $(CURDIR)/$(VENV)/set-up

.PHONY: setup bytecode run test end-to-end bars check chaos lint coverage bench snapshots clean

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

# Within ten minutes on two cores, of which the tests wait for much: hence four at a time. CI goes on with `end-to-end` and `bars`.
test: lint
	$(BIN)/python -m pytest -m "not slow and not serial" -n 4 --dist loadgroup -rs

# The runs of a minute or more: the whole way, kill -9, rotation, teardown. A copy of a finished set-up is left for the bars.
end-to-end: setup $(SPARK)
	rm -rf $(SET_UP)
	SET_UP=$(SET_UP) $(BIN)/python -m pytest -m "slow and not serial" -n 2 --dist loadgroup -rs

# What measures time, so that it runs alone.
bars: setup
	SET_UP=$(SET_UP) $(BIN)/python -m pytest -m serial

# What must pass before each commit.
check: lint
	$(BIN)/python -m pytest -q tests/unit tests/hygiene

# What of the tests is too long to be run each time: kill -9 at all actions, at each of three moments; each fault at
# every distinct request, of which a table is made; texts and documents by the thousand.
chaos: setup
	CHAOS=all FAULT_TABLE=$(CURDIR)/build/fault-matrix $(BIN)/python -m pytest \
	  tests/chaos tests/unit tests/sandbox/test_hostile_names.py -n 2 --timeout 1800
	@echo "what became of each request at each fault: build/fault-matrix/fault-matrix.md"

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# How much of wizard/ and jobs/ the tests go through, by branches, also in the processes that they start. One test is
# left out: it wants to see modules that nobody loaded, and coverage loads them.
coverage: setup $(SPARK)
	$(BIN)/python -m tests.coverage_everywhere -m "not serial" -n 2 --dist loadgroup -q \
	  --deselect tests/tui/test_skeleton.py::test_it_needs_little_of_the_standard_library

bench: setup
	$(BIN)/python -m tests.benchmarks

snapshots: setup
	$(BIN)/python -m pytest tests/snapshots --snapshot-update

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
