# Viperhub: set-up, build, run, check. `make` alone lists the targets.

LISTEN   ?= 127.0.0.1:4111
DATA_DIR ?= ./hub-data
SCRIPTS  ?= $(sort $(wildcard scripts/*.py))
# More arguments for `viperhub run` or the test runner, as in: make test ARGS='-p hub'
ARGS     ?=
PREFIX   ?= /usr/local
DESTDIR  ?=
# For `make fresh`: bookworm, trixie or noble
DIST     ?= bookworm

SHELL      := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

ifeq ($(strip $(CARGO_TARGET_DIR)),)
unexport CARGO_TARGET_DIR
TARGET := target
else
TARGET := $(CARGO_TARGET_DIR)
endif

VIPERHUB := $(TARGET)/release/viperhub
LOCKED   := $(if $(CI),--locked)
# What tools/setup found out; read by the shell when a recipe runs, after the set-up.
ENV      := . .build/env;
# All scripts of tools/ that are bash's.
TOOLS    := $(filter-out %.rs %.txt,$(wildcard tools/*))

.PHONY: help setup setup-lint setup-test build install uninstall run test test-pythons fresh lint fmt docs bench soak clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

setup: ## Find a Python, install what building needs
	@tools/setup build

setup-lint:
	@tools/setup lint

setup-test:
	@tools/setup test

# One run of Cargo, also for those who only want the hub: what both link is compiled in another way for one alone.
build: setup ## Build the hub and the C library, optimised
	@[ -e '$(VIPERHUB)' ] || echo 'Building; the first time that takes some five minutes on two cores.'
	@$(ENV) cargo build --release $(LOCKED) -p viperhub -p wrapper
	@printf '%s\n' '$(TARGET)' >.build/target

install: ## Install what `make build` has built (PREFIX, DESTDIR); compiles nothing
	@tools/install '$(PREFIX)' '$(DESTDIR)'

uninstall: ## Remove what `make install` installed (PREFIX, DESTDIR)
	@tools/install -u '$(PREFIX)' '$(DESTDIR)'

run: build ## Start the hub (LISTEN, DATA_DIR, SCRIPTS, ARGS)
	@exec tools/run '$(VIPERHUB)' '$(DATA_DIR)' '$(LISTEN)' $(foreach s,$(SCRIPTS),'$(s)') -- $(ARGS)

test: setup-test ## Run all tests, those on Python with each version found (ARGS, PYTHONS)
	@$(ENV) tools/test $(ARGS)

test-pythons: ## Run the tests on Python with Debian unstable's 3.14 and 3.15, as root (VERSIONS, STEPS, ARGS)
	@tools/test-pythons $(ARGS)

fresh: ## Try `make run` and `make test` on a new Debian, as root (DIST, ARGS)
	@tools/fresh '$(DIST)' $(ARGS)

lint: setup-lint ## Check formatting, clippy, and licences if cargo-deny is there
	@$(ENV) cargo fmt --all --check
	@$(ENV) cargo clippy --workspace --all-targets $(LOCKED) -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --workspace check bans licenses sources; \
	  else echo 'cargo-deny is not installed: licences not checked'; fi
	@if command -v shellcheck >/dev/null; then shellcheck -x $(TOOLS) .ci/run; \
	  else echo 'shellcheck is not installed: scripts not checked'; fi

fmt: setup-lint ## Format the code
	@$(ENV) cargo fmt --all

docs: setup ## Write the generated pages of docs/ anew
	@$(ENV) cargo run -q $(LOCKED) -p hub --example docs docs
	@$(ENV) WRITE_CONFORMANCE=1 cargo test -q $(LOCKED) -p viperhub --test conformance listing

bench: setup ## Run the benchmarks
	@$(ENV) cargo bench $(LOCKED) -p python --bench hooks
	@$(ENV) cargo bench $(LOCKED) -p python --bench reload
	@$(ENV) cargo bench $(LOCKED) -p wrapper --bench abi
	@$(ENV) cargo bench $(LOCKED) -p viperhub --bench engine
	@$(ENV) cargo bench $(LOCKED) -p viperhub --bench load

soak: setup ## Fuzz every parser for an hour, then stress the C library for a minute in each mode (SECONDS)
	@$(ENV) tools/soak $(or $(SECONDS),3600)
	@$(ENV) VIPERHUB_SOAK_SECONDS=$(or $(SECONDS),60) cargo test --release $(LOCKED) -p wrapper --test programs \
	  threads_call_scripts -- --nocapture

clean: ## Remove what was built; data and a Python that was made stay
	-@[ ! -e .build/env ] || { $(ENV) cargo clean; }
	@rm -rf .build/venv .build/env .build/pythons .build/target
