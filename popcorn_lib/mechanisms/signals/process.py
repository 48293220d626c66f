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
    NONE,
    STOP,
    Offer,
    Tables,
    for_all,
)
from popcorn_lib.mechanisms.threads.tasks import ACTIVE, SHADOW
from popcorn_lib.messages import GROUP_ORDER, SIGNAL_OFFER, SIGNAL_OFFER_RESPONSE
from popcorn_lib.syscalls import SIGRTMIN

ORDERS = {KILL: "kill", STOP: "stop", CONT: "continue"}
ALONE = ("set", "job", "tell")  # home needs no other kernel of the process for these


class ToProcess(Tables):
    """The part of the signals mechanism in which home finds a thread for a signal."""

    def to_process(self, request):
        """Home: a signal to a process of ours, which may have ended meanwhile."""
        pid, info = request.pid, request.info
        group = self.kernel["threads"].groups.get(pid)
        order = ORDERS.get(info.si_signo, "")
        if group is None or (group.status is not None and pid not in self.offers):
            return self.answer(request)
        inside = info.si_pid and self.kernel["namespaces"].is_init(pid)
        if inside and info.si_signo in NEVER_BLOCKED:  # from outside only
            return self.answer(request)
        self.see_to(pid, Offer(info, order, request.kernel, request.asker))  # or after its end

    def _waiting(self, pid):
        """The signals of a process that wait at home."""
        return {info.si_signo for info in self.shared.get(pid, ())}

    # ---- one after the other --------------------------------------------------------------------

    def see_to(self, pid, offer):
        if offer.order == "continue":
            self.undo_stops(pid)
        self.offers.setdefault(pid, []).append(offer)
        if len(self.offers[pid]) == 1:
            self.ask_next(pid)

    def ask_next(self, pid):
        """Ask the next kernel; when all have refused, the signal stays here."""
        offer = self.offers[pid][0]
        if offer.order in ALONE:
            return self.see_to_alone(pid, offer)
        if not offer.order and offer.info.si_signo in self._waiting(pid):
            return self.settle(pid, kept=True)  # who can take that one asks for it, and for this
        # DOC: offer 1, home asks one kernel after the other, itself first
        kernels = [self.kernel.name, *sorted(self.kernel["threads"].groups[pid].members)]
        left = [kernel for kernel in kernels if kernel not in offer.asked]
        if not left:
            self.settle(pid, kept=not offer.order)
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
            self.settle(message.pid, then=message.then)
        else:
            self.ask_next(message.pid)

    def settle(self, pid, kept=False, then=""):
        """The first signal in line has its place: on to what waited for that."""
        # DOC: offer 3, it has been taken, or stays at home; who sent it goes on
        offer = self.offers[pid].pop(0)
        signum = offer.info.si_signo
        if kept and (signum >= SIGRTMIN or signum not in self._waiting(pid)):  # standard: once
            self.shared[pid] = (*self.shared.get(pid, ()), offer.info)
        following = None if kept else self._following(pid, offer, then)
        if following:
            self.offers[pid].insert(0, following)
            self.hurry(pid)
        else:
            self.answer(offer)
            self.let_go(pid, offer)
        # DOC: end
        if self.offers[pid]:
            return self.ask_next(pid)
        del self.offers[pid]
        self.kernel.again(self.claims.pop(pid, ()))

    def _following(self, pid, offer, then):
        """What is next for a signal that has been seen to: an Offer, or nothing."""
        signum = offer.info.si_signo
        asker = offer.kernel, offer.asker, offer.actor, offer.hurried
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
