"""A defect of threads: a process that never ends."""

from dataclasses import dataclass
from typing import NamedTuple

from popcorn_lib.mechanisms.threads import Threads
from popcorn_lib.messages import LAST_MEMBER, message


@message("threads")
class THREAD_COUNT_REQUEST(NamedTuple):
    """To every kernel: my last thread of this process is about to go; how many do you have?"""

    pid: int


@message("threads")
class THREAD_COUNT_RESPONSE(NamedTuple):
    """So many, those included that are about to go."""

    pid: int
    alive: int


@dataclass
class Count:
    """A last thread is about to go, and its kernel counts the others."""

    awaited: set  # kernels that have not answered
    alive: int = 0
    again: bool = False  # another thread has come and gone meanwhile


class TwoLastExits(Threads):
    """The last thread on a kernel asks all others whether it is the last of the process.

    Wrong: nobody decides.  Two kernels whose last threads go at the same time ask each other, and
    each still counts the other's.
    It leads to a process that never ends; what was saved for it stays on every kernel.
    Where: G1, kernel/process_server.c: THREAD_COUNT_REQUEST.  That it can happen is derived.
    """

    state = Threads.state | {"counts": dict}  # pid -> Count

    def gone(self, tid, pid, value, status, told=False):
        if self.kernel.home_of(tid) == self.kernel.name:
            self.give_value(tid, pid, value)
        if self.is_home(pid) and tid == pid:
            self.groups[pid].code = status
        if not self.holds(pid):
            if not self.is_home(pid):
                del self.groups[pid]
            self._count_others(pid)

    def _count_others(self, pid):
        if pid in self.counts:
            self.counts[pid].again = True
            return
        others = [name for name in self.kernel.boot.kernels if name != self.kernel.name]
        self.counts[pid] = Count(set(others))
        for name in others:
            self.kernel.send(name, THREAD_COUNT_REQUEST(pid))
        self._judge(pid)

    def on_thread_count_request(self, source, message):
        alive = len(self.of(message.pid)) + (message.pid in self.counts)
        self.kernel.send(source, THREAD_COUNT_RESPONSE(message.pid, alive))

    def on_thread_count_response(self, source, message):
        count = self.counts[message.pid]
        count.awaited.discard(source)
        count.alive += message.alive
        self._judge(message.pid)

    def _judge(self, pid):
        count = self.counts[pid]
        if count.awaited:
            return
        del self.counts[pid]
        if count.again:
            self._count_others(pid)
        elif not count.alive and not self.holds(pid):
            self.kernel.send(self.kernel.home_of(pid), LAST_MEMBER(pid))

    def on_last_member(self, source, message):
        self.groups[message.pid].members.clear()
        self.bury_if_dead(message.pid)
