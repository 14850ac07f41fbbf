"""What every test can ask for: the real servers of tests/servers.py, the desks of tests/desk.py."""

pytest_plugins = ["tests.servers", "tests.desk"]
