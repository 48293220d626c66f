"""A signal at its thread: it waits, is acted upon, and the handler runs and returns.

What is to be done, home says; where the thread is elsewhere it begins no call before the answer.
A thread that waits in a call is cut short first, and acts as soon as that lets it go.
"""

from popcorn_lib.kernel import ALWAYS, RESTARTS
from popcorn_lib.mechanisms.signals.tables import (
    NOBODY,
    NONE,
    Ready,
    Tables,
    ignores,
    name_of,
    put,
)
from popcorn_lib.mechanisms.threads.affinity import cut_short
from popcorn_lib.mechanisms.threads.tasks import ACTIVE
from popcorn_lib.syscalls import SA_NODEFER, SA_RESTART, SIGRTMIN


class Deliver(Tables):
    """The part of the signals mechanism that lets threads act on signals."""

    def accept(self, tid, info, action=None, asker=NOBODY):
        """A signal has come to its thread, which is active here; action: what home said of it.

        Returns whether `asker`, who sent it, will hear of it later: when home has been asked.
        """
        # DOC: deliver 1, the signal waits with its thread, or is acted upon
        if self.takes(tid, info):
            return False  # the thread has waited for just that
        acts = self.can_act(tid) if action is None else self.is_free(tid)
        acts = acts and info.si_signo not in self.blocked(tid)
        if acts and action:
            return self._obey(tid, info, action)
        waiting = self.pending.get(tid, ())
        if info.si_signo >= SIGRTMIN or info.si_signo not in {i.si_signo for i in waiting}:
            self.pending[tid] = (*waiting, info)
        return acts and self.act_on(tid, info, asker=asker)
        # DOC: end

    def can_act(self, tid):
        """Whether a thread acts on signals now: it is free to, and does not ask home about one."""
        return self.is_free(tid) and not self.kernel["threads"].tasks[tid].asks

    def is_free(self, tid):
        """Whether a thread is here, not stopped, and acts on no other signal."""
        threads = self.kernel["threads"]
        task = threads.tasks.get(tid)
        if task is None or task.status != ACTIVE or task.dying or tid in self.ready:
            return False
        return not threads.groups[task.pid].stopped

    def look(self, tid):
        """A thread blocks less, or has arrived, or goes on: is there a signal for it?"""
        if not self.can_act(tid):
            return
        waiting = [i for i in self.pending.get(tid, ()) if i.si_signo not in self.blocked(tid)]
        left = self.left_at_home(self.kernel["threads"].tasks[tid].pid) - self.blocked(tid)
        if waiting:
            self.act_on(tid, min(waiting, key=lambda info: info.si_signo))
        elif left:
            self.claim(tid, left)

    def act_on(self, tid, info, action=None, asker=NOBODY):
        """Do what a pending signal asks for; if home has not said what that is, ask it.

        Returns whether `asker` will hear of it later.
        """
        pid = self.kernel["threads"].tasks[tid].pid
        if action is None and (not self.at_home(pid) or pid in self.offers):
            self.ask_home(tid, info, asker)
            return True
        self.drop(tid, info)
        action = action or self.judge(pid, info, asker, (self.kernel.name, tid))
        if action is None:  # all of its process obeys, and this thread begins no call before
            self.kernel["threads"].tasks[tid].asks = True
            return True
        return self._obey(tid, info, action)

    def _obey(self, tid, info, action):
        """The thread runs a handler, or ignores the signal; False: nobody waits for more."""
        if ignores(action, info.si_signo):
            self.look(tid)
        else:
            self._cut_short(tid, info, action)
        return False

    def drop(self, tid, info):
        """A signal is pending no longer."""
        waiting = list(self.pending.get(tid, ()))
        if info in waiting:
            waiting.remove(info)
        put(self.pending, tid, tuple(waiting))

    # ---- the handler ----------------------------------------------------------------------------

    def _cut_short(self, tid, info, action):
        # DOC: deliver 2, a call that waits is cut short
        task = self.kernel["threads"].tasks[tid]
        self.ready[tid] = Ready(None, info, action, self.blocked(tid))
        task.signalled = True
        how = self.kernel.interrupt(tid)
        if not how:  # it waits for nothing
            self.unready(tid)
            self.kernel["threads"].ungate(tid)
            return self.run_handler(tid, info, action, self.blocked(tid))
        self.ready[tid] = self.ready[tid]._replace(how=how)
        if self.ready[tid].result:
            self.at_return(tid, *self.ready[tid].result)
        # DOC: end

    def at_return(self, tid, result):
        """The call of a thread that acts on a signal lets it go: its handler runs first."""
        # DOC: deliver 3, EINTR or once more, and the handler on top
        ready = self.ready[tid]
        if ready.how is None:
            self.ready[tid] = ready._replace(result=(result,))
            return True
        self.unready(tid)
        restarts = ready.how == RESTARTS and ready.action.flags & SA_RESTART
        if cut_short(result) and (restarts or ready.how == ALWAYS):
            self.kernel.effect("restart", tid)
        else:
            self.kernel.effect("resume", tid, result)
        self.run_handler(tid, ready.info, ready.action, ready.blocked)
        return True
        # DOC: end

    def unready(self, tid):
        """The thread no longer waits to act on a signal; returns what that was, or None."""
        self.kernel["threads"].tasks[tid].signalled = False
        return self.ready.pop(tid, None)

    def run_handler(self, tid, info, action, blocked):
        """The handler goes on top of what the thread is doing."""
        # DOC: deliver 4, what is blocked while the handler runs
        self.frames[tid] = (*self.frames.get(tid, ()), self.blocked(tid))
        itself = NONE if action.flags & SA_NODEFER else {info.si_signo}
        self.block(tid, blocked | action.mask | itself)
        self.kernel.work("frame", 1)
        self.kernel.effect("handler", tid, action.handler, info)
        self.kernel.effect("note", f"{name_of(info.si_signo)} is delivered.")
        self.look(tid)
        # DOC: end

    def sys_sigreturn(self, tid):
        """A handler has returned: what was blocked before is so again."""
        *earlier, before = self.frames.pop(tid)
        put(self.frames, tid, tuple(earlier))
        self.block(tid, before)
        self.kernel.resume(tid, None)
        self.look(tid)
