# Every target makes what it needs; GNU make 3.81 and any sh are enough.

# The first Python that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && exit; done; echo python3)
RUN := .venv/bin/python

.PHONY: help lab test test-all test-browser test-data test-guests test-slow bench claims slides data guests format lint lock clean
# `make test test-all` runs them one after the other even under -j.
.NOTPARALLEL:

help: ## this list
	@echo "make what? The first time it also makes .venv, with everything locked in requirements.lock."
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-20s%s\n", $$1, $$2}'

lab: .venv/ready ## open the lessons in JupyterLab (HEADLESS=1 only serves them; PORT=8888)
	@$(RUN) tools/lab.py

test: .venv/ready ## everything that must hold: lint, library, every lesson
	@$(RUN) tools/check.py lint library notebooks

test-all: test test-browser ## the same, and what a reader sees in a browser (needs Chromium)

test-browser: .venv/ready ## only what a reader sees in a browser
	@$(RUN) tools/check.py browser

test-data: .venv/ready ## do the tables of data/isa come out again? (needs Debian's cross compilers)
	@$(RUN) tools/check.py data

test-guests: .venv/ready ## boot two real kernels and move a thread between them (needs QEMU)
	@$(RUN) tools/check.py guests

test-slow: .venv/ready ## searches that take minutes (needs SPIN)
	@$(RUN) tools/check.py slow

bench: .venv/ready ## how fast simulator, explorer, sweeps and pictures are, beside others, as ratios
	@slow=0; for part in bench bench_explore bench_sweep bench_draw; do \
		$(RUN) tests/$$part.py || slow=1; echo; \
	done; exit $$slow

claims: .venv/ready ## docs/claims.md: published figures beside what the model gives
	@$(RUN) -m popcorn_lib.claims

slides: .venv/ready ## every lesson as slides that need no network, in build/slides
	@$(RUN) -m popcorn_lib.publish slides

data: .venv/ready ## make data/isa and data/moving again (needs Debian's cross compilers)
	@$(RUN) tools/artefacts.py
	@$(RUN) tools/moving_data.py

guests: .venv/ready ## record two real kernels again, data/guests (needs QEMU and cross compilers)
	@$(RUN) tools/guests.py

format: .venv/ready ## put code and notebooks into the committed form
	@$(RUN) -m ruff check --quiet --fix-only .
	@$(RUN) -m ruff format .
	@$(RUN) tools/clean.py notebooks/*.ipynb

lint: .venv/ready ## only ruff
	@$(RUN) tools/check.py lint

# Pins stay where they still fit; for the newest of everything, delete requirements.lock first.
lock: ## pin what pyproject.toml asks for, in requirements.lock
	@test -x build/uv/bin/uv || { "$(PYTHON)" -m venv build/uv && build/uv/bin/pip install -q "uv>=0.9"; }
	@build/uv/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--fork-strategy fewest --generate-hashes --custom-compile-command "make lock" \
		--quiet --output-file requirements.lock
	@echo "requirements.lock is up to date"

clean: ## remove what was made here: .venv, build, caches (a learner's answers stay)
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis
	find popcorn_lib tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: requirements.lock pyproject.toml tools/environment.py
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "There is no $(PYTHON) here; the lessons need Python 3.11 or newer" \
		"(Debian: apt install python3 python3-venv; macOS: brew install python)."; exit 1; }
	@"$(PYTHON)" tools/environment.py
