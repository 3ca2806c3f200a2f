# Everything here sets up .venv first; a second time that takes a moment.
# On Windows, or without make: see "Without make" in README.md.

# The first that answers: a name on the path need not be a Python that runs.
ifndef PYTHON
PYTHON := $(shell for name in python3.11 python3.12 python3.13 python3; do \
  $$name -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" 2>/dev/null \
  && echo $$name && break; done)
endif
ENV := .venv/bin/python
SETUP = @$(if $(PYTHON),,$(error Graft needs Python 3.11, 3.12 or 3.13))$(PYTHON) tools/bootstrap.py

# One step after another, even with `make -j`: each begins with the set-up.
.NOTPARALLEL:
.PHONY: demo run test tour lint style types imports package benchmarks setup clean

demo: ## The main job on data that ships with Graft, in two to three minutes
	$(SETUP) demo
	@$(ENV) main.py demo

run: ## Open the window
	$(SETUP) run
	@$(ENV) main.py

test: ## Run all tests
	$(SETUP) test
	@$(ENV) -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal $(ARGS)

tour: ## Drive the real window through the whole job and write docs/pictures
	$(SETUP) test
	@$(ENV) tools/tour.py $(ARGS)

lint: style types imports ## Style, types, direction of imports

style:
	$(SETUP) test
	@$(ENV) -m ruff check .
	@$(ENV) -m ruff format --check .

types:
	$(SETUP) test
	@$(ENV) -m mypy

imports:
	$(SETUP) test
	@.venv/bin/lint-imports --no-cache

package: ## Build dist/Graft and let it test itself
	$(SETUP) package
	@$(ENV) -m PyInstaller --noconfirm --clean --log-level WARN build.spec
	@QT_QPA_PLATFORM=offscreen dist/Graft/Graft --self-test

benchmarks: ## Speed and memory beside other tools; nothing else should run meanwhile
	$(SETUP) test
	@$(ENV) tools/benchmark_environment.py
	@for name in head_only last_block last_layers everything second_run full_finetune memory window \
	  layers tree inside models price ranking views labelling boxes mapping suggesting; do \
	  OMP_WAIT_POLICY=PASSIVE .venv-benchmarks/bin/python -m benchmarks.$$name || exit 1; done

setup: ## Only the set-up, for everything above
	$(SETUP) test package

clean: ## Forget the environment and everything built
	rm -rf .venv .venv-benchmarks build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
