"""Defects of signals: lost, doubled, or sent to those only who are near."""

from popcorn_lib.mechanisms.signals import Signals
from popcorn_lib.mechanisms.signals.tables import put
from popcorn_lib.mechanisms.threads.tasks import LEAVING


class PendingStaysOnShadow(Signals):
    """Signals that a thread blocks stay behind when it moves.

    Wrong: the mask travels with the thread, what is pending does not.
    It leads to a signal that lies with a shadow, while its thread has long stopped blocking it.
    Where: G1, kernel/process_server.c: blocked masks travel, pending sets do not.
    """

    def leave(self, tid):
        pending = self.pending.get(tid, ())
        packed = super().leave(tid)
        put(self.pending, tid, pending)
        return packed and (*packed[:2], None, packed[3])


class SignalLostInFlight(Signals):
    """A signal that finds a thread in the middle of its move is dropped.

    Wrong: the task is a shadow already, but does not know yet where its thread is; it takes the
    signal, answers, and nobody looks at it again.
    It leads to a thread that waits for ever for a signal that was sent.
    Where: G1, kernel/signal.c: only a shadow that has been paired forwards; the code for one that
    has not (mig_lock, dest_cpu) is commented out.
    """

    def on_remote_kill_request(self, source, message):
        task = self.kernel["threads"].tasks.get(message.tid)
        if task and task.status == LEAVING:
            return self.answer(message, 0, task.pid)
        super().on_remote_kill_request(source, message)


class SignalDoubled(Signals):
    """A thread takes its pending signals along, and its shadow keeps them.

    Wrong: they are copied into the message and stay in the table too.
    It leads to a handler that runs again when the thread comes back to where it was.
    Where: in no code that was read; the nearest repair of the one that leaves them behind.
    """

    def leave(self, tid):
        pending = self.pending.get(tid, ())
        packed = super().leave(tid)
        put(self.pending, tid, pending)
        return packed

    def arrive(self, tid, packed):
        kept = self.pending.get(tid, ())
        super().arrive(tid, packed)
        here = self.pending.get(tid, ())
        put(self.pending, tid, (*here, *(info for info in kept if info not in here)))


class GroupKillStaysLocal(Signals):
    """A kill of a group reaches its members on the sender's kernel.

    Wrong: the list of members is the sender's own; nobody asks the other kernels for theirs.
    It leads to jobs of which a part lives on after the whole was killed.
    Where: G1, kernel/signal.c: kill of a group, and of everybody, walks the local list.
    """

    def on_kill_targets_response(self, source, message):
        if len(message.targets) > 1:
            holds = self.kernel["threads"].holds
            near = tuple(target for target in message.targets if holds(target[0]))
            message = message._replace(targets=near)
        super().on_kill_targets_response(source, message)
