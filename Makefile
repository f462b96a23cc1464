# Viperhub: set-up, build, run, check. `make` alone lists the targets.

LISTEN   ?= 127.0.0.1:4111
DATA_DIR ?= ./hub-data
SCRIPTS  ?= $(sort $(wildcard scripts/*.py))
# More arguments for `viperhub run` or the test runner, as in: make test ARGS='-p hub'
ARGS     ?=
PREFIX   ?= /usr/local
DESTDIR  ?=

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

.PHONY: help setup setup-lint setup-test build install install-files run test lint fmt docs bench soak clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

setup: ## Find a Python, install what building needs
	@tools/setup build

setup-lint:
	@tools/setup lint

setup-test:
	@tools/setup test

build: setup ## Build the hub, optimised
	@$(ENV) cargo build --release $(LOCKED) -p viperhub

install: build ## Install the hub, the C library and its headers (PREFIX, DESTDIR)
	@$(ENV) cargo build --release $(LOCKED) -p wrapper
	@$(MAKE) --no-print-directory install-files

install-files:
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/lib/pkgconfig' '$(DESTDIR)$(PREFIX)/include/viperhub'
	install -m 755 '$(VIPERHUB)' '$(DESTDIR)$(PREFIX)/bin/'
	install -m 755 '$(TARGET)/release/libvh_python_wrapper.so' '$(DESTDIR)$(PREFIX)/lib/'
	install -m 644 include/*.h include/*.hpp include/*.rs '$(DESTDIR)$(PREFIX)/include/viperhub/'
	sed 's|@PREFIX@|$(PREFIX)|' include/vh_python_wrapper.pc.in >'$(DESTDIR)$(PREFIX)/lib/pkgconfig/vh_python_wrapper.pc'

run: build ## Start the hub (LISTEN, DATA_DIR, SCRIPTS, ARGS)
	@mkdir -m 700 -p '$(DATA_DIR)'
	@printf '%s\n' '' \
	  'Connect a DC++ client to   dchub://$(LISTEN)' \
	  'Data are kept in           $(DATA_DIR)' \
	  'Scripts                    $(or $(notdir $(SCRIPTS)),none)' \
	  'To own the hub (class 10), in another terminal; it reads the password from standard input:' \
	  '  $(VIPERHUB) user add NICK --class 10 --password-stdin --data-dir $(DATA_DIR)' \
	  'then log in as NICK. Ctrl-C stops the hub.' ''
	@exec '$(VIPERHUB)' run --data-dir '$(DATA_DIR)' --listen '$(LISTEN)' $(foreach s,$(SCRIPTS),--script '$(s)') $(ARGS)

test: setup-test ## Run all tests, those on Python with each version found (ARGS, PYTHONS)
	@$(ENV) tools/test $(ARGS)

lint: setup-lint ## Check formatting, clippy, and licences if cargo-deny is there
	@$(ENV) cargo fmt --all --check
	@$(ENV) cargo clippy --workspace --all-targets $(LOCKED) -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --workspace check bans licenses sources; \
	  else echo 'cargo-deny is not installed: licences not checked'; fi
	@if command -v shellcheck >/dev/null; then shellcheck -x tools/find-python tools/setup tools/test .ci/run; \
	  else echo 'shellcheck is not installed: scripts not checked'; fi

fmt: setup-lint ## Format the code
	@cargo fmt --all

docs: setup ## Write the generated pages of docs/ anew
	@$(ENV) cargo run -q $(LOCKED) -p hub --example docs docs
	@$(ENV) WRITE_CONFORMANCE=1 cargo test -q $(LOCKED) -p viperhub --test conformance listing

bench: setup ## Run the benchmarks
	@$(ENV) cargo bench $(LOCKED) -p python --bench hooks
	@$(ENV) cargo bench $(LOCKED) -p python --bench reload
	@$(ENV) cargo bench $(LOCKED) -p wrapper --bench abi
	@$(ENV) cargo bench $(LOCKED) -p viperhub --bench engine
	@$(ENV) cargo bench $(LOCKED) -p viperhub --bench load

soak: setup ## Run the C library's stress test for a minute in each mode (SECONDS)
	@$(ENV) VIPERHUB_SOAK_SECONDS=$(or $(SECONDS),60) cargo test --release $(LOCKED) -p wrapper --test programs \
	  threads_call_scripts -- --nocapture

clean: ## Remove what was built; data stay
	cargo clean
	rm -rf .build
