# The project's commands. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
TOOLS := .tools

.PHONY: help
help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: demo
demo: ## Sign in to the sandbox through its page, and make an API call with the token
	@cargo build --quiet --package carto-auth-cli
	@examples/demo.sh target/debug/carto-auth

.PHONY: test
test: ## Run everything that is fast
	cargo test --workspace --all-features

.PHONY: check
check: format lint docs policy test ## Run what CI runs, but for the real browser

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
	$(TOOLS)/bin/cargo-deny check bans licenses sources
	@if GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote --exit-code https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1; then \
	  $(TOOLS)/bin/cargo-deny check advisories; \
	else \
	  echo 'advisories: skipped, the database cannot be reached from here'; \
	fi

.PHONY: smoke
smoke: ## Sign in once in real Chromium, against a certified OpenID provider
	cargo build --package carto-auth-cli
	conformance/run smoke

.PHONY: conformance
conformance: ## Run the slow suite: every flow against a certified OpenID provider in real Chromium
	cargo build --package carto-auth-cli
	conformance/run all

.PHONY: bench
bench: ## Measure beside a peer and beside the limit; writes target/bench/results.json
	cargo build --release --package carto-auth-cli
	python3 benches/run.py

$(TOOLS)/bin/cargo-deny:
	cargo install --quiet --locked --root $(TOOLS) --version 0.20.2 cargo-deny
