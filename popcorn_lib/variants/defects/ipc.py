"""A defect of System V IPC: two objects with one key."""

from dataclasses import dataclass
from typing import NamedTuple

from popcorn_lib.mechanisms.ipc import Ipc
from popcorn_lib.mechanisms.threads.tree import ROOT
from popcorn_lib.messages import message
from popcorn_lib.syscalls import IPC_PRIVATE

KINDS = {"msgget": "queues", "semget": "sets", "shmget": "segments"}


@message("namespaces")
class IPC_KEY_REQUEST(NamedTuple):
    """To every other kernel: have you an object of this key?"""

    tid: int
    namespace: int
    call: str
    key: int


@message("namespaces")
class IPC_KEY_RESPONSE(NamedTuple):
    """Its id, None if there is none."""

    tid: int
    number: object


@dataclass
class Search:
    """A thread's call whose key is looked for on the other kernels."""

    call: str
    args: tuple
    awaited: set  # kernels that have not answered
    found: object = None  # the id


class TwoKernelsCreateOneKey(Ipc):
    """A kernel asks all others for a key; if none knows it, it makes the object itself.

    Wrong: nobody decides.  Two kernels that ask each other at the same time both hear that there is
    no such object, and both make one.
    It leads to one key that is two objects: who meets there by the key does not meet.
    Where: G1, ipc/sem_remote.c: SEMGET to the others, then a local one.  That it can happen is
    derived.
    """

    state = Ipc.state | {"searches": dict}  # tid -> Search

    def ask_key(self, tid, call, *args):
        """Here first, then everywhere else."""
        namespace, _ = self.namespace_of(tid)
        others = [name for name in self.kernel.boot.kernels if name != self.kernel.name]
        known = self.find_key(namespace, KINDS[call], args[0]) is not None
        if not others or known or args[0] == IPC_PRIVATE:
            return self._send(tid, self.kernel.name, call, args)
        self.searches[tid] = Search(call, args, set(others))
        for name in others:
            self.kernel.send(name, IPC_KEY_REQUEST(tid, namespace, call, args[0]))

    def on_ipc_key_request(self, source, message):
        number = self.find_key(message.namespace, KINDS[message.call], message.key)
        self.kernel.send(source, IPC_KEY_RESPONSE(message.tid, number))

    def on_ipc_key_response(self, source, message):
        search = self.searches[message.tid]
        search.awaited.discard(source)
        if message.number is not None:
            search.found = message.number
        if not search.awaited:
            del self.searches[message.tid]
            home = self.kernel.name if search.found is None else self.home_of_id(search.found)
            self._send(message.tid, home, search.call, search.args)

    def interrupt(self, tid):
        return tid in self.searches or super().interrupt(tid)

    def user(self, pid):
        """Only init's kernel knows the users: here everybody is root."""
        return ROOT
