"""What the tests of the key-value server and the word count share: machines, and a run."""

import pytest

from popcorn_lib import Machine, simulate

UNLIKE = ("xeon+phi", "xeon+boards", "x86+arm-infiniband")
LIKE = {f"{kernels} kernels": Machine.multikernel(kernels, cores=4) for kernels in (1, 2, 4)}
MACHINES = LIKE | {name: Machine.preset(name) for name in UNLIKE}
EVERYWHERE = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)


def ran(program, machine, *args, seed=0, hosts=None, wire=None, **options):
    """The value of a run that leaves nothing behind."""
    made = simulate(
        lambda sys: (yield from program(sys, *args, **options)),
        machine,
        seed=seed,
        hosts=hosts,
        wire=wire,
        trace=False,
    )
    assert made.residue() == {}
    return made.value
