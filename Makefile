# One place for every command; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NEED_PICTURES := test -d "$(PICTURES_DIR)" || { \
	echo "skipped: PICTURES_DIR is $(or $(PICTURES_DIR),not set), expected a folder"; exit 0; }
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/pip install --quiet

.DEFAULT_GOAL := help
.PHONY: help serve demo test test-slow check format audit bench bench-baseline bench-verdicts

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/serve.stamp ## serve on port 24417, and run video jobs (PORT, HOST and docs/settings.md)
	@sh deploy/serve.sh $(BIN)

demo: $(VENV)/serve.stamp ## start the service, post input.json, print the verdicts, write demo.jpg, stop
	$(BIN)/python -m samples.demo

test: $(VENV)/dev.stamp ## the tests that run at every change, in two processes
	$(BIN)/pytest -m "not slow" -n 2 --dist loadfile

test-slow: $(VENV)/dev.stamp ## the tests that take minutes
	$(BIN)/pytest -m slow

check: $(VENV)/dev.stamp ## lint, types, layers, tests: what CI runs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(MAKE) --no-print-directory test

format: $(VENV)/dev.stamp ## put the code into the house's form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

audit: $(VENV)/dev.stamp ## what serving needs, against the known weaknesses of PyPI's packages (needs the internet)
	$(BIN)/pip-audit --strict --requirement requirements-serve.txt --no-deps --disable-pip

bench: $(VENV)/dev.stamp ## latency of one request, requests under load (needs wrk: apt install wrk); accuracy on PICTURES_DIR
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.load
	@$(NEED_PICTURES); for shard in tune-site tune-cctv dev-site dev-cctv dev-coco; do \
		$(BIN)/python -m pose evaluate --data "$(PICTURES_DIR)/$$shard.tar" || exit 1; done

bench-baseline: $(VENV)/dev.stamp ## this service beside the way the ancestor serves, half an hour on an idle machine (needs wrk)
	$(BIN)/python -m benchmarks.network_rate
	$(BIN)/python -m benchmarks.baseline.grouping_time
	$(BIN)/python -m benchmarks.baseline

bench-verdicts: $(VENV)/dev.stamp ## verdicts on PICTURES_DIR's site pictures and plant cameras under every condition; wrong ones in verdicts-*.html
	@$(NEED_PICTURES); for shard in tune-site tune-cctv dev-site dev-cctv; do \
		$(BIN)/python -m helmet_service bench "$(PICTURES_DIR)/$$shard.tar" --unlabelled benchmarks/unlabelled_heads.json \
			--gallery verdicts-$$shard.html || exit 1; done

$(VENV)/serve.stamp: requirements-serve.txt requirements-video.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what serving needs (once)"
	$(PIP) -r requirements-serve.txt -r requirements-video.txt
	touch $@

$(VENV)/dev.stamp: $(VENV)/serve.stamp requirements.txt requirements-dev.txt
	@echo "installing what tests and training need (once)"
	$(PIP) -r requirements-dev.txt
	touch $@
