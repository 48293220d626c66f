"""What all tests share."""

import os

import pytest
from hypothesis import settings

# A slow machine is no failure; and a run for everyone tries the same examples as the last one.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """A developer's own settings for lessons do not reach the tests."""
    for name in [name for name in os.environ if name.startswith("POPCORN_")]:
        monkeypatch.delenv(name)
