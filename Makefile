# Needs Python 3.11 or newer and make; everything else comes from the locks into .venv.
#   make test ARGS="tests/api -k revoke"     make run ARGS="--port 8001"     make PYTHON=python3.12 test

PYTHON ?= python3
ARGS ?=
IN := .venv/bin
# One more than there are cores: some tests wait for processes.
WORKERS := $(shell $(PYTHON) -c 'import os; print(min(8, (os.cpu_count() or 1) + 1))')
PIP := $(IN)/python -m pip install --quiet --disable-pip-version-check --no-input

# An environment belongs to its path and its Python: for others it is created again.
HERE := $(CURDIR) $(PYTHON)
ifneq ($(shell cat .venv/made 2>/dev/null),$(HERE))
MOVED := moved
endif

.PHONY: help run test full hostile clients check audit sbom bench soak draw house lock clean moved
.DELETE_ON_ERROR:

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: .venv/run ## start the service (SQLite by default)
	$(IN)/lifecycle serve $(ARGS)

test: .venv/test ## every test, on SQLite and on PostgreSQL
	$(IN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

full: .venv/test ## every test, with every row on both databases and all random lives
	TEST_IN_FULL=yes $(IN)/python -m pytest -n $(WORKERS) --dist worksteal --every-row-on-both $(ARGS)

hostile: .venv/test ## hostile input against a real server, on SQLite and on PostgreSQL
	$(IN)/python -m tests.hostile $(ARGS)

clients: .venv/test .clients/made ## the OpenAPI document: linted, clients generated, a life played in each (needs node, java)
	$(IN)/python -m tests.clients

check: .venv/test ## format, lint, types
	$(IN)/ruff format --check .
	$(IN)/ruff check .
	$(IN)/mypy

audit: .venv/test ## known vulnerabilities and licences of what the service is made of
	$(IN)/python -m tests.supply

sbom: .venv/test ## sbom.json, a CycloneDX bill of materials of requirements.txt
	$(IN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application --output-reproducible -o sbom.json requirements.txt

bench: .venv/bench ## measure: sweeps, commands, peers, lateness, memory (docs/benchmarks.md)
	$(IN)/python -m tests.benchmarks $(ARGS)

soak: .venv/test ## faults, for as long as ARGS="--minutes 10" says
	$(IN)/python -m tests.faults.soak $(ARGS)

draw: .venv/test ## what pages show of the code: diagrams, roles, settings, steps
	$(IN)/python -m tests.docs.diagrams
	$(IN)/python -m tests.docs.roles
	$(IN)/python -m tests.docs.settings
	$(IN)/python -m tests.docs.steps

house: .venv/test ## how large the program is, and what a notice passes through
	$(IN)/python -m tests.house

lock: ## the locks from pyproject.toml; pins stay unless UPGRADE=--upgrade
	@echo "Locking the dependencies"
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && $(PYTHON) -m venv "$$tools" && \
	"$$tools/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14' && \
	lock() { "$$tools/bin/uv" pip compile --quiet --no-config --universal --generate-hashes --no-header \
	    --python-version 3.11 $(UPGRADE) "$$@"; } && \
	lock -o requirements.txt pyproject.toml && \
	echo 'setuptools>=80' | lock -o build-requirements.txt - && \
	lock --extra test -c requirements.txt -o tests/requirements.txt pyproject.toml && \
	lock --extra test --extra peers -c tests/requirements.txt -o tests/benchmarks/requirements.txt pyproject.toml

clean: ## remove the environment and what tools left behind
	rm -rf .venv .clients build *.egg-info .mypy_cache .ruff_cache .hypothesis

# --- the environment: exactly the lock, created again whenever a lock changes ------------------------------

.venv/made: requirements.txt build-requirements.txt tests/requirements.txt $(MOVED)
	@echo "Creating the environment .venv with $(PYTHON)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is required")'
	@rm -rf .venv && $(PYTHON) -m venv .venv
	@echo "$(HERE)" > $@

.venv/run: .venv/made pyproject.toml
	@echo "Installing the packages of the service (requirements.txt)"
	@$(PIP) --require-hashes -r build-requirements.txt -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test: .venv/made pyproject.toml
	@echo "Installing the packages of the service and its tests (tests/requirements.txt)"
	@$(PIP) --require-hashes -r build-requirements.txt -r tests/requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch .venv/run $@

# client generators, outside the environment: they need other versions than the service
.clients/made: tests/clients/requirements.txt tests/clients/package.json
	@echo "Installing the client generators (.clients)"
	@rm -rf .clients && $(PYTHON) -m venv .clients/venv
	@.clients/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r tests/clients/requirements.txt
	@cp tests/clients/package.json .clients/ && cd .clients && npm install --silent --no-audit --no-fund --ignore-scripts
	@touch $@

.venv/bench: .venv/test tests/benchmarks/requirements.txt
	@echo "Installing the libraries that the benchmarks compare with (tests/benchmarks/requirements.txt)"
	@$(PIP) --require-hashes -r tests/benchmarks/requirements.txt
	@touch $@
