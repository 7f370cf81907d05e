# Everything one does with the project: make run, test, check, format, bench, soak, record, lock.
# Each prepares .venv by itself, from the lock files and with their hashes.

PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
# Small matrices are slower on several threads, much slower on a busy machine.
export OPENBLAS_NUM_THREADS := 1
LOCK := $(PY) -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.PHONY: run test check format bench soak record lock
.DELETE_ON_ERROR:

# In the place of make's shell, and told to end with make: Ctrl-C, SIGTERM and SIGKILL of make all reach it.
run: .venv/installed
	@exec $(PY) -m store.parent_death -- $(PY) -m engine.allinone

record: .venv/installed
	@exec $(PY) -m ingest.record

test: .venv/installed-dev test-tools
	@$(PY) -m pytest -q -n auto $(ARGS)

check: .venv/installed-dev
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: .venv/installed-dev
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

bench: .venv/installed-dev
	@$(PY) -m bench $(ARGS)

soak: .venv/installed-dev
	@$(PY) -m bench.soak $(ARGS)

lock: .venv/installed-dev
	@CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) -o requirements.txt setup.cfg
	@CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --extra dev -c requirements.txt -o tests/requirements.txt setup.cfg

.venv/bin/python:
	@for python in python3.11 python3.12 python3.13 python3 python; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			$$python -m venv .venv && exit 0; \
			rm -rf .venv; \
			echo "cannot create .venv with $$python: its venv module is missing (Debian: apt-get install python3-venv)" >&2; \
			exit 1; \
		fi; \
	done; \
	echo "Python 3.11 or newer is needed: install it and run make again" >&2; exit 1

.venv/installed: requirements.txt | .venv/bin/python
	@echo "installing what requirements.txt locks" >&2
	@$(PIP) -r requirements.txt
	@touch $@

# The second lock file holds the first one's packages too, in the same versions.
.venv/installed-dev: tests/requirements.txt requirements.txt | .venv/bin/python
	@echo "installing what tests/requirements.txt locks" >&2
	@$(PIP) -r tests/requirements.txt
	@touch .venv/installed $@

# What pip cannot bring: a browser, a font for it to draw with, and a PostgreSQL server for the tests to start.
.PHONY: test-tools
test-tools:
	@missing=""; \
	for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && break; done || missing="chromium"; \
	[ "$$(uname)" = Darwin ] || [ -n "$$(fc-list 2>/dev/null | head -n 1)" ] || missing="$$missing fontconfig fonts-liberation"; \
	command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing for the tests:$$missing" >&2; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
	else \
		echo "the tests need $$missing: install that (Debian: sudo apt-get install $$missing) and run make again" >&2; exit 1; \
	fi
