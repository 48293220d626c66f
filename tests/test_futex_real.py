"""Does this Linux do what the scenarios say? Then they are a fair measure of our kernels."""

import sys

import futex_scenarios
import pytest
from real_futex import NUMBER, PRIVATE, real

LINUX = pytest.mark.skipif(
    sys.platform != "linux" or NUMBER is None, reason="asks a real Linux of 64 bits"
)
CASES = [
    *((scenario, 0, value) for scenario, value in futex_scenarios.MAPPINGS.items()),
    *(
        (scenario, flags, value)
        for scenario, value in futex_scenarios.THREADS.items()
        for flags in (0, PRIVATE)
    ),
]


@LINUX
@pytest.mark.parametrize(
    ("scenario", "flags", "value"), CASES, ids=lambda item: getattr(item, "__name__", None)
)
def test_does_a_real_linux_say_this(scenario, flags, value):
    found = None
    for patience in (1, 5, 25):  # on a busy machine a nap may end before what it waits for
        if found != value:
            found = real(scenario, flags, patience)
    assert found == value
