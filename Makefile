# make help lists what there is. Everything comes from the project's own files; nothing but Debian 12 with Python 3.11 is
# assumed.
.DEFAULT_GOAL := help
.PHONY: help run down check test audit fmt schema bench docs screens dist fuzz clean
PYTHON ?= python3
VENV := .venv

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: ## set everything up, bring the platform of desired/ to Ready, and keep it so (Ctrl-C leaves it running)
	@hack/run

down: ## remove the platform that `make run` made, and the private engine
	@hack/down

check: ## lint, types, import contracts and unit tests: no engine, under two minutes
	@hack/check

test: ## `make check`, and the tests on real Swarms and of the image
	@hack/test

audit: ## look for known vulnerabilities in what the lock files name (asks the index of Python packages)
	@hack/audit

fmt: $(VENV)/dev ## format the code
	$(VENV)/bin/ruff check --fix --quiet reconciler tests hack
	$(VENV)/bin/ruff format reconciler tests hack

schema: $(VENV)/dev ## generate schemas/, COMPOSE.md and docs/reference/ from the models
	$(VENV)/bin/python -m reconciler.cli.schema schemas
	$(VENV)/bin/python hack/keys.py
	PYTHONPATH=. $(VENV)/bin/python -m hack.reference

docs: $(VENV)/dev ## build the documentation as a site in build/site
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --quiet

screens: $(VENV)/dev ## draw the pictures of docs/screens/ from real runs on an engine of their own
	@trap 'hack/engine down screens' EXIT; DOCKER_HOST=$$(hack/engine up screens); export DOCKER_HOST; \
	hack/images test && PYTHONPATH=. $(VENV)/bin/python hack/screens.py

dist: ## build wheel and sdist in build/dist, twice with the same bytes, and try the wheel
	@hack/dist

bench: ## measure side by side with a peer (hack/bench/RESULTS.md)
	@hack/bench/run.sh

fuzz: $(VENV)/dev ## feed the reader of desired state with broken files for ten minutes
	PYTHONPATH=. $(VENV)/bin/python hack/fuzz.py 10 "$$(date +%s)"

clean: ## remove environments and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info

$(VENV)/dev: requirements-dev.lock requirements.lock pyproject.toml
	@hack/venv dev
