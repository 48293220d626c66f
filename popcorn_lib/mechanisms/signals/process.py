"""A signal to a process: home offers it to one kernel after the other until a thread takes it.

Home sees to one signal of a process after the other.  The first thread of the process comes first,
wherever it is, then home's own threads and those of the others.  Who cannot act on a signal now,
because it blocks it, is stopped or acts on another, does not get it.  A kernel that refuses
remembers that a signal was left at home (a hint); as soon as one of its threads blocks it no
longer, or comes from elsewhere, that thread makes no further call before it has asked home.
"""

from popcorn_lib.mechanisms.signals.tables import (
    CONT,
    KILL,
    NEVER_BLOCKED,
    NOBODY,
    NONE,
    STOP,
    Offer,
    Tables,
    for_all,
    put,
)
from popcorn_lib.mechanisms.threads.tasks import ACTIVE, SHADOW
from popcorn_lib.messages import (
    GROUP_ORDER,
    GROUP_ORDER_RESPONSE,
    JOB_REQUEST,
    PROCESS_STOPPED,
    SIGNAL_CLAIM,
    SIGNAL_CLAIM_RESPONSE,
    SIGNAL_HINT,
    SIGNAL_OFFER,
    SIGNAL_OFFER_RESPONSE,
)
from popcorn_lib.syscalls import SIGRTMIN

ORDERS = {KILL: "kill", STOP: "stop", CONT: "continue"}
QUIET = ("kill", "stop")  # after these nothing may come from the process any more
ALONE = ("set", "job", "tell")  # home needs no other kernel of the process for these


class ToProcess(Tables):
    """The part of the signals mechanism in which home finds a thread for a signal."""

    def to_process(self, request):
        """Home: a signal to a process of ours, which may have ended meanwhile."""
        pid, info = request.pid, request.info
        group = self.kernel["threads"].groups.get(pid)
        order = ORDERS.get(info.si_signo, "")
        if group is None or group.status is not None:
            return self.answer(request)
        if not order and self._waits_already(pid, info):
            return self.answer(request)
        inside = info.si_pid and self.kernel["namespaces"].is_init(pid)
        if inside and info.si_signo in NEVER_BLOCKED:  # from outside only
            return self.answer(request)
        self.see_to(pid, Offer(info, order, request.kernel, request.asker))

    def _waits_already(self, pid, info):
        """A standard signal waits once only."""
        waiting = {other.si_signo for other in self.shared.get(pid, ())}
        return info.si_signo < SIGRTMIN and info.si_signo in waiting

    # ---- one after the other --------------------------------------------------------------------

    def see_to(self, pid, offer):
        if offer.order == "continue":
            self.undo_stops(pid)
        self.offers.setdefault(pid, []).append(offer)
        if len(self.offers[pid]) == 1:
            self._ask_next(pid)

    def _ask_next(self, pid):
        """Ask the next kernel; when all have refused, the signal stays here."""
        offer = self.offers[pid][0]
        if offer.order in ALONE:
            return self._see_to_alone(pid, offer)
        # DOC: offer 1, home asks one kernel after the other, itself first
        kernels = [self.kernel.name, *sorted(self.kernel["threads"].groups[pid].members)]
        left = [kernel for kernel in kernels if kernel not in offer.asked]
        if not left:
            self._settle(pid, kept=not offer.order)
        elif offer.order:
            self.kernel.send(left[0], GROUP_ORDER(pid, offer.order, offer.info.si_signo))
        else:
            first = 0 if offer.asked else pid  # wherever the first thread is, it comes first
            action = self.effective(pid, offer.info.si_signo)
            self.kernel.send(left[0], SIGNAL_OFFER(pid, first, offer.info, action))
        # DOC: end

    def on_signal_offer(self, source, message):
        pid, first, info, action = message
        threads = self.kernel["threads"]
        if threads.unsettled(pid, source, message):
            return
        if first in threads.tasks and threads.tasks[first].status == SHADOW:
            return self.kernel.send(threads.tasks[first].next, message)
        # DOC: offer 2, a kernel has a thread for it, or remembers that it waits at home
        order = for_all(action, info.si_signo)  # what concerns all threads, home sees to
        tid, then = self._willing(pid, info.si_signo, order), ""
        if tid is None:
            self.remember(pid, info.si_signo)
        elif self.awaits(tid, info.si_signo):
            self.accept(tid, info)
        else:
            then = order or "acts"
            if not order:
                self.accept(tid, info, action)
        response = SIGNAL_OFFER_RESPONSE(pid, tid is not None, then)
        self.kernel.send(self.kernel.home_of(pid), response)
        # DOC: end

    def _willing(self, pid, signum, order):
        """A thread here that can act on a signal or waits for it, the first of all if it can.

        order: what all of the process is to do then; for that it is enough not to block it.
        """
        threads = self.kernel["threads"]
        if pid not in threads.groups or threads.groups[pid].status is not None:
            return None
        for tid in sorted(threads.of(pid, ACTIVE), key=lambda tid: (tid != pid, tid)):
            if self.awaits(tid, signum):
                return tid
            able = not threads.groups[pid].stopped if order else self._takes_more(tid)
            if able and signum not in self.blocked(tid):
                return tid
        return None

    def _takes_more(self, tid):
        """Whether a thread can act on one more signal; not before it has begun sigtimedwait."""
        return self.is_free(tid) and self.waits.get(tid, (None,))[0] != "claims"

    def remember(self, pid, signum):
        """A signal is left at home; a thread of this kernel may be able to take it later."""
        if not self.at_home(pid) and self.kernel["threads"].holds(pid):
            self.hints[pid] = self.hints.get(pid, NONE) | {signum}

    def on_signal_offer_response(self, source, message):
        if message.pid not in self.offers:
            return  # the process is gone
        self.offers[message.pid][0].asked.append(source)
        if message.taken:
            self._settle(message.pid, then=message.then)
        else:
            self._ask_next(message.pid)

    def _settle(self, pid, kept=False, then=""):
        """The first signal in line has its place: on to what waited for that."""
        # DOC: offer 3, it has been taken, or stays at home; who sent it goes on
        offer = self.offers[pid].pop(0)
        if kept and not self._waits_already(pid, offer.info):
            self.shared[pid] = (*self.shared.get(pid, ()), offer.info)
        following = None if kept else self._following(pid, offer, then)
        if following:
            self.offers[pid].insert(0, following)
        else:
            self.answer(offer)
            self.let_go(pid, offer)
        # DOC: end
        if self.offers[pid]:
            return self._ask_next(pid)
        del self.offers[pid]
        self.kernel.again(self.claims.pop(pid, ()))

    def _following(self, pid, offer, then):
        """What is next for a signal that has been seen to: an Offer, or nothing."""
        signum, asker = offer.info.si_signo, (offer.kernel, offer.asker, offer.actor)
        if offer.order == "set":
            return self.set_action(pid, offer)
        if offer.order == "flush":
            return self.tell_tree(pid, signum, *offer.asker)
        if offer.news and self.kernel["threads"].groups[pid].status is None:
            return Offer(offer.info, "tell", *asker)
        if signum == CONT and offer.order:  # all go on; now it is a signal like others
            return Offer(offer.info, "", *asker)
        if then == "acts":
            self.consume(pid, signum)
        elif then:
            return Offer(offer.info, then, *asker)
        return None

    # ---- what home sees to without the process's kernels ----------------------------------------

    def _see_to_alone(self, pid, offer):
        signum = offer.info.si_signo
        if offer.order == "set":
            self._settle(pid)
        elif offer.order == "job":
            self.kernel.send(self.kernel["threads"].init, JOB_REQUEST(pid))
        else:
            stopped = 0 if signum == CONT else signum
            self.kernel.send(self.kernel["threads"].init, PROCESS_STOPPED(pid, stopped))

    def on_job_response(self, source, message):
        if message.pid in self.offers:  # else the process is gone
            self._settle(message.pid, then="" if message.orphaned else "stop")

    def on_process_told(self, source, message):
        if message.pid in self.offers:
            self._settle(message.pid)

    # ---- orders to all kernels of a process -----------------------------------------------------

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
            self._ask_next(message.pid)

    def order_kill(self, pid, signum):
        self.kernel["threads"].obey(pid, signum)

    # ---- what waits at home ---------------------------------------------------------------------

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
