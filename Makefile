# Every target sets up what it needs; stamp files in .venv make a second run quick.
# PYTHON is the interpreter to build with (3.10 or newer): make test PYTHON=python3.12

PYTHON ?= python3
PYTEST_ARGS ?=
BENCH_ARGS ?=
FUZZ_SECONDS ?= 600

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -q
RUST_SOURCES := Cargo.toml Cargo.lock pyproject.toml $(shell find rust -name '*.rs' -o -name Cargo.toml)
PYTHON_SOURCES := python tests benchmarks scripts

# maturin refuses to choose between two environments; cargo builds for the same Python as maturin.
unexport CONDA_PREFIX
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# One step at a time, whatever -j says: cargo and pytest use the cores, and pip must not run twice.
.NOTPARALLEL:

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/built ## set up, build, and show the default tokenizer at work on real text
	$(BIN)/python scripts/demo.py

.PHONY: demo-generate
demo-generate: $(VENV)/built $(VENV)/torch ## install torch too, and stream Japanese from the tiny model of the package
	$(BIN)/python scripts/demo_generate.py

.PHONY: test
test: $(VENV)/built $(VENV)/dev ## set up, build, and run all tests: cargo test, then pytest
	cargo test --workspace
	$(BIN)/python -m pytest -v $(PYTEST_ARGS)

.PHONY: test-rust
test-rust: $(VENV)/made ## run the tests of the Rust crates alone
	cargo test --workspace

.PHONY: test-python
test-python: $(VENV)/built $(VENV)/dev ## run the Python tests alone; choose with PYTEST_ARGS="-k offsets"
	$(BIN)/python -m pytest $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/built $(VENV)/dev ## check form and types: rustfmt, clippy, ruff, mypy --strict, stubtest
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	$(BIN)/ruff check $(PYTHON_SOURCES)
	$(BIN)/ruff format --check $(PYTHON_SOURCES)
	$(BIN)/mypy --strict $(PYTHON_SOURCES)
	$(BIN)/stubtest --mypy-config-file mypy.ini neox_text._core

.PHONY: format
format: $(VENV)/dev ## rewrite the sources as rustfmt and ruff want them
	cargo fmt --all
	$(BIN)/ruff check --fix $(PYTHON_SOURCES)
	$(BIN)/ruff format $(PYTHON_SOURCES)

.PHONY: fuzz
fuzz: $(VENV)/built $(VENV)/dev ## run the property tests with many more cases and a fresh seed (hours)
	PROPTEST_CASES=200000 cargo test --release -p neox-text
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -v -m hypothesis --seed $$(date +%s) $(PYTEST_ARGS)

.PHONY: fuzz-coverage
fuzz-coverage: ## run the coverage-guided fuzzers of rust/fuzz, FUZZ_SECONDS each (needs cargo-fuzz and a nightly toolchain)
	cd rust && for target in $$(cargo fuzz list --fuzz-dir fuzz); do \
		cargo +nightly fuzz run -O --fuzz-dir fuzz --target-dir ../target/fuzz $$target -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=600 || exit 1; \
	done

.PHONY: bench
bench: $(VENV)/built ## time against the peers in environments of their own; options in BENCH_ARGS="--quick"
	$(BIN)/python benchmarks/compare.py $(BENCH_ARGS)

.PHONY: bench-japanese
bench-japanese: $(VENV)/built ## time the Japanese tokenizer against its peers; options in BENCH_ARGS
	$(BIN)/python benchmarks/japanese.py $(BENCH_ARGS)

.PHONY: bench-models
bench-models: $(VENV)/built $(VENV)/dev ## time the models against theirs; options in BENCH_ARGS
	$(BIN)/python benchmarks/models.py $(BENCH_ARGS)

.PHONY: wheel
wheel: $(VENV)/maturin ## build the wheel for this Python into dist/
	$(BIN)/maturin build --release --out dist --interpreter $(BIN)/python

.PHONY: sdist
sdist: $(VENV)/maturin ## build the source distribution into dist/
	$(BIN)/maturin sdist --out dist

.PHONY: clean
clean: ## remove all that make has made: environment, build, caches
	rm -rf $(VENV) target dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find python tests benchmarks scripts \( -name __pycache__ -o -name '_core*.so' \) -prune -exec rm -rf {} +

$(VENV)/made:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.10 or newer is needed; none is named $(PYTHON): set PYTHON=" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "Python 3.10 or newer is needed; $(PYTHON) is $$($(PYTHON) --version): set PYTHON=" >&2; exit 1; }
	@command -v cargo >/dev/null || { echo "Rust is needed: install it with rustup" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make a virtual environment (Debian: apt install python3-venv)" >&2; exit 1; }
	@touch $@

$(VENV)/maturin: requirements-dev.txt | $(VENV)/made
	$(PIP) "$$(grep '^maturin' requirements-dev.txt)"
	@touch $@

$(VENV)/dev: requirements-dev.txt | $(VENV)/made
	$(PIP) -r requirements-dev.txt
	@touch $@

$(VENV)/torch: pyproject.toml | $(VENV)/made
	$(PIP) $$(sed -n 's/^torch = \[\(.*\)\]$$/\1/p' pyproject.toml | tr -d '",')
	@touch $@

# Editable: a change in python/ needs no new build.
$(VENV)/built: $(RUST_SOURCES) | $(VENV)/maturin
	$(BIN)/maturin develop --release
	@touch $@
