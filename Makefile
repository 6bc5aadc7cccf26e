# `make run` is all that a newcomer needs; every other target is for whoever changes the code.

# The first Python that really runs and is new enough; the choice is made once and then kept in .venv.
find_python = for python in .venv/bin/python python3.11 python3.12 python3.13 python3.14 python3 python; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then break; fi; python=; done; \
	if [ -z "$$python" ]; then echo "Aarogya Setu needs Python 3.11 or newer; install it (www.python.org) and run make again." >&2; exit 1; fi
setup = @$(find_python); $$python tools/setup.py

.DEFAULT_GOAL := help
.PHONY: help run dev test chaos stories fuzz check types weaknesses packages bench bench-plan clean lock

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start everything and print the address; Ctrl-C stops all of it, the data stays
	$(setup) run
	@exec .venv/bin/python -m cli run

dev: ## The same, started again whenever a source file changes
	$(setup) run
	@exec .venv/bin/python -m cli run --reload

test: ## The suite: unit, real PostgreSQL, real Redis, real browser
	$(setup) test
	@exec .venv/bin/python -m tests $(ARGS)

chaos: ## Servers, Redis and the network are cut off beneath open screens, which heal by themselves
	$(setup) test
	@exec .venv/bin/python -m tests -m chaos tests/e2e

stories: ## The whole book against its model: 500 stories of 50 steps
	$(setup) dev
	@AAROGYA_MACHINE=500x50 exec .venv/bin/python -m pytest -q tests/services/test_book_machine.py

fuzz: ## The API as Schemathesis knows to misuse it: 1,000 requests an operation, as each kind of caller
	$(setup) dev
	@exec .venv/bin/python -m tests.fuzz $(ARGS)

check: ## Lint, format, types, and what is known to be weak
	$(setup) dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	@$(MAKE) --no-print-directory -j 3 types weaknesses packages

types:
	.venv/bin/mypy

weaknesses:
	.venv/bin/bandit --quiet --configfile pyproject.toml --recursive aarogya_ui api cli core models services state tools

packages:
	.venv/bin/python tools/audit.py

bench: ## Measure, against the targets in docs/benchmarks
	$(setup) dev
	@exec .venv/bin/python -m bench $(ARGS)

bench-plan: ## The load test of the plan, by Artillery: 25 minutes, or one with ARGS=--short
	$(setup) dev
	@exec .venv/bin/python -m bench.plan $(ARGS)

lock: ## Write the lock files anew from pyproject.toml
	$(setup) dev
	.venv/bin/python -m tools.lock

clean: ## Remove what was made from the sources; the data in .data stays
	rm -rf .venv .venv.lock .node .web .pages .states .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.data/*' -prune -exec rm -rf {} +
