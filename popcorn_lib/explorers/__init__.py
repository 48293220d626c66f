"""One explorer for each mechanism: settings with controls, and the picture that they give.

    explorers.memory()                                  every setting with a control
    explorers.memory(program=mine, kernels=[2, 3])      a program of one's own, fewer kernels
    explorers.memory().at(kernels=3, variant="two kernels")    one picture, without controls
    explorers.memory().run(kernels=3)                   the Run behind it
    explorers.memory(twin={"kernels": [2, 3]})          other pictures where no kernel runs
    explorers.memory(title="Two counters")              another beginning of the titles

    machine()       kernels and links as a graph, and what a way costs
    messages()      a burst through the ring of slots
    threads()       threads that move
    memory()        one address space
    futex()         waiting for each other
    signals()       a signal to a thread that travels
    names()         namespaces, and what /proc shows of them
    ipc()           objects of System V that are found by a key
    sockets()       bytes for a thread that travels
    moving()        a thread between unlike instruction sets, value by value
    placement()     one region on Xeon or Phi, and where the answer flips
    single_system_image()    the claim itself, over every interleaving

An explorer keeps its settings to itself; where no kernel runs, its twin shows pictures made in
advance, and the reader still chooses among them.
"""

from popcorn_lib.explorers.claim import single_system_image
from popcorn_lib.explorers.futex import futex
from popcorn_lib.explorers.ipc import ipc
from popcorn_lib.explorers.machine import machine
from popcorn_lib.explorers.memory import memory
from popcorn_lib.explorers.messages import messages
from popcorn_lib.explorers.moving import moving
from popcorn_lib.explorers.names import names
from popcorn_lib.explorers.placement import placement
from popcorn_lib.explorers.signals import signals
from popcorn_lib.explorers.sockets import sockets
from popcorn_lib.explorers.threads import threads

__all__ = [
    "futex",
    "ipc",
    "machine",
    "memory",
    "messages",
    "moving",
    "names",
    "placement",
    "signals",
    "single_system_image",
    "sockets",
    "threads",
]
