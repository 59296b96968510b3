# Every target first installs what it needs into .venv; plain `make` does only that.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE ?= examples/xekscluster/minimal.yaml
FUZZ_RUNS ?= 10000
FUZZ_SEED ?= 1
TOOLS := crossplane-cli crossplane-core promtool helm kustomize applicationset argocd-rules kyverno gitleaks function-patch-and-transform
CODE := functions bench tests package/build.py requirements/compile.py gitops/charts/last-round/files

.DEFAULT_GOAL := install

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The command line and the function: pure Python, hashed.
$(VENV)/.cli: requirements/cli.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/cli.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What tests and checks need beside it.
$(VENV)/.dev: requirements/dev.txt $(VENV)/.cli
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# What plays AWS for ACK's controllers, apart from what tests import: a web server, and all that comes with it.
$(VENV)/.aws: requirements/aws.txt | $(BIN)/python
	$(BIN)/python -m venv $(VENV)/aws
	$(VENV)/aws/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/aws.txt
	@touch $@

.PHONY: install
install: $(VENV)/.cli ## install the command line into .venv (.venv/bin/argosy)

.PHONY: demo
demo: $(VENV)/.cli ## watch the minimal claim become a registered cluster (simulated, Python alone)
	$(BIN)/argosy simulate examples/xekscluster/minimal.yaml

.PHONY: test
test: $(VENV)/.dev tools ## all tests that have no target of their own
	$(BIN)/pytest -n 2 --dist worksteal

.PHONY: test-hub
test-hub: $(VENV)/.dev hub-tools ## stories on a real control plane: API server, Crossplane, Argo CD (needs Go)
	@$(BIN)/python -m tests.hub

.PHONY: test-gitops
test-gitops: $(VENV)/.dev hub-tools tools ## gitops/ on a real control plane: one command, one commit (needs Go)
	$(BIN)/pytest tests/gitops_hub -rP --durations=10

.PHONY: test-ack
test-ack: $(VENV)/.dev $(VENV)/.aws ack-tools ## what is composed for ACK, under its real controllers, on a mock of AWS (needs Go)
	$(BIN)/pytest tests/ack --durations=10

# A function that ours is measured beside; it needs another SDK than ours.
$(VENV)/.pythonic: requirements/pythonic.txt | $(BIN)/python
	$(BIN)/python -m venv $(VENV)/pythonic
	$(VENV)/pythonic/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/pythonic.txt
	@touch $@

# What the function's image has, and nothing else: servers that are measured run with it.
$(VENV)/.function: requirements/function.txt $(VENV)/.cli
	$(BIN)/python -m venv --clear --without-pip $(VENV)/function
	$(BIN)/pip --python $(VENV)/function/bin/python install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

BENCH := $(VENV)/.dev $(VENV)/.function $(VENV)/.pythonic tools

.PHONY: bench
bench: $(BENCH) ## measure the function beside those that a user would pick instead; writes bench/results and docs/scale.md
	$(BIN)/python -m bench

.PHONY: bench-quick
bench-quick: $(BENCH) ## a minute of it, to show that it works
	$(BIN)/python -m bench --quick

.PHONY: bench-hub
bench-hub: $(VENV)/.dev hub-tools ## measure what clusters cost their hub, until they are settled and afterwards (needs Go)
	$(BIN)/python -m bench.hub

.PHONY: fuzz
fuzz: $(VENV)/.dev ## fuzz the request path with two fuzzers, FUZZ_RUNS inputs each, the same ones for the same FUZZ_SEED
	$(BIN)/python -m tests.hostile.fuzz hypothesis --runs $(FUZZ_RUNS) --seed $(FUZZ_SEED)
	$(BIN)/python -m tests.hostile.fuzz atheris --runs $(FUZZ_RUNS) --seed $(FUZZ_SEED)

.PHONY: check
check: $(VENV)/.dev ## lint, types, layers, generated files
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory verify

.PHONY: tools
tools: $(VENV)/.dev ## build the real programs that tests run, fetch the charts, once, into .tools (needs Go)
	$(BIN)/python tests/tools/build.py $(TOOLS)
	@$(BIN)/python -m tests.gitops.charts

.PHONY: hub-tools
hub-tools: $(VENV)/.dev # build every real part of a hub once, into .tools
	@$(BIN)/python tests/tools/build.py --hub

.PHONY: ack-tools
ack-tools: $(VENV)/.dev # build ACK's controllers and an API server once, into .tools
	@$(BIN)/python tests/tools/build.py --ack

.PHONY: hub
hub: $(VENV)/.dev hub-tools ## start a whole hub on this machine, with a simulator in AWS's place (needs Go)
	@$(BIN)/python -m tests.hub.local up

.PHONY: hub-down
hub-down: $(VENV)/.dev ## end the hub and forget it
	@$(BIN)/python -m tests.hub.local down

.PHONY: generate
generate: $(VENV)/.dev ## write everything that the models produce
	$(BIN)/python -m argosy.generate write
	$(BIN)/python -m tests.safety.page write

.PHONY: verify
verify: $(VENV)/.dev ## check that generated files are current
	$(BIN)/python -m argosy.generate verify
	$(BIN)/python -m tests.safety.page verify

.PHONY: golden
golden: $(VENV)/.dev ## rewrite the golden files of examples, add to those of this release; read the diff before you commit
	$(BIN)/pytest -q tests/cases tests/releases --update-golden

.PHONY: render
render: $(VENV)/.cli ## print what one call makes of EXAMPLE
	$(BIN)/argosy render $(EXAMPLE) -e examples/setup/hub.yaml -x -r

.PHONY: build
build: $(VENV)/.dev tools ## build the Configuration packages into _output (no Docker)
	$(BIN)/python package/build.py

.PHONY: requirements
requirements: $(VENV)/.dev ## resolve the hashed requirements again
	$(BIN)/python requirements/compile.py

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14
