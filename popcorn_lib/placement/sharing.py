"""One parallel phase on several kernels at once, each with a share of it as large as it is fast.

The idea.  If kernels differ, equal shares let the fast ones wait for the slow ones.  HetProbe deals
a tenth of the iterations out evenly, measures how long each kernel took for its share, and gives
the rest out in proportion to the speeds that it has seen.  Where pages are fetched every 100 us or
more often, a second kernel costs more than it brings, and it gets nothing.

The probe is `online.py`'s, and its work is kept here.  Both measure seconds with faults, so that a
kernel that must fetch much counts as slow.

Source.  Lyerly, Bapat, Murray and Ravindran, libHetMP, ACM TOCS 2022.
"""

from dataclasses import dataclass

from popcorn_lib.placement.online import constant, probed
from popcorn_lib.placement.prices import priced
from popcorn_lib.placement.program import chain


@dataclass(frozen=True)
class Shared:
    """shares: {kernel: part of the rest}; seconds: probe, serial part and rest; alone: {kernel:
    seconds if the whole phase ran there, its pages and threads brought}; found: what was measured.
    """

    shares: dict
    seconds: float
    alone: dict
    found: dict

    @property
    def gain(self):
        """How many times faster than on the best kernel alone."""
        return min(self.alone.values()) / self.seconds


def shared(phase, machine, costs=None):
    """The Shared of a phase that starts on the first kernel, where its pages are."""
    prices = priced(chain([phase]), machine, costs)
    home, kernels = prices.home, machine.kernels
    alone = {
        kernel: prices.crossing(home, kernel, phase.pages, 1) + prices.seconds(phase, kernel)
        for kernel in kernels
    }
    probe = probed(phase, home, prices)
    least = constant("HetProbe cross-node cut-off") * 1e-6
    able = [kernel for kernel in kernels if kernel == home or probe.found[kernel][1] > least]
    speed = {kernel: 1 / probe.found[kernel][0] for kernel in able if probe.found[kernel][0]}
    shares = {kernel: speed[kernel] / sum(speed.values()) for kernel in speed}
    rest = 1 - constant("HetProbe probe fraction")
    serial = phase.on(machine, home) * (1 - phase.parallel)
    slowest = max((rest * shares[k] * probe.found[k][0] for k in shares), default=0.0)
    return Shared(shares, serial + probe.seconds + slowest, alone, probe.found)
