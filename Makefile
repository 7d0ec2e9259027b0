# Every target only calls Python; course/trd/lab/bootstrap.py sets up .venv first.
PYTHON ?= python3
SETUP = $(PYTHON) course/trd/lab/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help lab mark instructor class hub test test-hub soak bench clean

help:
	@echo "make lab         open the course in JupyterLab, as a trainee"
	@echo "make mark        learning alone: grade what you answered, and write your feedback"
	@echo "make instructor  open the repository in JupyterLab, with formgrader and masters"
	@echo "make class       build a demonstration class of made-up trainees; open formgrader on it"
	@echo "make hub         a trial of JupyterHub for a whole class, on this machine only"
	@echo "make test        run every check"
	@echo "make test-hub    check the hub with real accounts, npm and PostgreSQL; needs root"
	@echo "make soak        a hundred trainees, kills and a full disk; needs root"
	@echo "make bench       measure speed; writes build/bench.json"
	@echo "make clean       remove what tests and builds left behind (not .local, not .venv)"

lab:
	@$(SETUP) lab -m trd.lab trainee $(ARGS)

mark:
	@$(SETUP) lab -m trd.grading mark $(ARGS)

instructor:
	@$(SETUP) lab -m trd.lab instructor $(ARGS)

class:
	@$(SETUP) lab -m trd.grading class $(ARGS)

hub:
	@$(SETUP) hub -m trd.hub demo $(ARGS)

test:
	@$(SETUP) dev -m trd.lab browser
	@$(SETUP) dev -m ruff check .
	@$(SETUP) dev -m ruff format --check .
	@$(SETUP) dev -m mypy
	@$(SETUP) dev -m trd.lint
	@$(SETUP) dev -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-hub:
	@$(SETUP) dev -m trd.lab browser
	@$(SETUP) dev -m pytest tests/hub $(ARGS)

soak:
	@$(SETUP) dev tests/hub/soak.py $(ARGS)

bench:
	@$(SETUP) dev tests/bench.py $(ARGS)

clean:
	@$(PYTHON) course/trd/lab/bootstrap.py clean
