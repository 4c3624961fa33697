# `make run` is all that one needs; the rest is for whoever changes Lucarne.
#
#   make run [PORT=8000] [DATA=./data]   set everything up, start the portal
#   make test                            everything that must hold
#   make lint                            the quick part of it
#   make bench-pages, bench-table, bench-start, bench-publish, bench-first, bench-encode, bench-upload, bench-network   measurements
#   make fuzz-media [ARGS="--count 500"]  damaged films through the engine
#   make sheet                           one picture per film and rung, to be looked at
#   make docs                            write the generated reference pages
#   make clean                           remove what was made, never the data

PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; exit; }; done; echo python3)
BIN := .venv/bin

.PHONY: run test lint bench-pages bench-table bench-start bench-publish bench-first bench-encode bench-upload bench-network fuzz-media sheet docs clean

run:
	@$(PYTHON) tools/bootstrap.py run $(if $(PORT),--port $(PORT)) $(if $(DATA),--data "$(DATA)")

# Three for two cores: browsers and encoders wait for each other half of the time. What
# pytest makes of each test's asserts is made once and kept, while mypy has the other core.
test:
	@$(PYTHON) tools/bootstrap.py test
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --collect-only -qq -p no:cacheprovider >/dev/null 2>&1 & \
	$(MAKE) --no-print-directory lint BOOTSTRAPPED=1; status=$$?; wait; exit $$status
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 3 $(ARGS)

lint:
	@$(if $(BOOTSTRAPPED),,$(PYTHON) tools/bootstrap.py test)
	$(BIN)/ruff check src tests tools bench hatch_build.py
	$(BIN)/lint-imports
	$(BIN)/mypy src
	mkdir -p build/lint/incoming && DJANGO_SETTINGS_MODULE=lucarne.site.settings LUCARNE_DATA=build/lint \
		$(BIN)/python -W ignore -m django makemigrations --check --dry-run

bench-pages:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m bench.pages $(ARGS)

bench-table:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m bench.table $(ARGS)

bench-start:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m bench.start $(ARGS)

bench-publish:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m bench.publish $(ARGS)

bench-first:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m bench.first_segment $(ARGS)

bench-encode:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m bench.encode $(ARGS)

bench-upload:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m bench.upload $(ARGS)

bench-network:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m bench.bad_network $(ARGS)

fuzz-media:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m bench.fuzz_media $(ARGS)

sheet:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m bench.sheet $(ARGS)

docs:
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m lucarne.core.reference > docs/reference/settings.md
	$(BIN)/python -m lucarne.cli.errors_reference > docs/reference/errors.md
	$(BIN)/python -m lucarne.cli.reference > docs/reference/commands.md

clean:
	rm -rf .venv build dist frontend/node_modules tests/outside/js/node_modules src/lucarne/static/dist
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-results
	find src -name '*.mo' -exec rm -f {} +
	find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +
