"""A signal to a process: home offers it to one kernel after the other until a thread takes it.

Home sees to one signal of a process after the other.  Its own threads come first.  A kernel that
refuses remembers that a signal was left at home (a hint); as soon as one of its threads blocks it
no longer, or comes from elsewhere, that thread makes no further call before it has asked home.
"""

from popcorn_lib.mechanisms.signals.tables import (
    CONT,
    KILL,
    NONE,
    STOP,
    Offer,
    Tables,
    fatal,
    ignores,
    put,
)
from popcorn_lib.mechanisms.threads.tasks import ACTIVE
from popcorn_lib.messages import (
    GROUP_ORDER,
    GROUP_ORDER_RESPONSE,
    SIGNAL_CLAIM,
    SIGNAL_CLAIM_RESPONSE,
    SIGNAL_HINT,
    SIGNAL_OFFER,
    SIGNAL_OFFER_RESPONSE,
)
from popcorn_lib.syscalls import SIGRTMIN

ORDERS = {KILL: "kill", STOP: "stop", CONT: "continue"}


class ToProcess(Tables):
    """The part of the signals mechanism in which home finds a thread for a signal."""

    def to_process(self, request):
        """Home: a signal to a process of ours, which may have ended meanwhile."""
        pid, info = request.pid, request.info
        group = self.kernel["threads"].groups.get(pid)
        if group is None or group.status is not None or self._waits_already(pid, info):
            return self.answer(request)
        order = ORDERS.get(info.si_signo, "")
        self.see_to(pid, Offer(info, order, request.kernel, request.asker))

    def _waits_already(self, pid, info):
        """A standard signal waits once only."""
        waiting = {other.si_signo for other in self.shared.get(pid, ())}
        return info.si_signo < SIGRTMIN and info.si_signo in waiting

    # ---- one after the other --------------------------------------------------------------------

    def see_to(self, pid, offer):
        self.offers.setdefault(pid, []).append(offer)
        if len(self.offers[pid]) == 1:
            self._ask_next(pid)

    def _ask_next(self, pid):
        """Ask the next kernel, this one first; when all have refused, the signal stays here."""
        # DOC: offer 1, home asks one kernel after the other, itself first
        offer, me = self.offers[pid][0], self.kernel.name
        kernels = [me, *sorted(self.kernel["threads"].groups[pid].members)]
        left = [kernel for kernel in kernels if kernel not in offer.asked]
        if not left:
            return self._settle(pid, kept=not offer.order)
        offer.asked.append(left[0])
        if offer.order:
            self.kernel.send(left[0], GROUP_ORDER(pid, offer.order, offer.info.si_signo))
        else:
            action = self.action(pid, offer.info.si_signo)
            self.kernel.send(left[0], SIGNAL_OFFER(pid, offer.info, action))
        # DOC: end

    def on_signal_offer(self, source, message):
        # DOC: offer 2, a kernel has a thread for it, or remembers that it waits at home
        pid, info, action = message
        if self.kernel["threads"].unsettled(pid, source, message):
            return
        tid = self._willing(pid, info.si_signo)
        dies = fatal(action, info.si_signo) and not self.awaits(tid, info.si_signo)
        if tid is not None and not dies:  # of that all die, by an order
            self.accept(tid, info, action)
        elif not self.at_home(pid) and self.kernel["threads"].holds(pid):
            self.hints[pid] = self.hints.get(pid, frozenset()) | {info.si_signo}
        self.kernel.send(source, SIGNAL_OFFER_RESPONSE(pid, tid is not None, dies))
        # DOC: end

    def _willing(self, pid, signum):
        """The first thread here that does not block a signal, or waits for just that."""
        threads = self.kernel["threads"]
        if pid not in threads.groups or threads.groups[pid].status is not None:
            return None
        active = threads.of(pid, ACTIVE)
        awaits = [tid for tid in active if self.awaits(tid, signum)]
        open_to_it = [tid for tid in active if signum not in self.blocked(tid)]
        return next(iter(awaits + open_to_it), None)

    def on_signal_offer_response(self, source, message):
        if message.pid not in self.offers:
            return  # the process is gone
        if message.taken:
            self._settle(message.pid, dies=message.dies)
        else:
            self._ask_next(message.pid)

    def _settle(self, pid, kept=False, dies=False):
        """The first signal in line has its place: on to what waited for that."""
        # DOC: offer 3, it has been taken, or stays at home; who sent it goes on
        offer = self.offers[pid].pop(0)
        if kept and not self._waits_already(pid, offer.info):
            self.shared[pid] = (*self.shared.get(pid, ()), offer.info)
        then = None if kept else self.then(pid, offer, dies)
        if then:
            self.offers[pid].insert(0, then)
        else:
            self.answer(offer)
        for claim in self.claims.pop(pid, ()):
            self._grant(pid, *claim)
        # DOC: end
        if self.offers.get(pid):
            self._ask_next(pid)
        else:
            self.offers.pop(pid, None)

    def then(self, pid, offer, dies):
        """What follows from what has been seen to; returns an Offer if it is one."""
        signum = offer.info.si_signo
        if offer.order == "flush":
            return self.tell_tree(pid, signum, *offer.asker)
        if offer.news:
            self.tell_parent(pid, offer)
        action = self.action(pid, signum)
        if offer.order == "continue" and not ignores(action, signum):
            return Offer(offer.info, "", offer.kernel, offer.asker)
        if dies:
            return Offer(offer.info, "kill", offer.kernel, offer.asker)
        if not offer.order:
            self.consume(pid, signum)
        return None

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
        self.kernel.send(source, GROUP_ORDER_RESPONSE(pid))

    def on_group_order_response(self, source, message):
        if message.pid in self.offers:
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

    def claim(self, tid, signums):
        """Ask home for a signal that a thread can take; it begins no call before the answer."""
        task = self.kernel["threads"].tasks[tid]
        task.asks = True
        self.kernel.send(self.kernel.home_of(task.pid), SIGNAL_CLAIM(tid, task.pid, signums))

    def on_signal_claim(self, source, message):
        claim = (source, message.tid, message.signums)
        if message.pid in self.offers:
            self.claims[message.pid] = (*self.claims.get(message.pid, ()), claim)
        else:
            self._grant(message.pid, *claim)

    def _grant(self, pid, kernel, tid, signums):
        # DOC: claim, home gives the signal to who can take it now
        info = self.taken(pid, signums)
        action = info and self.consume(pid, info.si_signo)
        left = frozenset(other.si_signo for other in self.shared.get(pid, ()))
        self.kernel.send(kernel, SIGNAL_CLAIM_RESPONSE(tid, pid, info, action, left))
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
        if task is None or not task.asks:
            return  # it has been killed meanwhile
        task.asks = False
        if self.waits.get(tid, (None,))[0] == "claims":
            return self.claimed(tid, info)
        if info:
            self.accept(tid, info, action)
        self.pass_on(tid)
