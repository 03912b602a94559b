# Everything a person types. `make help` lists it.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8080
DATA ?= .data
VENV := .venv
PY := $(VENV)/bin/python
NODE = PATH="$$($(PY) -m tools.node):$$PATH"
COMPILE = env -u PIP_FIND_LINKS $(VENV)/bin/pip-compile -q --generate-hashes --strip-extras --allow-unsafe \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header
PROTO_FILES := $(shell find protos -name '*.proto' -o -name '*.binpb')
PORTAL_FILES := $(shell find gateway/portal -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print)

.DEFAULT_GOAL := help
.PHONY: help setup protos portal run stack test lint format unit scenarios browser stack-test chart-test cluster-test faults backup \
  restore load lock image image-parts clean clean-data demo-file

help:  ## List what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: setup portal  ## Start the platform with the demo company at http://localhost:8080 (PORT=… for another port)
	@MAINSTAY_PORT=$(PORT) $(PY) -m services

stack: setup portal  ## Start PostgreSQL, Kafka, Keycloak and each service as processes (PORT=… for other ports)
	@MAINSTAY_PORT=$(PORT) $(PY) -m tools.stack

test: setup portal  ## Run every check and test, and say what ran and what did not
	@$(PY) -m tools.check

setup: $(VENV)/.installed protos  ## Make the virtual environment from the lock file, and generate code

protos: $(VENV)/.installed gateway/portal/node_modules/.installed  ## Build everything that comes from the contract into gen/
	@$(PY) -m tools.protos

portal: gateway/portal/dist/index.html  ## Build the web portal

lint: setup  ## Run the linters and type checks alone
	@$(PY) -m tools.check lint

unit: setup  ## Run the unit and contract tests alone
	@$(PY) -m tools.check unit contract

scenarios: setup portal  ## Run the stories through the front door alone
	@$(PY) -m tools.check scenarios

browser: setup portal  ## Run the stories in Chromium alone
	@$(PY) -m tools.check browser

stack-test: setup portal  ## Run the suites on the real stack alone (needs Java 17 or newer and Maven)
	@$(PY) -m tools.check stack

chart-test: setup  ## Check the Helm chart alone: rendered with every profile, without a cluster
	@$(PY) -m tools.check chart

cluster-test: setup  ## Check the chart on the cluster that KUBECONFIG names: install, upgrade, kill, scale, restore
	@MAINSTAY_SHAPE=cluster $(PY) -m pytest -s tests/scenarios/test_first_day.py tests/cluster

faults: setup portal  ## Run the long fault tests: 200 kills while 1,000,000 events flow, and the outages
	@$(PY) -m tools.check long-faults

backup: setup  ## Back up a running (or stopped) platform: DATA=.data or .data/stack
	@$(PY) -m services.local_backup --data $(DATA) take

restore: setup  ## Put the newest backup back into a stopped platform: DATA=.data or .data/stack
	@$(PY) -m services.local_backup --data $(DATA) restore

demo-file: setup  ## Write the second company of the tour into .data/demo-files (as delivered, and corrected)
	@$(PY) -m tools.demo_files

load: setup  ## Measure: print the rates and ratios that docs/performance.md quotes
	@$(PY) -m tests.load

format: setup  ## Put the Python code into its canonical form
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

lock: setup  ## Compile requirements.lock anew from pyproject.toml, and what of it the images need
	@$(COMPILE) --extra dev -o requirements.lock pyproject.toml
	@for lock in requirements.runtime.lock tools/stack/requirements.lock; do cp requirements.lock $$lock; done
	@$(COMPILE) -o requirements.runtime.lock pyproject.toml
	@$(COMPILE) -o tools/stack/requirements.lock tools/stack/requirements.in

image: setup  ## Build the platform's image with docker, podman or buildah, and its bill of materials
	@$(PY) -m tools.image platform

image-parts: setup  ## Build the image of PostgreSQL, Kafka and Keycloak for trying Mainstay on a cluster
	@$(PY) -m tools.image parts

clean-data:  ## Forget the embedded run's data
	rm -rf .data

clean:  ## Remove everything that was made, data excepted
	rm -rf $(VENV) gen gateway/portal/node_modules gateway/portal/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Mainstay needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ...")'
	@echo "Setting up the Python environment…"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "mainstay.pth").write_text("$(CURDIR)\n$(CURDIR)/gen\n$(CURDIR)/libs/client\n")'
	@touch $@

gateway/portal/node_modules/.installed: gateway/portal/package-lock.json $(VENV)/.installed
	@echo "Installing the portal's packages…"
	@cd gateway/portal && PATH="$$(cd ../.. && $(PY) -m tools.node):$$PATH" npm ci --silent --no-audit --no-fund
	@touch $@

gateway/portal/dist/index.html: gateway/portal/node_modules/.installed $(PORTAL_FILES) $(PROTO_FILES)
	@$(PY) -m tools.protos
	@echo "Building the portal…"
	@cd gateway/portal && PATH="$$(cd ../.. && $(PY) -m tools.node):$$PATH" npm run --silent build
	@touch $@
