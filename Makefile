# Only Python 3.11 or newer (with pip and venv) and make are needed; the rest comes by requirements.lock.
# Names here are relative on purpose: make cannot take spaces in them, and the product may lie in a folder that has some.

PYTHON ?= python3
SIZE ?= 100000
FAULTS ?= long
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
BIN := .venv/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: run test e2e faults check bench lock clean python

run: .venv/run.stamp
	@exec $(BIN)/python manage.py up

test: .venv/dev.stamp
	$(BIN)/pytest -n 2 --dist worksteal

# A browser on a busy machine is late now and then: a failed test is tried once more, and named with R at the end.
e2e: .venv/dev.stamp
	@test -n "$(CHROMIUM)" || { echo "Для проверки в браузере нужен Chromium: sudo apt-get install chromium (или CHROMIUM=/путь/к/chromium)." >&2; exit 1; }
	CHROMIUM="$(CHROMIUM)" $(BIN)/pytest tests/e2e --reruns 1 -r R

# Long by itself (about ten minutes); FAULTS=short is what the checks of every change do.
faults: .venv/dev.stamp
	FAULTS=$(FAULTS) $(BIN)/pytest tests/faults -s

check: .venv/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/djlint templates --lint
	$(BIN)/djlint templates --check
	$(BIN)/lint-imports
	MCU_VAR=var/check $(BIN)/python -m mcu.embedded $(BIN)/python manage.py makemigrations --check --dry-run
	MCU_VAR=var/check PUBLIC_URL=https://mcu.example $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: .venv/dev.stamp
	SIZE=$(SIZE) $(BIN)/python -m bench

# Both locks for every Python and machine at once; no address of an index goes in.
lock: .venv/dev.stamp
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

# Everything made, but the data folder: that one holds people's work.
clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment is made anew when a lock has changed, so that nothing old stays in it.
.venv/run.stamp: requirements.lock | python
	@cmp -s requirements.lock .venv/run.lock || { \
		echo "Устанавливаются части программы (один раз, несколько минут) …" && \
		$(PYTHON) -m venv --clear .venv && \
		$(BIN)/python -m pip install -q --require-hashes -r requirements.lock && \
		cp requirements.lock .venv/run.lock; }
	@touch $@

.venv/dev.stamp: requirements.lock requirements-dev.lock | python
	@cmp -s requirements-dev.lock .venv/dev.lock || { \
		echo "Устанавливаются части программы и средства проверки (один раз, несколько минут) …" && \
		$(PYTHON) -m venv --clear .venv && \
		$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock && \
		cp requirements.lock .venv/run.lock && cp requirements-dev.lock .venv/dev.lock; }
	@touch .venv/run.stamp $@

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Нужен Python 3.11 или новее. Укажите его: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "Не хватает модуля venv. В Debian и Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
