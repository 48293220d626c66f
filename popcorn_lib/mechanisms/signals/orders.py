"""Orders to all kernels of a process, and what else home sees to in the same line.

To die, to stop, to go on, to forget what is ignored from now on: that is done by every kernel that
holds a thread of the process, one after the other, and each says when it is done.  A kernel whose
threads are sending signals themselves says so only when those have arrived: who has killed or
stopped a process hears nothing of it afterwards.
"""

from popcorn_lib.mechanisms.signals.tables import CONT, NOBODY, Tables
from popcorn_lib.mechanisms.threads.tasks import ACTIVE
from popcorn_lib.messages import (
    GROUP_ORDER_RESPONSE,
    JOB_REQUEST,
    KILL_CANCEL,
    PROCESS_STOPPED,
)

QUIET = ("kill", "stop")  # after these nothing may come from the process any more


class Orders(Tables):
    """The part of the signals mechanism that all kernels of a process obey."""

    def on_group_order(self, source, message):
        pid, order, signum = message
        threads = self.kernel["threads"]
        if threads.unsettled(pid, source, message):
            return
        if pid in threads.groups and threads.groups[pid].status is None:
            news = getattr(self, "order_" + order)(pid, signum)
            if pid in self.offers and self.at_home(pid):  # it may have killed the process
                self.offers[pid][0].news = bool(news)
        if order not in QUIET or not self.owe(pid):
            self.kernel.send(source, GROUP_ORDER_RESPONSE(pid))

    def on_group_order_response(self, source, message):
        if message.pid in self.offers:
            self.offers[message.pid][0].asked.append(source)
            self.ask_next(message.pid)

    def order_kill(self, pid, signum):
        self.kernel["threads"].obey(pid, signum)

    # ---- a process that is killed or stopped while it sends signals -----------------------------

    def sending(self, pid):
        """[(thread, process), ...]: to whom the threads of a process here are sending signals."""
        threads, found = self.kernel["threads"].of(pid, ACTIVE), []
        for tid in threads:
            call, detail = self.waits.get(tid, ("", None))
            if call == "kill" and detail[3] and not detail[1]:
                found.append((tid, detail[3]))
        return found

    def owe(self, pid):
        """Whether an order of home is answered later: what is being sent has to arrive first."""
        for tid, other in self.sending(pid):
            self.owed.add(pid)
            self.kernel.send(self.kernel.home_of(other), KILL_CANCEL(other, tid))
        return pid in self.owed

    def pay(self):
        """Answer those orders that nothing holds up any more."""
        for pid in sorted(self.owed):
            if not self.sending(pid):
                self.owed.discard(pid)
                self.kernel.send(self.kernel.home_of(pid), GROUP_ORDER_RESPONSE(pid))

    def on_kill_cancel(self, source, message):
        """Home: who has sent this is killed or stopped meanwhile, and that waits for our answer."""
        for offer in self.offers.get(message.pid, ()):
            if (offer.kernel, offer.asker) == (source, message.tid):
                offer.hurried = True
        self.hurry(message.pid)

    def hurry(self, pid):
        """Home: the sender is answered at once if what is in line here may wait for it in turn.

        So do two processes that kill each other.
        """
        line = self.offers.get(pid, ())
        if any(offer.order in (*QUIET, "tell") for offer in line):
            for offer in line:
                if offer.hurried:
                    self.answer(offer)
                    offer.kernel, offer.asker = NOBODY
                    offer.hurried = False

    # ---- what home sees to without the process's kernels ----------------------------------------

    def see_to_alone(self, pid, offer):
        signum = offer.info.si_signo
        if offer.order == "set":
            self.settle(pid)
        elif offer.order == "job":
            self.kernel.send(self.kernel["threads"].init, JOB_REQUEST(pid))
        else:
            stopped = 0 if signum == CONT else signum
            self.kernel.send(self.kernel["threads"].init, PROCESS_STOPPED(pid, stopped))

    def on_job_response(self, source, message):
        if message.pid in self.offers:  # else the process is gone
            self.settle(message.pid, then="" if message.orphaned else "stop")

    def on_process_told(self, source, message):
        if message.pid in self.offers:
            self.settle(message.pid)
