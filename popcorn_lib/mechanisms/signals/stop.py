"""Stop and go on: the whole process, on all its kernels, and what its parent hears.

A stopped thread begins no call: so nobody sees it do anything.  What it waits for already comes.
"""

from popcorn_lib.mechanisms.signals.tables import CONT, STOPS, Offer, Tables, put
from popcorn_lib.mechanisms.threads.tasks import ACTIVE
from popcorn_lib.syscalls import Siginfo


class Stop(Tables):
    """The part of the signals mechanism that stops processes."""

    def on_stop_request(self, source, message):
        """Home: a kernel has acted on SIGTSTP; not if SIGCONT is on its way there meanwhile."""
        pid, signum = message
        group = self.kernel["threads"].groups.get(pid)
        if group is None or group.status is not None:
            return
        for offer in self.offers.get(pid, ()):
            undone = source not in offer.asked or source == offer.asked[-1]
            if offer.order == "continue" and undone:
                return
        self.see_to(pid, Offer(Siginfo(signum), "stop"))

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
