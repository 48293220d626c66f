"""Semaphores: all operations of a call in one step, or none, and who waits goes on in order.

The home of a set judges the operations of a call one after the other on a copy of the values.  If
all are possible the copy becomes the values; if one is not, nothing has happened and the thread
waits.  After every change the home looks through those who wait: first those who only wait for
zeros, since they change nothing, then the others in the order of arrival, and again from the
beginning whenever one has gone on.

SEM_UNDO: the set keeps for each process what to add when it ends.  Init's kernel, which hears of
every end before the parent does, adds it then; threads share their process's list, whichever
kernel they run on, so nothing has to travel with them.

Invariant.  Values are within 0 and SEMVMX; nobody waits whose operations are all possible.

Source.  Linux, ipc/sem.c: perform_atomic_semop, do_smart_update, exit_sem.
"""

import errno
from typing import NamedTuple

from popcorn_lib.mechanisms.ipc.keys import READ, WRITE
from popcorn_lib.mechanisms.ipc.queues import Queues
from popcorn_lib.mechanisms.ipc.tables import Sleeper
from popcorn_lib.syscalls import Failure
from popcorn_lib.syscalls.ipc import (
    GETALL,
    GETNCNT,
    GETPID,
    GETVAL,
    GETZCNT,
    IPC_CREAT,
    IPC_NOWAIT,
    IPC_PRIVATE,
    IPC_RMID,
    IPC_SET,
    IPC_STAT,
    SEM_UNDO,
    SEMAEM,
    SEMMSL,
    SEMOPM,
    SEMVMX,
    SETALL,
    SETVAL,
    SemidDs,
)

BLOCKED = -1  # in place of an errno: it has to wait
OF_ONE = (GETVAL, GETPID, GETNCNT, GETZCNT, SETVAL)  # commands about one semaphore


class Verdict(NamedTuple):
    """What comes of the operations of a call: an errno, 0 if all are possible, or BLOCKED."""

    errno: int
    by: tuple = ()  # (number, operation) that is not possible
    values: tuple = ()  # afterwards
    undo: tuple = ()


def judge(item, pid, operations):
    """Try the operations of a process on copies of a set's values and of what it would undo."""
    # DOC: semaphore judge, one operation after the other, on copies
    values = list(item.values)
    undo = list(item.undo.get(pid, [0] * len(values)))
    for number, change, flags in operations:
        value = values[number] + change
        if value < 0 or (change == 0 and value):
            return Verdict(errno.EAGAIN if flags & IPC_NOWAIT else BLOCKED, (number, change))
        undo[number] -= change if flags & SEM_UNDO else 0
        if value > SEMVMX or not -SEMAEM - 1 <= undo[number] <= SEMAEM:
            return Verdict(errno.ERANGE, (number, change))
        values[number] = value
    return Verdict(0, (), values, undo)
    # DOC: end


class Semaphores(Queues):
    """The part of the IPC mechanism with semaphores."""

    # ---- the calls ------------------------------------------------------------------------------

    def sys_semget(self, tid, key, count, flags):
        if not 0 <= count <= SEMMSL:
            return self.kernel.fail(tid, errno.EINVAL)
        self.ask_key(tid, "semget", key, count, flags)

    def sys_semop(self, tid, number, operations):
        if not operations or len(operations) > SEMOPM:
            return self.kernel.fail(tid, errno.E2BIG if operations else errno.EINVAL)
        self.ask_home(tid, "semop", number, data=operations)

    def sys_semctl(self, tid, number, which, command, argument):
        if number < 0 or command not in (*OF_ONE, GETALL, SETALL, IPC_RMID, IPC_SET, IPC_STAT):
            return self.kernel.fail(tid, errno.EINVAL)
        if command == SETVAL and not 0 <= argument <= SEMVMX:
            return self.kernel.fail(tid, errno.ERANGE)
        data = argument if command == SETALL else None
        rest = () if command == SETALL else (argument,)
        self.ask_home(tid, "semctl", number, which, command, *rest, data=data)

    def do_semget(self, asker, key, count, flags):
        if not count and self.find_key(asker.namespace, "sets", key) is None:
            makes = flags & IPC_CREAT or key == IPC_PRIVATE
            return Failure(errno.EINVAL if makes else errno.ENOENT)
        return self.get(asker, "sets", key, count, flags)

    # ---- operate --------------------------------------------------------------------------------

    def do_semop(self, asker, number, operations):
        item, sleeper = self.find(asker, "sets", number), Sleeper(asker, operations)
        if item is None:
            return Failure(errno.EINVAL)
        if not all(0 <= which < len(item.values) for which, _, _ in operations):
            return Failure(errno.EFBIG)
        if not self.may(asker, item, WRITE if sleeper.alters else READ):
            return Failure(errno.EACCES)
        # DOC: semaphore operate, at once or later
        if not self._goes_on(item, sleeper):
            item.waiting.append(sleeper)
        elif sleeper.alters:
            self._let_go_on(item)
        # DOC: end

    def _goes_on(self, item, sleeper):
        """Do a call's operations if they are possible and answer it; False if it has to wait."""
        verdict = judge(item, sleeper.asker.pid, sleeper.operations)
        if verdict.errno == BLOCKED:
            return False
        if not verdict.errno:
            self._apply(item, sleeper, verdict)
        self.answer(sleeper.asker, Failure(verdict.errno) if verdict.errno else 0)
        return True

    def _apply(self, item, sleeper, verdict):
        pid = sleeper.asker.pid
        item.values = verdict.values
        for number, _, _ in sleeper.operations:
            item.pids[number] = pid
        item.undo[pid] = verdict.undo
        if not any(verdict.undo):
            del item.undo[pid]

    def _let_go_on(self, item):
        """After a change: whoever can goes on, who only waits for zeros first."""
        # DOC: semaphore wake, again from the beginning whenever one has gone on
        while True:
            line = sorted(item.waiting, key=lambda sleeper: sleeper.alters)
            woken = next((sleeper for sleeper in line if self._goes_on(item, sleeper)), None)
            if woken is None:
                return
            item.waiting.remove(woken)
        # DOC: end

    def could_go_on(self, item, waiter):
        if not isinstance(waiter, Sleeper):
            return super().could_go_on(item, waiter)
        return judge(item, waiter.asker.pid, waiter.operations).errno != BLOCKED

    def undo_all(self, pid):
        """Init's kernel: a process has ended, and its parent has not been told yet."""
        # DOC: semaphore undo, at the end of the process
        for item in self.sets.values():
            changes = item.undo.pop(pid, ())
            for number, change in enumerate(changes):
                if change:
                    item.values[number] = min(max(item.values[number] + change, 0), SEMVMX)
                    item.pids[number] = pid
            if changes:
                self._let_go_on(item)
        # DOC: end

    # ---- control --------------------------------------------------------------------------------

    def do_semctl(self, asker, number, which, command, argument):
        if command in (IPC_RMID, IPC_SET, IPC_STAT):
            return self.control(asker, "sets", number, command, argument)
        item = self.find(asker, "sets", number)
        sets = command in (SETVAL, SETALL)
        why = self._why_not(asker, item, which, command)
        if why:
            return Failure(why)
        if sets:
            return self._set_values(asker, item, which, command, argument)
        return self._asked(asker, item, which, command)

    def _why_not(self, asker, item, which, command):
        """The errno of a command in Linux's order, which differs for SETVAL; 0 if it can be."""
        if item is None:
            return errno.EINVAL
        exists = command not in OF_ONE or 0 <= which < len(item.values)
        may = self.may(asker, item, WRITE if command in (SETVAL, SETALL) else READ)
        if command == SETVAL and not exists:
            return errno.EINVAL
        return errno.EACCES if not may else 0 if exists else errno.EINVAL

    def _asked(self, asker, item, which, command):
        if command == GETALL:
            return tuple(item.values)
        if command == GETVAL:
            return item.values[which]
        if command == GETPID:
            return self.kernel["namespaces"].outward(asker.pid, item.pids[which])
        stuck = [judge(item, s.asker.pid, s.operations).by for s in item.waiting]
        for_zero = command == GETZCNT
        return sum(number == which and (change == 0) == for_zero for number, change in stuck)

    def _set_values(self, asker, item, which, command, argument):
        """SETVAL and SETALL; what was to be undone for these semaphores is forgotten."""
        new = dict(enumerate(argument)) if command == SETALL else {which: argument}
        if len(new) < len(item.values) and command == SETALL:
            return Failure(errno.EFAULT)
        new = {number: value for number, value in new.items() if number < len(item.values)}
        if not all(0 <= value <= SEMVMX for value in new.values()):
            return Failure(errno.ERANGE)
        for number, value in new.items():
            item.values[number], item.pids[number] = value, asker.pid
        self._forget_undo(item, new)
        self._let_go_on(item)
        return 0

    def _forget_undo(self, item, numbers):
        for pid, changes in list(item.undo.items()):
            kept = [0 if n in numbers else change for n, change in enumerate(changes)]
            item.undo[pid] = kept
            if not any(kept):
                del item.undo[pid]

    def stat_sets(self, number, item):
        return SemidDs(item.perm, len(item.values))

    def remove_sets(self, place, item):
        return self.remove("sets", place)
