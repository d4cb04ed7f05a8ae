# The project's commands. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
TOOLS := .tools
PYTHON ?= python3
VENV := .venv
# How long each target of `make fuzz` runs.
SECONDS := 60
# How many writers `make crash` kills.
KILLS := 2000
REDIS_KILLS := 200

.PHONY: help
help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: demo
demo: ## Sign in to the sandbox through its page, and make an API call with the token
	@cargo build --quiet --package carto-auth-cli
	@examples/demo.sh target/debug/carto-auth

.PHONY: test
test: test-rust test-python ## Run everything that is fast

.PHONY: test-rust
test-rust: ## Run the tests of the library, the command and the sandbox
	cargo test --workspace --all-features

.PHONY: test-python
test-python: install-python ## Run the tests of the Python package, and those of 0.2.0 on both
	$(VENV)/bin/python -m pytest
	python/tests/predecessor/run

.PHONY: install-python
install-python: $(VENV)/.installed ## Build the Python package quickly, and install it into the project's own environment
	$(VENV)/bin/maturin build --quiet --profile python --out target/python
	$(VENV)/bin/pip install --quiet --force-reinstall --no-deps target/python/carto_auth-*.whl

$(VENV)/.installed: python/tests/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade pip
	$(VENV)/bin/pip install --quiet --requirement $<
	touch $@

.PHONY: lint-python
lint-python: $(VENV)/.installed ## Check the Python files with ruff
	$(VENV)/bin/ruff check --quiet python benches examples hardening
	$(VENV)/bin/ruff format --quiet --check python benches examples hardening

.PHONY: hardening
hardening: install-python ## Play every bad input against the crate, the command, the wheel and 0.2.0, and print the table
	$(VENV)/bin/python hardening/table.py --write docs/hardening/matrix.md

.PHONY: remedies
remedies: ## Type every hint where it was read and see its fault gone, and print the share
	cargo test --quiet --package carto-auth-cli --test remedies
	cargo test --quiet --package carto-auth --all-features --test remedies
	cargo test --quiet --package carto-auth --test remedies store
	@cargo test --quiet --package carto-auth-cli --test remedies the_test_that_is_named -- --nocapture | grep -E '^(remedies|  )'

.PHONY: types
types: install-python ## Check the types of the Python package, and its stubs against what was built
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m mypy.stubtest carto_auth --mypy-config-file pyproject.toml --allowlist python/stubtest.txt --concise

.PHONY: wheel
wheel: $(VENV)/.installed ## Build the wheel as it is released, into target/wheels
	rm -rf target/wheels
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/maturin build --release --zig --compatibility manylinux_2_28 --out target/wheels

.PHONY: free-threaded
free-threaded: ## Compile the Python package for an interpreter without the GIL (there is none here to run it)
	PYO3_CONFIG_FILE=$(CURDIR)/python/cpython-3.14t.txt cargo check --package carto-auth-python --target-dir target/free-threaded

.PHONY: check
check: format lint lint-python docs policy test types free-threaded ## Run what CI runs, but for the real browser

.PHONY: format
format: ## Check the formatting
	cargo fmt --all --check

.PHONY: lint
lint: ## Check with clippy, warnings denied
	cargo clippy --workspace --all-targets --all-features -- --deny warnings

.PHONY: docs
docs: ## Build the Rust documentation, warnings denied
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --all-features --no-deps

.PHONY: policy
policy: $(TOOLS)/bin/cargo-deny ## Check licences, bans and sources; advisories where their database can be reached
	cargo metadata --locked --format-version 1 >/dev/null
	$(TOOLS)/bin/cargo-deny check --deny warnings bans licenses sources
	@if GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote --exit-code https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1; then \
	  $(TOOLS)/bin/cargo-deny check advisories; \
	else \
	  echo 'advisories: skipped, the database cannot be reached from here'; \
	fi

.PHONY: network
network: $(TOOLS)/network/.installed ## Play the faults of the network for real; writes docs/hardening/network.md
	cargo build --quiet --package carto-auth-cli
	$(TOOLS)/network/bin/python hardening/network/table.py

.PHONY: shuttle
shuttle: ## Run the single flight, as it ships, in thousands of orders of events
	cargo fmt --manifest-path shuttle/Cargo.toml --check
	cargo test --quiet --locked --manifest-path shuttle/Cargo.toml --target-dir target/shuttle --lib

.PHONY: shuttle-planted
shuttle-planted: ## Show that a fault in the single flight is found: each of shuttle/planted is
	shuttle/planted/run

.PHONY: crash
crash: ## Kill writers at any moment, KILLS=2000 REDIS_KILLS=200, and let disks fail; writes docs/hardening/crash.md
	$(PYTHON) hardening/crash/table.py --kills $(KILLS) --redis-kills $(REDIS_KILLS)

.PHONY: crash-planted
crash-planted: ## Show that the tests of crashes find a fault that is planted for each
	hardening/crash/planted/run

.PHONY: mutants
mutants: $(TOOLS)/bin/cargo-mutants ## Test changed copies of session, grant and login; FILES="session/turn.rs grant.rs" SHARD=0/2
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" $(PYTHON) hardening/mutants/shard.py $(if $(SHARD),--shard $(SHARD)) $(FILES)
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" $(PYTHON) hardening/mutants/table.py --write docs/hardening/mutants.md

.PHONY: smoke
smoke: ## Sign in once in real Chromium, against a certified OpenID provider
	cargo build --package carto-auth-cli
	conformance/run smoke

.PHONY: conformance
conformance: wheel ## Run the slow suite: every flow against a certified OpenID provider in real Chromium and JupyterLab
	cargo build --package carto-auth-cli
	conformance/run all

.PHONY: fresh-install
fresh-install: ## Run `pip install .` on what is a fresh machine: an empty home, nothing fetched before
	conformance/run install

.PHONY: frameworks
frameworks: wheel ## Send a handle to the workers of multiprocessing, Dask, Ray and Spark
	conformance/run frameworks

.PHONY: bench
bench: wheel ## Measure beside a peer and beside the limit; writes target/bench/results.json
	cargo build --release --package carto-auth-cli
	python3 benches/run.py

.PHONY: stop-button
stop-button: install-python ## Measure how long a notebook's cell goes on after the stop button, beside a bare cell
	$(VENV)/bin/python benches/stop_button.py

.PHONY: command-in-a-cell
command-in-a-cell: install-python ## Measure how soon `!carto-auth login` in a notebook says that nobody can type there
	$(VENV)/bin/python benches/command_in_a_cell.py

.PHONY: fuzz
fuzz: $(TOOLS)/bin/cargo-fuzz ## Let a fuzzer make up what others may send, SECONDS=60 for each target
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" fuzz/run $(SECONDS)

.PHONY: fuzz-planted
fuzz-planted: $(TOOLS)/bin/cargo-fuzz ## Show that the fuzzer finds a bug that is planted for each target
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" fuzz/planted/run

.PHONY: fuzz-corpus
fuzz-corpus: $(TOOLS)/bin/cargo-fuzz ## Take over what the fuzzer has learnt, made as small as it goes
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" fuzz/minimise

$(TOOLS)/bin/cargo-deny:
	cargo install --quiet --locked --root $(TOOLS) --version 0.20.2 cargo-deny

$(TOOLS)/bin/cargo-fuzz:
	cargo install --quiet --locked --root $(TOOLS) --version 0.13.2 cargo-fuzz

$(TOOLS)/bin/cargo-mutants:
	cargo install --quiet --locked --root $(TOOLS) --version 27.1.0 cargo-mutants

$(TOOLS)/network/.installed: hardening/network/requirements.txt
	$(PYTHON) -m venv --clear $(TOOLS)/network
	$(TOOLS)/network/bin/python -m pip install --quiet --requirement $<
	touch $@
