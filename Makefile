# make run          serve a sample corpus, or CORPUS=path, on PORT=8000
# make test         run all tests in parallel
# make oldest       run the tests without servers with Debian's Python (or OLDEST=path) and the oldest dependencies
# make coverage     run all tests, and list the lines and branches of feeds that none reaches
# make lint         run ruff, mypy --strict and import-linter
# make drills       kill processes, flip bits, break a fleet and build an image; DRILLS=short takes 11 minutes
# make screenshots  write a picture of every kind of page to var/screenshots (needs tests/install-tools)
# make lighthouse   print Lighthouse's scores of the pages, and fail below 95 (needs tests/install-tools)
# make bench        run the benchmarks, and write the results to tests/bench/results.md
# make constraints  install the newest dependencies, and write their versions to constraints.txt
# make clean        delete the environment, builds and caches

PYTHON ?= python3
PORT   ?= 8000
CORPUS ?= var/sample
DRILLS ?= long
OLDEST ?= /usr/bin/python3
VENV   := .venv
BIN    := $(VENV)/bin
# Unless settings name another store, make run keeps it in var/ under the name that feeds gives it.
STORE_NAME := import pathlib, sys; from feeds.bootstrap import store_name; print(store_name(pathlib.Path(sys.argv[1])))
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Tests start hundreds of processes: each would compile every module again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test oldest coverage lint drills bench screenshots lighthouse constraints clean

run: $(VENV)/installed
	@[ "$(CORPUS)" != var/sample ] || [ -e var/sample/.sample ] || $(BIN)/feeds sample var/sample
	@[ "$$FEEDS_CONFIG$$FEEDS_STORE_PATH" ] || \
	    export FEEDS_STORE_PATH="var/$$($(BIN)/python -c '$(STORE_NAME)' "$(CORPUS)")"; \
	exec $(BIN)/feeds --corpus "$(CORPUS)" serve --port $(PORT)

test: $(VENV)/tested
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

# Python 3.11.0 to 3.11.4 have faults that later ones do not have, and Debian 12 has 3.11.2.
oldest: $(VENV)/oldest/tested
	$(VENV)/oldest/bin/pytest -n auto --dist loadfile --no-loadscope-reorder -m "not slow"

$(VENV)/oldest/tested: $(VENV)/tested
	$(OLDEST) -m venv $(@D)
	$(BIN)/python -m tests.lowest_versions > $(@D)/lowest.txt
	$(@D)/bin/pip install -q -c $(@D)/lowest.txt -e '.[test]'
	@touch $@

coverage: export COVERAGE_ROOT = $(CURDIR)
coverage: $(VENV)/tested
	@mkdir -p var
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist loadfile --no-loadscope-reorder
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

lint: $(VENV)/tested
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

drills: $(VENV)/tested
	$(BIN)/python -m tests.drills --$(DRILLS)
	$(BIN)/python -m tests.drills.image

bench: $(VENV)/tested
	$(BIN)/python -m tests.bench

screenshots: $(VENV)/tested
	$(BIN)/python -m tests.pages.screenshots

lighthouse: $(VENV)/tested tests/pages/lighthouse/node_modules/installed
	$(BIN)/python -m tests.pages.lighthouse

tests/pages/lighthouse/node_modules/installed: tests/pages/lighthouse/package.json
	cd $(<D) && npm install --loglevel=error
	@touch $@

# Programs that tests run, whose packages do not go with those of the tests.
$(VENV)/subscribers/installed: tests/push/subscribers/requirements.txt constraints.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install -q -c constraints.txt -r $<
	@touch $@

# Versions of all dependencies that passed the tests. Check the difference before you commit it.
constraints:
	rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e '.[test]'
	$(BIN)/pip freeze --exclude-editable --exclude pip --exclude setuptools | LC_ALL=C sort -f > constraints.txt

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "feeds needs Python 3.11 or newer; choose one with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e .
	@touch $@

$(VENV)/tested: $(VENV)/installed
	$(BIN)/pip install -q -c constraints.txt -e '.[test]'
	@touch $@
