"""The small calls of a thread: who am I, work, sleep."""

import errno

from popcorn_lib.mechanisms.threads.tasks import Tasks
from popcorn_lib.messages import PROCESS_EXITED


class Calls(Tasks):
    """The part of the threads mechanism that needs no other kernel."""

    # ---- small calls ----------------------------------------------------------------------------

    def sys_getpid(self, tid):
        self.kernel.resume(tid, self.kernel["namespaces"].pid_of(tid))

    def sys_gettid(self, tid):
        self.kernel.resume(tid, self.kernel["namespaces"].tid_of(tid))

    def sys_sched_yield(self, tid):
        self.kernel.resume(tid, 0)

    def sys_compute(self, tid, work, kind):
        self.kernel.effect("work", kind, work)
        self.kernel.resume(tid, None)

    def sys_clock_gettime(self, tid):
        self.kernel.effect("clock", tid)

    def sys_nanosleep(self, tid, seconds):
        if seconds < 0:
            return self.kernel.fail(tid, errno.EINVAL)
        key = ("threads", "sleep", tid)
        self.waiting[tid] = ("sleep", key)
        self.kernel.effect("timer", key, seconds)

    def on_timer(self, key):
        what, *_, tid = key[1:]
        if what == "exited":
            return self.kernel.send(self.init, PROCESS_EXITED(tid, key[2]))
        del self.waiting[tid]
        self.kernel.resume(tid, 0)
