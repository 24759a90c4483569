# The commands of this project. `make demo` and `make test` work on a fresh machine that has Rust and Python 3.11 or later.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The oldest Polars that is supported, with the same tools for the tests.
OLDEST := .venv-oldest
# Seconds that each fuzz target runs.
FUZZ_SECONDS ?= 30

# pyo3 is built for one interpreter: every command sees the same, or it would be built again.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PATH := $(VIRTUAL_ENV)/bin:$(PATH)

# CI starts from a fresh clone: a build folder in the user's cache saves it the dependencies.
ifdef CI
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/fast-csv/target
endif

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# pip learned dependency groups in 25.1.
$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

$(OLDEST)/ready: pyproject.toml
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(OLDEST)/bin/python -m pip install --quiet --group oldest
	touch $@

.PHONY: setup
setup: $(VENV)/ready ## make the virtual environment

.PHONY: build
build: $(VENV)/ready ## build the plugin (release) into the virtual environment
	$(BIN)/maturin develop --release --locked

.PHONY: demo
demo: build ## generate 500,000 ticks, read them in a lazy pipeline, compare the readers
	$(BIN)/python benchmarks/demo.py

.PHONY: test
test: test-rust test-python test-oldest fuzz ## everything that CI checks

.PHONY: test-rust
test-rust: $(VENV)/ready ## format, lints, tests and documentation of the core
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
	$(BIN)/python -m benchmarks.instructions
	tests/neon/run.sh

.PHONY: test-python
test-python: build ## format, lints, types, stubs and tests of the Python package
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	# In the profile of tests: maturin sets variables for pyo3, without which a release build would start anew.
	cargo clippy --locked -p polars-fast-csv -- -D warnings
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest polars_fast_csv._native
	$(BIN)/python -m pytest
	results=$$(mktemp -d) && $(BIN)/python -m benchmarks.compare --shapes ticks,mixed,quoted --scale 0.002 --rounds 1 \
		--no-memory --data "$$results" --out "$$results/results.json" \
		&& $(BIN)/python -m benchmarks.compare.chart "$$results/results.json" "$$results/chart.svg" && rm -r "$$results"

# The module lies in the source tree since it was built, and one does for every Polars. How it reads the corpus and hostile
# files does not depend on Polars, and takes longest.
.PHONY: test-oldest
test-oldest: $(OLDEST)/ready ## tests of the Python package, as it was built last, on the oldest Polars
	PYTHONPATH=polars_plugin/python $(OLDEST)/bin/python -m pytest \
		--ignore tests/python/test_corpus.py --ignore tests/python/test_hostile.py

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZ_SECONDS, and one under AddressSanitizer
	tests/fuzz/run.sh $(FUZZ_SECONDS)

.PHONY: bench
bench: build ## benchmarks of the core, the comparison of the readers, queries and faults
	cargo bench --locked
	$(BIN)/python -m benchmarks.compare
	$(BIN)/python -m benchmarks.queries
	$(BIN)/python -m benchmarks.small
	$(BIN)/python -m benchmarks.faults
	$(BIN)/python -m benchmarks.expressions
	$(BIN)/python -m benchmarks.scaling
