# Commonweal's tasks. `make` alone lists them; each is one command of the project's own tools.
# Everything made here stays in this folder: .venv (Python packages), .cache (downloads), .data.

PORT  ?= 8000
DATA  ?= .data/demo
TODAY ?=
ARGS  ?=

# A name can be there and not work (a version manager's stand-in), so each candidate is tried out.
PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3)
UV_VERSION := 0.13.9

BIN := .venv/bin
# Errors only: pip's warnings speak of the machine's own settings, not of this project.
install = $(BIN)/python -m pip -qq install $(1) || { \
	echo 'pip could not install (above). Is a package index within reach? Then run make again.' >&2; exit 1; }
count = grep -c '^[a-z]'

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
# Another project's packages must not reach into this one's environment.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: help demo test check bench bench-small schema format lock clean

help: ## List the tasks
	@sed -n 's/^\([a-z-]*\): .*## /\1 /p' Makefile | while read -r task what; do \
	  printf '  make %-11s %s\n' "$$task" "$$what"; done

demo: .venv/.run ## Serve the demo town [PORT=8000] [TODAY=2026-05-01] [DATA=.data/demo]
	@$(BIN)/commonweal demo --port $(PORT) $(if $(TODAY),--today $(TODAY)) --data '$(DATA)'

# A worker for each core and one more, since tests wait for commits and other processes; each has a
# PostgreSQL cluster and templates of its own, so four are plenty. What measures time comes
# afterwards, alone; with ARGS all that they select runs together.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PARALLEL := -n $(WORKERS) --maxprocesses 4 --dist worksteal

test: .venv/.dev ## Run the tests on all cores [ARGS="tests/places -k grid", and -n 0 on one]
ifeq ($(ARGS),)
	@$(BIN)/python -m pytest $(PARALLEL) -m 'not alone'; failed=$$?; \
	$(BIN)/python -m pytest -m alone && exit $$failed
else
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)
endif

# All of them, so that one run says everything that is wrong.
CHECKS := 'ruff check' 'ruff format --check' mypy lint-imports 'commonweal schema --check'

check: .venv/.dev ## Lint, format, types, the rooms' contracts, the printed schema
	@failed=; for check in $(CHECKS); do echo "── $$check"; $(BIN)/$$check || failed="$$failed · $$check"; done; \
	[ -z "$$failed" ] || { echo "Failed:$$failed" >&2; exit 1; }

BENCHMARKS := .cache/benchmarks

bench: .venv/.dev ## Measure against the peers on a quiet machine; a quarter of an hour, needs wrk
	@mkdir -p $(BENCHMARKS)
	@$(BIN)/python -m tests.benchmarks.search --json $(BENCHMARKS)/search.json $(ARGS)
	@$(BIN)/python -m tests.benchmarks.embedded --json $(BENCHMARKS)/embedded.json
	@$(BIN)/python -m tests.benchmarks.ledger --json $(BENCHMARKS)/ledger.json

bench-small: .venv/.dev ## Only see that the benchmarks run: small, short, without PostGraphile
	@mkdir -p $(BENCHMARKS)
	@$(BIN)/python -m tests.benchmarks.search --rows 10000 --rounds 1 --seconds 1 --connections 8 \
	  --without-postgraphile --json $(BENCHMARKS)/small-search.json
	@$(BIN)/python -m tests.benchmarks.embedded --rows 2000 --rounds 1 \
	  --json $(BENCHMARKS)/small-embedded.json
	@$(BIN)/python -m tests.benchmarks.ledger --small --json $(BENCHMARKS)/small-ledger.json

schema: .venv/.run ## Print schema/ anew
	@$(BIN)/commonweal schema

format: .venv/.dev ## Put the code into shape
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

# The development file comes first and binds the other, so that both name the same versions.
compile = .cache/uv-$(UV_VERSION)/bin/uv pip compile -q pyproject.toml --universal \
	--python-version 3.11 --python $(BIN)/python --generate-hashes \
	--no-header --no-annotate --no-emit-index-url $(ARGS)

lock: .cache/uv-$(UV_VERSION)/bin/uv ## Work out the pinned packages anew [ARGS=--upgrade]
	@$(compile) --all-extras -o constraints-dev.txt
	@$(compile) --extra build -c constraints-dev.txt -o constraints.txt
	@if grep -nE '://|(^|[ =])[.~]*/|--(extra-)?index|--find-links' constraints.txt constraints-dev.txt; \
	then echo 'A host or a path got into the files (above): take it out.' >&2; exit 1; fi
	@echo "Pinned $$($(count) constraints.txt) packages to run, $$($(count) constraints-dev.txt) to develop."

clean: ## Remove .venv, .cache and the tools' caches; the demo town's .data stays
	@rm -rf .venv .cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@for python in $(PYTHONS); do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	    >/dev/null 2>&1; then \
	    echo "Making .venv with $$("$$python" --version)…"; \
	    "$$python" -m venv --clear .venv && exit; \
	    rm -rf .venv; exit 1; \
	  fi; \
	done; \
	echo 'No Python 3.11, 3.12 or 3.13 that can make virtual environments (tried: $(PYTHONS)).' >&2; \
	echo 'On Debian and Ubuntu: apt-get install python3 python3-venv. Or name one: make PYTHON=python3.12 …' >&2; \
	exit 1

# The stamps say that what the files name is installed; a changed file installs anew.
.venv/.run: .venv/bin/python constraints.txt pyproject.toml
	@echo "Installing $$($(count) constraints.txt) pinned packages, about half a minute the first time…"
	@$(call install,--require-hashes -r constraints.txt)
	@$(call install,--no-deps --no-build-isolation -e .)
	@touch $@

.venv/.dev: .venv/.run constraints-dev.txt
	@echo "Installing $$(grep -vxFf constraints.txt constraints-dev.txt | $(count)) pinned development packages…"
	@$(call install,--require-hashes -r constraints-dev.txt)
	@touch $@

.cache/uv-$(UV_VERSION)/bin/uv: .venv/bin/python
	@echo 'Installing uv $(UV_VERSION)…'
	@$(BIN)/python -m venv --clear .cache/uv-$(UV_VERSION)
	@.cache/uv-$(UV_VERSION)/bin/python -m pip -qq install uv==$(UV_VERSION)
