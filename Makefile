# Two commands matter: `make run` starts everything, `make test` proves it.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

# The system's certificates, where there are any: networks with a TLS proxy put its root there.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export SSL_CERT_FILE ?= /etc/ssl/certs/ca-certificates.crt
export PIP_CERT ?= $(SSL_CERT_FILE)
endif

.PHONY: help setup run test lint types train refit simulate lock clean

help: ## Show what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/.runtime encoder ## Build .venv with the command `helpline` in it

run: setup ## Start the help line: everything embedded, on this machine
	@exec $(BIN)/helpline run

test: .venv/.dev encoder nlu/.venv/.done ## Run every check and every test, the real Rasa server included
	@$(BIN)/python -m tests

lint: .venv/.dev ## Linters and the import contract
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: .venv/.dev ## Types, strictly
	$(BIN)/mypy

train: .venv/.runtime nlu/.venv/.done nlu/tuning/.venv/.done ## Tune the encoder (an hour), then do what `make refit` does
	cd nlu && tuning/.venv/bin/python -m tuning.tune
	@$(MAKE) --no-print-directory refit

refit: encoder nlu/.venv/.done ## Train Rasa's classifier on the encoder as it is, and write the export
	nlu/.venv/bin/python nlu/train.py

simulate: .venv/.dev encoder ## Try the Telegram bot without Telegram
	@exec $(BIN)/helpline simulate

lock: .uv/uv ## Renew the lock files from pyproject.toml
	.uv/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	.uv/uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.lock -o requirements-dev.lock
	.uv/uv pip compile -q nlu/pyproject.toml --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header -o nlu/requirements.lock

clean: ## Remove the environments (never the data in var/)
	rm -rf .venv .uv nlu/.venv nlu/tuning/.venv nlu/encoder/built

.uv/uv:
	@$(PYTHON) bootstrap.py

.venv/bin/python: .uv/uv
	@.uv/uv venv -q --allow-existing --python $(PYTHON) .venv

.venv/.runtime: requirements.lock pyproject.toml .venv/bin/python
	@echo "Installing the help line into .venv ..."
	@.uv/uv pip install -q --compile-bytecode --python .venv --require-hashes -r requirements.lock
	@.uv/uv pip install -q --python .venv --no-deps -e .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Installing what the tests need into .venv ..."
	@.uv/uv pip install -q --compile-bytecode --python .venv --require-hashes -r requirements-dev.lock
	@touch $@

# The files that both engines run. Always called: it looks by itself whether they are there.
.PHONY: encoder
encoder: .venv/.runtime
	@cd nlu && ../$(BIN)/python -m encoder.build

nlu/tuning/.venv/.done: nlu/tuning/requirements.txt .uv/uv .venv/bin/python
	@bash nlu/tuning/setup.sh .uv/uv $(PYTHON)

nlu/.venv/.done: nlu/requirements.lock .uv/uv
	@bash nlu/setup.sh .uv/uv
	@touch $@
