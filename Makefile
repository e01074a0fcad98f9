# Everything a fresh machine needs is Python 3.11 (or later) and make.
# All tools live in .venv; nothing is installed globally.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: run test rules drills chaos preflight mash test-clients lint types imports pytest bench pictures screens clean help

help:
	@echo "make run    open the wizard on the practice cloud (no Azure account needed)"
	@echo "make test   run every check and test"
	@echo "make chaos  kill worker, face and both at every single request of an onboarding; takes about half an hour"
	@echo "make preflight  how often preflight is wrong: what it missed, and what it blocked for nothing"
	@echo "make mash   press ten thousand random keys on the practice cloud"
	@echo "make test-clients  walk the emulator with curl, the Azure SDK for JavaScript and the az CLI"
	@echo "make drills  drills of 1, 20 and 200 VMs, with a failure in each phase"
	@echo "make bench  print the figures of docs/benchmarks.md, measured here"
	@echo "make screens  draw every screen in every state, size and colour on one page"
	@echo "make pictures  make the pictures of the README anew"

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "asr-tui needs Python 3.11 or later; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(STAMP)
	@if [ -t 0 ] && [ -t 1 ]; then exec $(BIN)/asr-tui --practice; \
	 else echo "No terminal here: running the unattended walkthrough on the practice cloud instead." >&2; \
	      exec $(BIN)/asr-tui walkthrough --practice --yes --speed 600; fi

test: lint types imports rules pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports

# The rules' own tests reach every line and branch of them.
rules: $(STAMP)
	$(BIN)/python -m coverage run --source=asr_tui/rules -m pytest -n0 -q tests/rules
	$(BIN)/python -m coverage report --skip-covered --fail-under=100

# Screens and processes are waited for with patience, but several at a time on a busy machine can outlast it: what failed is
# tried once more, alone, and only what fails then too has failed.
pytest: $(STAMP)
	$(BIN)/python -m pytest -n 3 --dist worksteal --ignore=tests/rules || $(BIN)/python -m pytest -n 0 --last-failed --last-failed-no-failures none

# Every k of the chaos tests, where `make test` takes a sample. CHAOS_SAMPLES=N in the environment of pytest takes another sample.
chaos: $(STAMP)
	CHAOS=all $(BIN)/python -m pytest -n 2 tests/workers/test_chaos.py tests/workers/test_storms.py

# Preflight held against what enabling then does, estate by estate, with the rates of both kinds of error.
preflight: $(STAMP)
	$(BIN)/python -m pytest -n0 -q -s tests/journeys/test_preflight_oracle.py

# Ten thousand random keys over all screens on the practice cloud, and as many over every state of the views.
mash: $(STAMP)
	ASR_TUI_MASH=1250 ASR_TUI_MASH_CLOUD=10000 $(BIN)/python -m pytest -n0 -q -s tests/journeys/test_mashing.py tests/screens/test_mashing.py

# The emulator as foreign clients see it: curl, the Azure SDK for JavaScript, the az CLI. Installs them below .clients.
test-clients: $(STAMP)
	$(BIN)/python -m tests.clients.run .clients

# Drills of 1, 20 and 200 VMs with a failure in each phase, each ending with a true report; takes ten minutes.
drills: $(STAMP)
	$(BIN)/python -m benchmarks.drilling

bench: $(STAMP)
	$(BIN)/python -m benchmarks

# The pictures of the README, from the program itself.
pictures: $(STAMP)
	$(BIN)/python docs/make_pictures.py

# Every screen in every state, size and colour, on one page to be looked at: build/screens/index.html.
screens: $(STAMP)
	$(BIN)/python -m tests.screens.contact_sheet build/screens

clean:
	rm -rf build $(VENV) .clients .pytest_cache .mypy_cache .ruff_cache dist
