"""Pictures of machines and traces, as SVG of our own, and the stepper that walks through a trace.

    machine_graph(machine)          kernels, links, messages on their way
    spacetime(trace)                lanes, threads, slanted arrows
    stepper(trace)                  all of it, event by event, with no kernel running
    explore_grid(make, **choices)   a picture with controls, and its twin without a kernel
    bars(values), steps(points)     plain charts
    truth(trace, table)             which predicate holds after which event

A picture reads a trace and computes no protocol.  Each carries a description in words.
"""

from popcorn_lib.draw.chart import bars, steps
from popcorn_lib.draw.controls import explore_grid
from popcorn_lib.draw.graph import machine_graph
from popcorn_lib.draw.spacetime import spacetime
from popcorn_lib.draw.stepper import stepper
from popcorn_lib.draw.truth import truth

__all__ = ["bars", "explore_grid", "machine_graph", "spacetime", "stepper", "steps", "truth"]
