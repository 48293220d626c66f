"""Does this Linux do what the scenarios say? Then they are a fair measure of our kernels."""

import sys

import pytest
import socket_scenarios
from real_sockets import real

CASES = (socket_scenarios.PIPES | socket_scenarios.SOCKETS).items()


@pytest.mark.skipif(sys.platform != "linux", reason="asks a real Linux")
@pytest.mark.parametrize(
    ("scenario", "value"), CASES, ids=lambda item: getattr(item, "__name__", None)
)
def test_does_a_real_linux_say_this(scenario, value):
    found = None
    for _ in range(3):  # on a busy machine a nap may end before what it waits for
        if found != value:
            found = real(scenario)
    assert found == value
