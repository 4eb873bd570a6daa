# Each target sets up what it needs: a clone of the repository and `make run` or `make test` suffice.

.DEFAULT_GOAL := help
.PHONY: help setup run batch tables replicate test test-all test-long coverage fuzz lint format typecheck graph compare bench doctor lock clean

# Two threads gain nothing on these systems and let workers fight for cores.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

BIN := .venv/bin
READY := .venv/.ready
CODE := data calibration model runs replication benchmarks tests docs setup.py
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal

help:  ## list the targets
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml requirements.lock setup.py $(wildcard setup/* runs/solver/*)
	@setup/environment.sh
	@touch $@

setup: $(READY)  ## Python packages and Ipopt, in .venv (once)

run: $(READY)  ## solve the library's scenarios; tables and figures in results
	@$(BIN)/engels run --library

batch: $(READY)  ## solve what a batch file asks for: make batch FILE=docs/batches/ai_speed.yaml
	@test -n "$(FILE)" || { echo "make batch: name the batch file, FILE=docs/batches/ai_speed.yaml" >&2; exit 2; }
	@$(BIN)/engels batch $(FILE) $(BATCH)

tables: $(READY)  ## the tables of the paper, in paper; what has not changed is kept
	@$(BIN)/engels tables

replicate: $(READY)  ## published results beside ours, in replicated; exit 1 where one is missed
	@$(BIN)/engels replicate

test: $(READY)  ## the tests that take seconds
	@$(PYTEST) -m "not slow"

test-all: $(READY)  ## all tests but those of test-long; about an hour
	@$(PYTEST) -m "not long"

test-long: $(READY)  ## how far the horizon must be, over the whole library and at all sectors
	@$(PYTEST) -m long

coverage: $(READY)  ## the quick tests, and which lines they reach; pages in .coverage-html
	@$(PYTEST) -m "not slow" --cov --cov-report=term --cov-report=html:.coverage-html

fuzz: $(READY)  ## thousands of mutated files and damaged folders: make fuzz FUZZ="tables=100 seed=7"
	@$(BIN)/python -m tests.fuzz.long $(FUZZ)

lint: $(READY)  ## style and order of the code, and which folder may use which
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/lint-imports --no-logo

graph: $(READY)  ## the import graph by folder, and docs/architecture.md
	@$(BIN)/python -m docs.architecture --write

compare: $(READY)  ## two folders of stored runs, figure by figure: make compare OLD=before NEW=results
	@test -n "$(OLD)" -a -n "$(NEW)" || { echo "make compare: name two folders of runs, OLD=before NEW=results" >&2; exit 2; }
	@$(BIN)/python -m tests.compare_results $(OLD) $(NEW)

format: $(READY)  ## bring the code into the project's style
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

# The packages of `engels` are folders at the top of the repository: mypy sees them through links.
typecheck: $(READY)  ## types
	@mkdir -p .typecheck/engels
	@for part in data calibration model runs replication benchmarks; do ln -sfn ../../$$part .typecheck/engels/$$part; done
	@ln -sfn ../../runs/start/__main__.py .typecheck/engels/__main__.py
	@MYPYPATH=.typecheck $(BIN)/mypy -p engels
	@MYPYPATH=.typecheck $(BIN)/mypy setup.py
	@MYPYPATH=.typecheck $(BIN)/mypy -p docs.tables
	@MYPYPATH=.typecheck $(BIN)/mypy docs/architecture.py tests/compare_results.py

# Where the other models cannot be installed, they are left out by name.
bench: $(READY)  ## times and memory by size, beside other models of the field
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements-bench.lock || echo "the other models could not be installed"
	@$(BIN)/engels bench $(BENCH)

doctor: $(READY)  ## what a run depends on, and whether it is there
	@$(BIN)/engels doctor

lock:  ## renew the locks from pyproject.toml (needs uv)
	@set -e; lock="uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	  --generate-hashes --no-annotate --no-header"; \
	extras="--extra dev --extra cluster --extra stats"; \
	$$lock pyproject.toml $$extras -o requirements.lock; \
	$$lock pyproject.toml $$extras --extra bench -c requirements.lock \
	  -o requirements-bench.lock; \
	grep '^casadi' runs/solver/casadi.lock | cut -d ' ' -f 1 | \
	  $$lock - --no-deps -o runs/solver/casadi.lock

clean:  ## remove everything that was made, .venv and results too
	@rm -rf .venv .typecheck .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* .coverage-html build dist results paper decompositions subtotals replicated batches *.egg-info
