"""Pictures of machines and traces, as SVG of our own, and the stepper that walks through a trace.

    machine_graph(machine)          kernels, links, messages on their way
    spacetime(trace)                lanes, threads, slanted arrows
    stepper(trace)                  all of it, event by event, with no kernel running
    stack_frames(move, 23)          two stacks, and a value on its way between instruction sets
    step(trace, 12)                 the stepper, opened at an event
    side_by_side(a, b)              two traces, the first difference marked
    explore_grid(make, **choices)   a picture with controls, and its twin without a kernel
    bars(values), steps(points)     plain charts
    instruction_kinds(counts)       what instruction sets do for the same work, by kind
    structure_bytes(layouts)        a structure byte by byte: members, holes, byte order
    call_chain(frames)              which value is where in a stopped chain of calls
    message_matrix(trace)           who talks to whom, in numbers
    gantt(run)                      which thread had which core when
    plans(one, two)                 what each kernel does when, as planned
    layers(plan)                    a chain's phases and kernels, and the way through them
    latency(messages)               how long messages take, by matplotlib
    scaling(frame, x, y, by)        how a figure grows with another, by matplotlib
    truth(trace, table)             which predicate holds after which event
    page_table(trace, at)           who may read and who may write each page
    page_history(trace)             the same over time
    futex_queues(trace, at)         who waits for which word, in which order
    signal_table(trace, at)         which signals are pending, blocked and handled, for whom
    namespace_tree(trace, at)       who is in which namespaces, called what
    ipc_objects(trace, at)          which System V objects there are, who waits for them
    port_table(trace, at)           who holds which port, on which kernel
    byte_streams(trace, at)         where connections are, how far their bytes have come
    shadow_chain(trace, at)         where threads are, and how their shadows point to them

A picture reads a trace and computes no protocol.  Each carries a description in words.
"""

from popcorn_lib.draw.boards.byte_streams import byte_streams
from popcorn_lib.draw.boards.futex_queues import futex_queues
from popcorn_lib.draw.boards.ipc_objects import ipc_objects
from popcorn_lib.draw.boards.namespace_tree import namespace_tree
from popcorn_lib.draw.boards.page_history import page_history
from popcorn_lib.draw.boards.page_table import page_table
from popcorn_lib.draw.boards.port_table import port_table
from popcorn_lib.draw.boards.shadow_chain import shadow_chain
from popcorn_lib.draw.boards.signal_table import signal_table
from popcorn_lib.draw.call_chain import call_chain
from popcorn_lib.draw.chart import bars, steps
from popcorn_lib.draw.controls import explore_grid
from popcorn_lib.draw.gantt import gantt
from popcorn_lib.draw.graph import machine_graph
from popcorn_lib.draw.kinds import instruction_kinds
from popcorn_lib.draw.latency import latency
from popcorn_lib.draw.layers import layers
from popcorn_lib.draw.matrix import message_matrix
from popcorn_lib.draw.plans import plans
from popcorn_lib.draw.scaling import scaling
from popcorn_lib.draw.side_by_side import side_by_side
from popcorn_lib.draw.spacetime import spacetime
from popcorn_lib.draw.stack_frames import stack_frames
from popcorn_lib.draw.stepper import step, stepper
from popcorn_lib.draw.structure import structure_bytes
from popcorn_lib.draw.truth import truth

__all__ = [
    "bars",
    "byte_streams",
    "call_chain",
    "explore_grid",
    "futex_queues",
    "gantt",
    "instruction_kinds",
    "ipc_objects",
    "latency",
    "layers",
    "machine_graph",
    "message_matrix",
    "namespace_tree",
    "page_history",
    "page_table",
    "plans",
    "port_table",
    "scaling",
    "shadow_chain",
    "side_by_side",
    "signal_table",
    "spacetime",
    "stack_frames",
    "step",
    "stepper",
    "steps",
    "structure_bytes",
    "truth",
]
