"""What waits at home: who can take it now asks for it, and knows by a hint when to ask.

A hint comes with a refused offer, with a thread from a kernel that has one, and from home itself
before a kernel starts its first thread of the process.  It may be out of date; then the question
is in vain, and its answer says what really waits.  Hint and answer come from home in order: so no
old answer overwrites a newer hint.
"""

from popcorn_lib.mechanisms.signals.tables import NOBODY, NONE, Tables, put
from popcorn_lib.messages import SIGNAL_CLAIM, SIGNAL_CLAIM_RESPONSE, SIGNAL_HINT


class Claims(Tables):
    """The part of the signals mechanism in which threads ask for what was left at home."""

    def left_at_home(self, pid):
        """The signals of a process that wait at home, as far as this kernel knows."""
        if not self.at_home(pid):
            return self.hints.get(pid, NONE)
        offered = {o.info.si_signo for o in self.offers.get(pid, ()) if not o.order}
        return frozenset(offered | {info.si_signo for info in self.shared.get(pid, ())})

    def introduce(self, pid, kernel):
        """A kernel is about to start its first thread of the process: tell it what waits here."""
        waiting = self.left_at_home(pid)
        if waiting:
            self.kernel.send(kernel, SIGNAL_HINT(pid, waiting))

    def on_signal_hint(self, source, message):
        self.hints[message.pid] = message.signums

    def put_off(self, pid, source, question):
        """A question must wait: home sees to a signal of the process."""
        self.claims[pid] = (*self.claims.get(pid, ()), (source, question))

    def claim(self, tid, signums, acts=True):
        """Ask home for a signal that a thread can take; it begins no call before the answer.

        acts: whether it will act on it, not only hear of it.
        """
        task = self.kernel["threads"].tasks[tid]
        task.asks = True
        home = self.kernel.home_of(task.pid)
        self.kernel.send(home, SIGNAL_CLAIM(tid, task.pid, signums, acts))

    def on_signal_claim(self, source, message):
        tid, pid, signums, acts = message
        if pid in self.offers:
            return self.put_off(pid, source, message)
        # DOC: claim, home gives the signal to who can take it now
        info, action = self.taken(pid, signums), None
        if info and acts:
            action = self.judge(pid, info, NOBODY, (source, tid))
            if action is None:
                return  # all obey, and the thread with them
        left = frozenset(other.si_signo for other in self.shared.get(pid, ()))
        self.kernel.send(source, SIGNAL_CLAIM_RESPONSE(tid, pid, info, action, left))
        # DOC: end

    def taken(self, pid, signums):
        """Home: take the first of some signals that waits here, lowest number first, or None."""
        waiting = [info for info in self.shared.get(pid, ()) if info.si_signo in signums]
        if not waiting:
            return None
        info = min(waiting, key=lambda other: other.si_signo)
        rest = list(self.shared[pid])
        rest.remove(info)
        put(self.shared, pid, tuple(rest))
        return info

    def on_signal_claim_response(self, source, message):
        tid, pid, info, action, left = message
        if pid in self.kernel["threads"].groups:
            put(self.hints, pid, left)
        task = self.kernel["threads"].tasks.get(tid)
        if task is None or task.pid != pid:
            return  # it has been killed meanwhile
        task.asks = False
        if self.waits.get(tid, (None,))[0] == "claims":
            self.claimed(tid, info)
        elif info:
            self.accept(tid, info, action)
        self.pass_on(tid)
