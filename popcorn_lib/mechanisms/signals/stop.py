"""Stop and go on: the whole process, on all its kernels, and what its parent hears.

A stopped thread begins no call: so nobody sees it do anything.  What it waits for already comes: it
keeps its place in a queue, where Linux makes it leave and come again, and where Linux lets
sigtimedwait and semop fail with EINTR after a stop they go on waiting.
"""

from popcorn_lib.mechanisms.signals.tables import CONT, IGN, STOPS, Act, Tables, put
from popcorn_lib.mechanisms.threads.tasks import ACTIVE
from popcorn_lib.messages import SIGNAL_ACTION_RESPONSE

ASKS = "SIGNAL_ACTION_REQUEST"


class Stop(Tables):
    """The part of the signals mechanism that stops processes."""

    def undone(self, pid, source, info):
        """Home: whether a SIGCONT has come since that takes back a stop that a kernel asks for."""
        return info.si_signo in STOPS and any(
            offer.order == "continue" and source not in offer.asked
            for offer in self.offers.get(pid, ())
        )

    def undo_stops(self, pid):
        """Home: SIGCONT comes after what is asked here already."""
        waiting = self.claims.get(pid, ())
        stops = [q for q in waiting if q[1].kind == ASKS and q[1].info.si_signo in STOPS]
        put(self.claims, pid, tuple(question for question in waiting if question not in stops))
        for source, question in stops:
            self.advise(source, question, Act(IGN))

    def let_go(self, pid, offer):
        """Home: all obey; the thread that has acted on it for them may go on."""
        if offer.actor and offer.order != "kill":
            kernel, tid = offer.actor
            self.kernel.send(kernel, SIGNAL_ACTION_RESPONSE(tid, pid, offer.info, Act(IGN)))

    def order_stop(self, pid, signum):
        # DOC: stop 1, a kernel of the process stops its part
        self.take_back(pid, (CONT,))
        group = self.kernel["threads"].groups[pid]
        news = not group.stopped
        group.stopped = signum
        # DOC: end
        return news

    def order_continue(self, pid, signum):
        # DOC: stop 2, and lets it go on
        threads = self.kernel["threads"]
        self.take_back(pid, STOPS)
        news, threads.groups[pid].stopped = threads.groups[pid].stopped, 0
        for tid in threads.of(pid, ACTIVE):
            self.pass_on(tid)
        # DOC: end
        return news

    def take_back(self, pid, signums):
        """Signals that are pending here no longer are."""
        tasks = self.kernel["threads"].tasks
        mine = [tid for tid in self.pending if tasks[tid].pid == pid]
        for table, owners in ((self.pending, mine), (self.shared, [pid])):
            for owner in owners:
                rest = (info for info in table.get(owner, ()) if info.si_signo not in signums)
                put(table, owner, tuple(rest))
