"""What is done on a signal: one table per process, at its home, for all its threads.

A kernel with a signal for one of its threads asks home what to do with it; so a sigaction is done
when home has done it, which is not before the signals that came earlier have found their place.
"""

import errno

from popcorn_lib.mechanisms.signals.tables import (
    CHLD,
    DFL,
    IGN,
    KILL,
    NEVER_BLOCKED,
    NOBODY,
    SIGNUMS,
    STOP,
    Act,
    Asked,
    Offer,
    Tables,
    for_all,
    ignores,
    put,
)
from popcorn_lib.messages import (
    ACTIONS_REQUEST,
    ACTIONS_RESPONSE,
    CHILD_POLICY,
    SIGACTION_REQUEST,
    SIGACTION_RESPONSE,
    SIGNAL_ACTION_REQUEST,
    SIGNAL_ACTION_RESPONSE,
)
from popcorn_lib.syscalls import (
    SA_NOCLDSTOP,
    SA_NOCLDWAIT,
    SA_RESETHAND,
    Siginfo,
)


class Action(Tables):
    """The part of the signals mechanism that knows what is done on them."""

    def action(self, pid, signum):
        """Home: what is done on a signal."""
        return self.actions.get(pid, {}).get(signum, Act())

    def effective(self, pid, signum):
        """Home: the same, but that the init of a PID namespace dies and stops of no signal."""
        action = self.action(pid, signum)
        spared = action.handler == DFL and self.kernel["namespaces"].is_init(pid)
        return action._replace(handler=IGN) if spared else action

    def consume(self, pid, signum):
        """Home: the same, for a signal that is acted upon now: SA_RESETHAND is for once."""
        action = self.effective(pid, signum)
        if action.flags & SA_RESETHAND:
            self._set(pid, signum, Act())
        return action

    def judge(self, pid, info, asker, actor):
        """Home: what thread `actor` is to do on its signal; None if all of its process obeys."""
        action = self.consume(pid, info.si_signo)
        order = for_all(action, info.si_signo)
        if order:
            self.see_to(pid, Offer(info, order, *asker, actor=actor))
        return None if order else action

    def _set(self, pid, signum, action):
        actions = self.actions.setdefault(pid, {})
        put(actions, signum, None if action == Act() else action)
        put(self.actions, pid, actions)

    # ---- sigaction ------------------------------------------------------------------------------

    def sys_sigaction(self, tid, handler, signum, flags, mask):
        if signum not in SIGNUMS or (handler is not None and signum in (KILL, STOP)):
            return self.kernel.fail(tid, errno.EINVAL)
        action = None if handler is None else Act(handler, flags, mask - NEVER_BLOCKED)
        pid, home = self.kernel["threads"].process_of(tid)
        self.waits[tid] = ("sigaction", None)
        self.kernel.send(home, SIGACTION_REQUEST(tid, pid, signum, action))

    def on_sigaction_request(self, source, message):
        tid, pid, signum, action = message
        self.see_to(pid, Offer(Siginfo(signum), "set", asker=(source, tid, action)))

    def set_action(self, pid, offer):
        """Home: it is this sigaction's turn; returns an Offer if something is to be done first."""
        signum, (source, tid, action) = offer.info.si_signo, offer.asker
        old = self.action(pid, signum)
        if action is None:
            self.kernel.send(source, SIGACTION_RESPONSE(tid, old))
            return None
        self._set(pid, signum, action)
        if ignores(action, signum):  # then nothing of it may wait any longer, anywhere
            return Offer(offer.info, "flush", asker=(source, tid, old))
        self.tell_tree(pid, signum, source, tid, old)
        return None

    def tell_tree(self, pid, signum, kernel, tid, old):
        """Init's kernel must know how a process wants to hear of its children."""
        if signum != CHLD:
            return self.kernel.send(kernel, SIGACTION_RESPONSE(tid, old))
        now = self.action(pid, signum)
        reaps = now.handler == IGN or bool(now.flags & SA_NOCLDWAIT)
        policy = CHILD_POLICY(pid, reaps, bool(now.flags & SA_NOCLDSTOP), kernel, tid, old)
        self.kernel.send(self.kernel["threads"].init, policy)

    def on_sigaction_response(self, source, message):
        del self.waits[message.tid]
        self.kernel.resume(message.tid, tuple(message.action))

    def order_flush(self, pid, signum):
        """What is ignored from now on does not wait any longer."""
        self.take_back(pid, (signum,))

    # ---- what home is asked ---------------------------------------------------------------------

    def ask_home(self, tid, info, asker=NOBODY, fault=False):
        """What to do with a signal?  The thread begins no call before the answer."""
        pid, home = self.kernel["threads"].process_of(tid)
        if fault:  # of the call that it is in
            self.waits[tid] = ("fault", info)
        else:
            self.kernel["threads"].tasks[tid].asks = True
        self.kernel.send(home, SIGNAL_ACTION_REQUEST(tid, pid, info, fault, *asker))

    def on_signal_action_request(self, source, message):
        tid, pid, info, fault, *asker = message
        if pid not in self.kernel["threads"].groups:
            return self.answer(Asked(*asker))
        if self.undone(pid, source, info):
            return self.advise(source, message, Act(IGN))
        if pid in self.offers:
            return self.put_off(pid, source, message)
        if fault:
            action = self.consume(pid, info.si_signo)
        else:
            action = self.judge(pid, info, asker, (source, tid))
        if action:
            self.advise(source, message, action)

    def advise(self, source, message, action):
        """Answer a question about a signal."""
        tid, pid, info, fault, *asker = message
        self.kernel.send(source, SIGNAL_ACTION_RESPONSE(tid, pid, info, action, fault, *asker))

    def on_signal_action_response(self, source, message):
        tid, pid, info, action, fault, *asker = message
        self.answer(Asked(*asker))
        task = self.kernel["threads"].tasks.get(tid)
        if task is None or task.pid != pid:
            return  # it has been killed meanwhile
        if fault:
            del self.waits[tid]
            return self.faulted(tid, info, action)
        task.asks = False
        taken_back = info not in self.pending.get(tid, ())
        if not taken_back and self.can_act(tid) and info.si_signo not in self.blocked(tid):
            self.act_on(tid, info, action)  # else another has come before it
        self.pass_on(tid)

    def pass_on(self, tid):
        """The thread may begin its call, if nothing else is being asked."""
        threads = self.kernel["threads"]
        if tid in threads.tasks and not threads.tasks[tid].asks:
            threads.open_gate(tid)
            self.look(tid)

    # ---- faults ---------------------------------------------------------------------------------

    def fault(self, tid, info):
        """The thread has done what a signal answers, in the middle of a call."""
        if self.kernel["threads"].halts(tid):
            return  # it does it again later, if at all
        pid = self.kernel["threads"].tasks[tid].pid
        if info.si_signo in self.blocked(tid):
            self.kernel["threads"].fatal(tid, info.si_signo)
        elif self.at_home(pid) and pid not in self.offers:
            self.faulted(tid, info, self.consume(pid, info.si_signo))
        else:
            self.ask_home(tid, info, fault=True)

    def faulted(self, tid, info, action):
        """A handler that returns lets the thread try again."""
        threads = self.kernel["threads"]
        if action.handler in (DFL, IGN):
            threads.fatal(tid, info.si_signo)
        elif not threads.dies_instead(tid):
            ready = self.unready(tid)
            self.kernel.effect("restart", tid)
            self.run_handler(tid, info, action, self.blocked(tid))
            if ready:  # another one has come meanwhile: it goes on top of this
                self.run_handler(tid, ready.info, ready.action, self.blocked(tid))

    def raise_here(self, tid, signum):
        """The thread's own call makes a signal for it; say so when the call has its result."""
        threads = self.kernel["threads"]
        if tid in threads.tasks:
            self.accept(tid, Siginfo(signum, si_pid=self.kernel["namespaces"].pid_of(tid)))

    # ---- fork -----------------------------------------------------------------------------------

    def fork(self, tid, child, flags):
        pid, home = self.kernel["threads"].process_of(tid)
        if home == self.kernel.name:
            put(self.actions, child, dict(self.actions.get(pid, {})))
            return False
        self.kernel.send(home, ACTIONS_REQUEST(tid, pid, child))
        return True

    def on_actions_request(self, source, message):
        actions = self.actions.get(message.pid, {})
        told = tuple(sorted(actions.items()))
        self.kernel.send(source, ACTIONS_RESPONSE(message.tid, message.child, told))

    def on_actions_response(self, source, message):
        put(self.actions, message.child, dict(message.actions))
        self.kernel["threads"].forked(message.tid)
