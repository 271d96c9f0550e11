# One file for everything a developer does; `make help` lists it. Nothing but make and Python 3.11+ with venv is needed beforehand.

PYTHON  ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell $(name) -c $(SUITABLE) 2>/dev/null && echo $(name))))
WORKERS ?= 4
RUN     ?= serve --with-simulator
SECONDS ?= 660

SUITABLE := 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
BIN      := .venv/bin
INSTALL  := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
LOCK     := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --only-binary :all: --all-extras \
            --no-header --no-emit-index-url --no-emit-find-links --quiet --upgrade

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: run test check bench chaos docs screens lock clean help

run: .venv/ready-to-run ## start the gateway in this workspace with its simulated partners
	@$(BIN)/gateway $(RUN)

test: .venv/ready-to-build ## run all tests, on SQLite and PostgreSQL
	@$(BIN)/python -m pytest --numprocesses $(WORKERS)

check: .venv/ready-to-build ## check format, lint, types, layers, dependencies, schemas and documentation
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy gateway benchmarks
	@$(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/gateway schema --check
	@$(MAKE) --no-print-directory docs

bench: .venv/ready-to-build ## measure speed and memory against the yardsticks; figures go to var/bench.json
	@$(BIN)/python -m benchmarks

chaos: .venv/ready-to-build ## break everything that can break, on both stores, and count what was lost; more with SECONDS=3600
	@$(BIN)/python -m tests.chaos --seconds $(SECONDS)

docs: .venv/ready-to-build ## build the documentation into docs/_build/html
	@$(BIN)/python docs/generate.py
	@$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet docs docs/_build/html

screens: .venv/ready-to-build ## take the pictures of the console anew that the documentation shows; needs Chromium
	@PYTHONPATH=. $(BIN)/python docs/screens.py

lock: .venv/ready-to-build ## choose the newest versions that pyproject.toml allows and write requirements/
	@test -x $(BIN)/uv || $(INSTALL) 'uv>=0.13,<0.14'
	@$(LOCK) --group dev --output-file requirements/dev.txt
	@$(LOCK) --group build --constraint requirements/dev.txt --no-annotate --output-file requirements/run.txt

clean: ## remove what make has built; your data in var/ stays
	@rm -rf .venv docs/_build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find benchmarks docs gateway tests -name __pycache__ -prune -exec rm -rf {} +

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.* ## /\1\t/p' Makefile | sort | awk -F '\t' '{printf "make %-7s %s\n", $$1, $$2}'

# The stamps are remade when a lock changes, and only then: a second call costs nothing.
.venv/ready-to-run: requirements/run.txt pyproject.toml | .venv/made
	$(call install,requirements/run.txt)

.venv/ready-to-build: requirements/dev.txt pyproject.toml | .venv/made
	$(call install,requirements/dev.txt)

.venv/made:
	@test -n "$(PYTHON)" && $(PYTHON) -c $(SUITABLE) 2>/dev/null \
	  || { echo "make: needs Python 3.11 or newer with venv (Debian: apt-get install python3-venv); name one with make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "making .venv with $(PYTHON)"
	@$(PYTHON) -m venv --clear .venv
	@touch $@

define install
@echo "installing $(1)"
@$(INSTALL) --only-binary :all: --require-hashes --requirement $(1)
@$(INSTALL) --no-index --no-deps --no-build-isolation --editable .
@touch $@
endef
