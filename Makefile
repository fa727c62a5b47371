PORT ?= 8000

# The first Python that will do; asked for only by the targets that need one.
PYTHON = $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo $$name; break; }; done)
BOOTSTRAP = python=$(PYTHON); \
	[ -n "$$python" ] || { echo "Python 3.11, 3.12 or 3.13 is needed; on Debian: apt-get install python3 python3-venv" >&2; exit 1; }; \
	exec $$python training/operations/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help run test check bench messages setup

help: ## Tell what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

run: ## Install, load the demonstration and serve it (PORT=8000)
	@$(BOOTSTRAP) run $(PORT)

test: ## Prove everything, on SQLite and on PostgreSQL with Redis (up to 20 minutes)
	@$(BOOTSTRAP) test

check: ## The fast half: lint, types, import contracts, unit tests
	@$(BOOTSTRAP) check

bench: ## Measure what pages and certificates cost, on PostgreSQL and Redis
	@$(BOOTSTRAP) bench

messages: ## Collect the interface's strings into locale/ and compile them
	@$(BOOTSTRAP) messages

setup: ## Only install what `make run` needs
	@$(BOOTSTRAP) setup
