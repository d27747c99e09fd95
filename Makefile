# `make lab` and `make test` are all a reader needs; `make help` lists the rest.
# Settings:  make lab PYTHON=python3.12
#            make lab PIP_OPTIONS="--extra-index-url https://download.pytorch.org/whl/cpu"
PYTHON ?= python3
PIP_OPTIONS ?=
LAB_OPTIONS ?=
DASHBOARD_OPTIONS ?=
RETRAIN_OPTIONS ?=
GRADE_OPTIONS ?=

VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --disable-pip-version-check $(PIP_OPTIONS) -c constraints.txt
READY_TO_READ := $(VENV)/ready-to-read
READY_TO_BUILD := $(VENV)/ready-to-build
READY_TO_SHOW := $(VENV)/ready-to-show
READY_TO_TEST := $(VENV)/ready-to-test

# nbgrader brings extensions of JupyterLab that readers have no use for: it has a place of its own.
GRADING := .venv-grading
READY_TO_GRADE := $(GRADING)/ready-to-grade

.PHONY: help lab dashboard test run site retrain findings tune assignments grade clean
.DELETE_ON_ERROR:

help:  ## list these commands
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 18

lab: $(READY_TO_READ)  ## install what is missing, open the course in JupyterLab
	@options=""; \
	if [ "$$(id -u)" -eq 0 ]; then options="$$options --allow-root"; fi; \
	if [ "$$(uname)" != Darwin ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		options="$$options --no-browser"; \
		echo "No browser here: open the address with the token that JupyterLab prints below."; \
	fi; \
	exec $(RUN) -m jupyterlab $$options --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(LAB_OPTIONS)

# Text, pictures and exercises are for readers of the whole notebook: their tags leave them out.
dashboard: $(READY_TO_SHOW)  ## install what is missing, open the dashboard alone in a browser
	@options=""; \
	if [ "$$(uname)" != Darwin ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		options="$$options --no-browser"; \
		echo "No browser here: open the address that Voilà prints below."; \
	fi; \
	exec $(RUN) -m voila notebooks/10_explorer.ipynb $$options \
		--TagRemovePreprocessor.remove_cell_tags=page-only \
		--TagRemovePreprocessor.remove_cell_tags=hide-cell $(DASHBOARD_OPTIONS)

test: $(READY_TO_TEST) $(READY_TO_GRADE)  ## install what is missing, check style, helpers and every notebook
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m pytest -p no:nbmake tests
	$(RUN) -m pytest --nbmake --nbmake-timeout=900 notebooks

run: $(READY_TO_TEST)  ## run every notebook and save its outputs
	$(RUN) -m tools.run_notebooks

site: $(READY_TO_BUILD)  ## build the web edition of the saved notebooks in site/
	$(RUN) -m tools.build_site

retrain: $(READY_TO_READ)  ## train every run of the course again
	$(RUN) -m helpers.runs $(RETRAIN_OPTIONS)

findings: $(READY_TO_READ)  ## compute the verdict on every claim from the shipped runs
	$(RUN) -m helpers.course.findings

tune: $(READY_TO_READ)  ## try learning rates, margins and weights on training species again
	$(RUN) -m helpers.runs.tuning

assignments: $(READY_TO_GRADE)  ## write the problem sets for students, readers and instructors
	$(GRADING)/bin/python -m tools.assignments.generate

grade: $(READY_TO_GRADE) $(READY_TO_READ)  ## grade a folder: make grade SUBMISSIONS=folder
	@test -n "$(SUBMISSIONS)" || { \
		echo "Name the folder that holds STUDENT/ASSIGNMENT.ipynb:  make grade SUBMISSIONS=folder"; \
		exit 1; }
	$(RUN) -m helpers.course.leaderboard
	$(GRADING)/bin/python -m tools.assignments.grade "$(SUBMISSIONS)" $(GRADE_OPTIONS)

clean:  ## remove the environment and what tools leave behind; data/cache stays
	rm -rf $(VENV) $(GRADING) *.egg-info build dist site .pytest_cache .ruff_cache .hypothesis
	find helpers tools tests notebooks -name __pycache__ -prune -exec rm -rf {} +
	find notebooks -name .ipynb_checkpoints -prune -exec rm -rf {} +

# Each file below records a finished step, so that a second call does no work twice.
$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "This course needs Python 3.11 or newer, and $(PYTHON) is not."; \
		echo "Name another one, for example:  make lab PYTHON=python3.12"; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)

$(READY_TO_GRADE): assignments/requirements.txt constraints.txt | $(VENV)/pyvenv.cfg
	$(RUN) -m venv $(GRADING)
	$(GRADING)/bin/python -m pip install --disable-pip-version-check $(PIP_OPTIONS) -c constraints.txt -r $<
	@touch $@

$(READY_TO_READ): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	$(INSTALL) -e ".[course,photos]"
	@touch $@

$(READY_TO_SHOW): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	$(INSTALL) -e ".[course,photos,dashboard]"
	@touch $(READY_TO_READ) $@

$(READY_TO_BUILD): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	$(INSTALL) -e ".[site]"
	@touch $@

$(READY_TO_TEST): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	$(INSTALL) -e ".[course,photos,dashboard,site,test]"
	@touch $(READY_TO_READ) $(READY_TO_SHOW) $(READY_TO_BUILD) $@
