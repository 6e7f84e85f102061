# Everything a developer runs. `make demo` needs Python 3.11 with venv; the rest installs what it lacks.
.DEFAULT_GOAL := demo
.PHONY: demo test quick looks chaos check bench lock widget clean

PYTHON ?= python3.11
PROFILE ?= quick
VENV := .venv
BIN := $(VENV)/bin
# -qq: pip prints errors only, and those whole.
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install --root-user-action=ignore

LOCK := $(BIN)/uv pip compile --quiet --custom-compile-command "make lock" --no-annotate --python-version 3.11 --python-platform linux

# Stamps are named after the contents of the lock files: another list, another stamp, a new installation.
RUNTIME := .stamp-runtime-$(shell cksum < requirements.lock | cut -d' ' -f1)
TOOLS := .stamp-tools-$(shell cksum < requirements-dev.lock | cut -d' ' -f1)

# `exec`, so that Ctrl-C and SIGTERM reach the server itself.
demo: $(VENV)/$(RUNTIME)
	@exec $(BIN)/python manage.py demo

test: $(VENV)/$(TOOLS)
	@exec $(BIN)/python -m tests.run

# The tests that wait for nothing: an answer within a minute. Which ones, tests/quick.py says.
quick: $(VENV)/$(TOOLS)
	@exec $(BIN)/python -m tests.quick

check: $(VENV)/$(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check

# After a change of requirements*.txt: pins everything that these need in turn, and changes no other pin.
lock:
	$(LOCK) requirements-dev.txt requirements-s3.txt -o requirements-dev.lock
	$(LOCK) -c requirements-dev.lock requirements.txt -o requirements.lock
	$(LOCK) -c requirements-dev.lock requirements.txt requirements-s3.txt -o requirements-s3.lock

# Every page of admin and docs in all four looks; `make test` judges the two that differ most.
looks: $(VENV)/$(TOOLS)
	@HUBSTER_ALL_LOOKS=1 exec $(BIN)/python -m pytest tests/e2e/test_admin_pages.py tests/e2e/test_docs_pages.py

# Kills, cuts and fills everything; PROFILE=full takes up to 80 minutes, the quick one up to 15.
chaos: $(VENV)/$(TOOLS)
	@exec $(BIN)/python -m tests.chaos $(PROFILE)

# GOAL=help lists the goals; without GOAL, all that docs/performance.md shows are measured. ARGS="--rounds 2" and so on.
bench: $(VENV)/$(TOOLS)
	@exec $(BIN)/python -m bench $(GOAL) $(ARGS)

widget:
	cd webchat && npm ci --no-audit --no-fund && npm run build

clean:
	rm -rf var static_root test-results .pytest_cache .mypy_cache .ruff_cache .hypothesis $(VENV)/.stamp-*
	rm -rf webchat/node_modules tests/clients/node_modules
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Hubster needs Python 3.11 with venv; on Debian 12: apt-get install python3.11-venv"; exit 1; }

$(VENV)/$(RUNTIME): | $(BIN)/python
	@echo "Installing Hubster into $(VENV) (a minute or two, once) ..."
	@$(PIP) -r requirements.lock
	@rm -f $(VENV)/.stamp-runtime-* && touch $@

$(VENV)/$(TOOLS): | $(BIN)/python
	@echo "Installing the tests and checks into $(VENV) (a minute or two, once) ..."
	@$(PIP) -r requirements-dev.lock
	@rm -f $(VENV)/.stamp-* && touch $@ $(VENV)/$(RUNTIME)
