# Short names for dev.py, which needs neither make nor anything else but Python.

demo setup lint test:
	python3 dev.py $@

.PHONY: demo setup lint test
