"""What every test can ask for: the real servers of tests/servers.py."""

pytest_plugins = ["tests.servers"]
