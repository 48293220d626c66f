"""Network namespaces: a port is free or taken in one of them, not in all.

Which one a thread is in goes with it as a number; the sockets mechanism keeps its ports by it.  A
socket stays in the namespace in which it was made.  Each has the machine's addresses to itself,
loopback up, but the wire to hosts outside belongs to the first.
"""

from popcorn_lib.mechanisms.namespaces.members import Members


class NetSpaces(Members):
    """The part of the namespaces mechanism that numbers networks."""

    def net_of(self, tid):
        """The network namespace of a thread here."""
        return self.of(tid).net

    def free_net(self, number):
        """Its sockets have been closed by those who had them."""
