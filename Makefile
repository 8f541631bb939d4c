# Every target works on a fresh clone: it sets up what it needs, finds what is there, and fails loudly.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE  # without bytecode each start of `footage` takes 2.4 s of CPU, with it 0.95
PY := .venv/bin/python
ARGS ?=
SEED ?= 1

.PHONY: help setup servers demo test browser pictures interactions cluster chaos check bench docs page lock format hooks clean

help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready   ## the virtual environment, from Python and PyPI alone
	@scripts/page setup

.venv/.ready: requirements/all.txt pyproject.toml lab/pyproject.toml scripts/setup
	@scripts/setup all

# The demonstration does without torch and what tests need; an environment that has all of it serves too.
.venv/.ready-demo: requirements/demo.txt pyproject.toml lab/pyproject.toml scripts/setup
	@scripts/setup demo && touch $@

servers: setup   ## install the real servers and the browser that tests use (once)
	@$(PY) -m infra.cli servers install
	@$(PY) -m lab.servers.browser

demo: .venv/.ready-demo   ## the whole path on rendered streets: record, index, search, export, hold, expire
	@scripts/page setup
	@$(PY) -m infra.cli demo $(ARGS)

check: setup     ## format, lint, types, imports and the fast tests (about a minute of CPU on idle cores; one more where mypy is cold)
	@scripts/check

test: setup servers   ## everything, on real servers
	@scripts/test $(ARGS)

browser: setup   ## a real Chromium plays what is stored and tries the pages
	@$(PY) -m lab.servers.browser
	@.venv/bin/pytest tests/browser $(ARGS)

pictures: setup  ## pictures of every page of a home, after make demo: make pictures ARGS="--home demo-out --out pictures"
	@$(PY) -m lab.servers.browser
	@$(PY) -m tests.browser.pictures $(ARGS)

interactions: setup  ## how soon the page answers keys and clicks, after make demo: make interactions ARGS="--home demo-out"
	@$(PY) -m lab.servers.browser
	@$(PY) -m tests.browser.interactions $(ARGS)

cluster: setup servers   ## recorder, stores and catalogues on clusters whose nodes are killed (root)
	@scripts/cluster $(ARGS)

chaos: setup servers   ## kills and cuts by a seed while cameras record: make chaos SEED=7
	@scripts/chaos --seed $(SEED) $(ARGS)
	@TEST_CUSTODY_WRITERS=100 $(PY) -m pytest tests/process/test_custody_kills.py -q

bench: setup     ## the benchmarks; figures as JSON
	@$(PY) -m infra.cli bench $(ARGS)

format: setup    ## let ruff format and mend
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

hooks: setup     ## format, lint, types and imports before each commit (needs pre-commit)
	@command -v pre-commit >/dev/null || { echo "make hooks needs pre-commit on the PATH: pipx install pre-commit" >&2; exit 3; }
	@pre-commit install

docs: setup      ## write the pages made from the code: settings, the HTTP description, roles
	@$(PY) -m infra.cli settings --reference > docs/settings.md.new && mv docs/settings.md.new docs/settings.md
	@$(PY) -m api.openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json
	@$(PY) -m api.roles_table > docs/roles.md.new && mv docs/roles.md.new docs/roles.md

page: setup      ## check the page's sources and build api/page anew (needs Node)
	@scripts/page check && scripts/page build

lock:            ## resolve the dependencies anew: versions and hashes, no addresses
	@scripts/lock

clean:           ## remove the virtual environment
	@rm -rf .venv
