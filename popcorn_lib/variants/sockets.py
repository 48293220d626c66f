"""Two other ways to give a process its sockets on every kernel.

`DelegatedSockets`: home has all files and makes every call, as in Popcorn's third generation
(kernel/popcorn/syscall_redirect.c, remote_socket.c, 2017): nothing moves, so nothing can be lost on
the way; but each call from another kernel takes two messages, for ever (accept takes four, since
the new descriptor is a second question).

`StaticSockets`: what Popcorn's first generation replicates (kernel/process_server.c, 2015): a
thread's kernel gets a socket's addresses, type and options, not what waits in its queue.  For
datagrams that is enough, they may be lost; so here UDP sockets go where they are used, with an
empty queue.  A connection would be torn: it stays where it was made.
"""

from popcorn_lib.mechanisms.sockets import Sockets
from popcorn_lib.mechanisms.sockets.tables import Udp
from popcorn_lib.syscalls import Failure


class DelegatedSockets(Sockets):
    """Home has all files and makes every call."""

    def moves(self, file):
        return False

    def learn(self, message, file):
        """A thread's kernel knows nothing of files."""

    def new(self, tid, call, *given):
        # DOC: delegated sockets, home makes the file
        _, home = self.kernel["threads"].process_of(tid)
        if home == self.kernel.name:
            super().new(tid, call, *given)
        else:
            self.ask_home(tid, "new", call, (self.net_of(tid), *given))
        # DOC: end

    def _begin_new(self, source, message, call, given):
        """Home: make files for a thread of another kernel, and give them descriptors."""
        made = getattr(self, "new_" + call)(*given)
        if type(made) is Failure:
            return self._answer(source, message.tid, made)
        return self._begin_open(source, message, made)

    def on_fd_response(self, source, message):
        """One new descriptor is a number, two are a pair."""
        if self.calls[message.tid].call == "new" and message.result and len(message.result) == 1:
            message = message._replace(result=message.result[0])
        super().on_fd_response(source, message)


class StaticSockets(Sockets):
    """UDP sockets go where they are used, without their queues; connections stay."""

    def moves(self, file):
        return isinstance(file, Udp) and file.settled and not file.shut

    def hand_over(self, ref, file, message):
        # DOC: static sockets, addresses and options travel, the queue does not
        file.inbox, file.parts = [], {}
        super().hand_over(ref, file, message)
        # DOC: end

    def leave_nothing_behind(self, ref, file):
        """A datagram socket has no timer."""

    def taken_over(self, ref, file):
        """Nor does it need one."""
