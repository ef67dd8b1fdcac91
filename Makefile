# Two commands for everyone: `make run` and `make test`. Each sets up what it needs, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench format golden catalogues schemas clean
.DELETE_ON_ERROR:

run: $(VENV)/.run  ## check this machine, then size the shipped scenario
	@echo '$$ remoteready check'
	@$(BIN)/remoteready check; code=$$?; test $$code -le 3 && test $$code -ne 2
	@echo
	@echo '$$ remoteready plan two-sites'
	@$(BIN)/remoteready plan two-sites; code=$$?; test $$code -le 1

test: $(VENV)/.test  ## format, lint, types and every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

bench: $(VENV)/.bench  ## what is quick, and how exact, beside its peers
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.staffing
	$(BIN)/python -m benchmarks.simulation
	$(BIN)/python -m benchmarks.scale
	tests/system-packages --only 'lynis inxi'
	$(BIN)/python -m benchmarks.check
	$(BIN)/python -m benchmarks.large
	$(BIN)/python -m benchmarks.fleet
	tests/system-packages --only 'irtt iperf3 iputils-ping iproute2 openssl'
	$(BIN)/python -m benchmarks.path

format: $(VENV)/.test  ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(VENV)/.test  ## write the expected outputs anew; read the diff before committing it
	REMOTEREADY_GOLDEN=write $(BIN)/pytest -q tests/test_golden.py

catalogues: $(VENV)/.test  ## bring the catalogues of all languages up to date; then translate what is empty
	$(BIN)/python -m tests.catalogues

schemas: $(VENV)/.run  ## write the published JSON Schemas anew
	$(BIN)/python -m tests.schemas

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed; name one: make run PYTHON=python3.12'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { tests/system-packages --only python3-venv && $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt 'pip>=25.1'
	@touch $@

$(VENV)/.run: $(VENV)/.venv pyproject.toml constraints.txt
	@echo 'Installing remoteready into $(VENV) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run tests/system-packages
	@tests/system-packages
	@echo 'Installing the development tools into $(VENV) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[all]' --group dev
	@touch $@

$(VENV)/.bench: $(VENV)/.test
	@echo 'Installing the peers of the benchmarks into $(VENV) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --group bench
	@touch $@
