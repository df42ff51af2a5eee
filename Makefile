# Two commands on a fresh machine: `make drive` and `make test`; each sets up what it needs.
# ARGS passes flags on: make drive ARGS="--seconds 20 --no-display"

SUPPORTED := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for p in python3.12 python3.11 python3.10 python3 python; do \
	$$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
ARGS ?=

.PHONY: drive replay simulator collect train model explain evaluate doctor test lint format bench clean

drive: .venv/ready
	@$(BIN)/python -m scripts.drive $(ARGS)

replay: .venv/ready
	@$(BIN)/python -m scripts.replay $(ARGS)

simulator: .venv/ready
	@$(BIN)/python -m scripts.simulator $(ARGS)

collect: .venv/ready
	@$(BIN)/python -m scripts.collect $(ARGS)

train: .venv/ready
	@$(BIN)/python -m scripts.train $(ARGS)

# The network of configs/models/pilotnet from nothing: what it is taught on, then the training (ARGS=--resume goes on with it).
model: .venv/ready
	@$(BIN)/python -m scripts.collect --config configs/models/pilotnet/collect.yaml --out data/pilotnet
	@$(BIN)/python -m scripts.train --config configs/models/pilotnet/train.yaml $(ARGS)

explain: .venv/ready
	@$(BIN)/python -m scripts.explain $(ARGS)

evaluate: .venv/ready
	@$(BIN)/python -m scripts.evaluate $(ARGS)

doctor: .venv/ready
	@$(BIN)/python -m scripts.doctor $(ARGS)

# Two runs: TensorFlow and a software GL context in one process abort at exit (both carry LLVM). Paths in ARGS choose
# among them; both run even if the first one fails, and one that finds no test to run is no failure of the other.
PATHS := $(filter-out tests/,$(filter tests/%,$(ARGS)))
SIMULATOR_TESTS := $(filter tests/simulator tests/simulator/%,$(PATHS))
OTHER_TESTS := $(filter-out $(SIMULATOR_TESTS),$(PATHS))
TEST_FLAGS := $(filter-out tests tests/%,$(ARGS))
# All of them are run two files at a time.
SIDE_BY_SIDE := $(if $(PATHS),,-n 2 --dist loadfile)

test: .venv/ready-dev
	@ran=5; failed=0; \
	run() { $(BIN)/python -m pytest "$$@" $(strip $(SIDE_BY_SIDE) $(TEST_FLAGS)); status=$$?; \
		case $$status in 0) ran=0;; 5) ;; *) failed=$$status;; esac; }; \
	$(if $(OTHER_TESTS)$(if $(PATHS),,all),run $(or $(OTHER_TESTS),tests --ignore tests/simulator);) \
	$(if $(SIMULATOR_TESTS)$(if $(PATHS),,all),run $(or $(SIMULATOR_TESTS),tests/simulator);) \
	test $$failed -ne 0 || failed=$$ran; exit $$failed

lint: .venv/ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/ready-dev
	$(BIN)/python -m tests.bench $(ARGS)

.venv/ready: requirements.txt
	@test -n "$(PYTHON)" || { echo "error: no Python 3.10, 3.11 or 3.12 found: install one, or give PYTHON=/path/to/python" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { \
		echo "error: $(PYTHON) cannot make a virtual environment: apt-get install python3-venv" >&2; rm -rf .venv; exit 2; }
	@echo "installing the requirements into .venv (a few minutes, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m scripts.doctor --libraries
	@touch $@

.venv/ready-dev: .venv/ready pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@command -v chromium >/dev/null || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null || { \
		echo "installing Chromium, which opens the report in a test"; \
		apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y chromium; } >/dev/null 2>&1 || true
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache
