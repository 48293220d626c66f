"""Join: wait for the end of a thread, at the kernel that its id names."""

import errno

from popcorn_lib.kernel import ALWAYS, FINAL, RESTARTS
from popcorn_lib.mechanisms.threads.tasks import Tasks
from popcorn_lib.messages import JOIN_CANCEL, JOIN_REQUEST, JOIN_RESPONSE


class Join(Tasks):
    """The part of the threads mechanism that waits for them."""

    # ---- join -----------------------------------------------------------------------------------

    def sys_join(self, tid, target):
        target = self.kernel["namespaces"].thread(tid, target)
        home = self.kernel.home_of(target)
        if target == tid:
            return self.kernel.fail(tid, errno.EDEADLK)
        if home is None:
            return self.kernel.fail(tid, errno.ESRCH)
        self.waiting[tid] = ("join", target)
        self.kernel.send(home, JOIN_REQUEST(target, self.tasks[tid].pid, tid))

    def on_join_request(self, source, message):
        tid, pid, waiter = message
        if self.values.get(tid, (None,))[0] == pid:
            _, value = self.values.pop(tid)
            self.freed(tid)
            self.kernel.send(source, JOIN_RESPONSE(waiter, value, 0))
        elif tid in self.tasks and self.tasks[tid].pid == pid:
            self.joins.setdefault(tid, []).append((source, waiter))
        else:
            self.kernel.send(source, JOIN_RESPONSE(waiter, None, errno.ESRCH))

    def give_value(self, tid, pid, value):
        """The first who waits gets the value of an ended thread, or it is kept for a join."""
        waiters = self.joins.pop(tid, [])
        for number, (source, waiter) in enumerate(waiters):
            answer = (None, errno.ESRCH) if number else (value, 0)
            self.kernel.send(source, JOIN_RESPONSE(waiter, *answer))
        if not waiters:
            self.values[tid] = (pid, value)

    def on_join_response(self, source, message):
        del self.waiting[message.waiter]
        if message.errno:
            self.kernel.fail(message.waiter, message.errno)
        else:
            self.kernel.resume(message.waiter, message.value)

    def interrupt(self, tid):
        if tid not in self.waiting:
            return False
        what, detail = self.waiting[tid]
        if what == "join":
            self.kernel.send(self.kernel.home_of(detail), JOIN_CANCEL(detail, tid))
            return ALWAYS
        if what == "wait4":
            self.cancel_wait(tid)
        elif what == "sleep":
            self.kernel.effect("drop", detail)
            del self.waiting[tid]
            self.kernel.fail(tid, errno.EINTR)
            return FINAL
        return RESTARTS  # any other answer comes soon by itself

    def on_join_cancel(self, source, message):
        waiters = self.joins.get(message.tid, [])
        if (source, message.waiter) in waiters:  # else the answer is on its way already
            waiters.remove((source, message.waiter))
            self.kernel.send(source, JOIN_RESPONSE(message.waiter, None, errno.EINTR))
            if not waiters:
                del self.joins[message.tid]
