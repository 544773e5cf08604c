# The words of this project; `make` alone lists them. Needs Python 3.11 or newer and make, nothing else.

PYTHON ?= python3
OUT ?= report
PROJECT ?= project
BASE := .venv
DEV := .venv-dev
# A process a core, at most four: each may hold torch and a network, 1 GB. ARGS="-n 0" runs the tests in one.
WORKERS := -n auto --maxprocesses 4 --dist worksteal
REAL := tests/data/real/photos/Walls_7110_crop.jpg
export PHOTOS OUT PROJECT

.PHONY: help setup run inspect serve check test bench docs clean

help: ## list these words
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-9s %s\n", $$1, $$2}'

inspect: $(BASE)/.installed ## find cracks in PHOTOS=<folder>, report to OUT=report; without PHOTOS in a real and a drawn wall
	@if [ -z "$$PHOTOS" ]; then \
	  echo "No PHOTOS=<folder> given: putting a real wall (SDNET2018) and a drawn one with cracks of known width into sample/"; \
	  $(BASE)/bin/cracklens sample sample && cp $(REAL) sample/real-wall.jpg || exit 1; \
	  PHOTOS=sample; \
	fi; \
	$(BASE)/bin/cracklens inspect "$$PHOTOS" --out "$$OUT" $(ARGS); \
	status=$$?; \
	if [ -f "$$OUT/report.html" ]; then echo "The report is $$OUT/report.html (report.pdf to print and sign, cracks.csv and others beside it)"; fi; \
	exit $$status

serve: $(BASE)/.web ## open the workbench of PROJECT=<folder> in the browser: put photos in, review, sign
	@$(BASE)/bin/cracklens serve "$$PROJECT" $(ARGS)

run: $(BASE)/.installed ## run the command line with ARGS="..."
	@$(BASE)/bin/cracklens $(ARGS)

setup: $(DEV)/.installed ## make the environment that check, test, bench and docs use (6 GB, with torch)

check: $(DEV)/.installed ## lint, format and types
	$(DEV)/bin/ruff check .
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/mypy

test: $(DEV)/.installed ## run all tests and examples; ARGS="-m 'not slow'" for the fast ones
	OMP_NUM_THREADS=1 $(DEV)/bin/python -m pytest $(WORKERS) $(ARGS)

bench: $(DEV)/.installed ## measure everything, write benchmarks/results.json and docs/results.md
	$(DEV)/bin/python -m benchmarks all --write $(ARGS)

docs: $(DEV)/.installed ## build the site into build/site; hold it, README, docs and examples in docstrings against the code
	$(DEV)/bin/python -m makers.site build
	$(DEV)/bin/python -m pytest tests/test_docs.py tests/test_site.py src

clean: ## remove environments and caches; reports stay
	rm -rf $(BASE) $(DEV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# Base: no torch. Installed again only when pyproject.toml changes; the code itself is read from src/.
$(BASE)/.installed: pyproject.toml
	@$(call new_enough)
	@echo "Installing cracklens into $(BASE) (0.6 GB, once) ..."
	@$(PYTHON) -m venv $(BASE)
	@$(BASE)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(BASE)/.web: $(BASE)/.installed
	@echo "Installing the workbench into $(BASE) (30 MB, once) ..."
	@$(BASE)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[web]'
	@touch $@

$(DEV)/.installed: pyproject.toml
	@$(call new_enough)
	@echo "Installing cracklens and what its tests need into $(DEV) (6 GB, once) ..."
	@$(PYTHON) -m venv $(DEV)
	@$(DEV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

define new_enough
$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(sys.version_info < (3, 11) and \
f"cracklens needs Python 3.11 or newer; $(PYTHON) is {v}. Name another: make PYTHON=python3.12")'
endef
