"""A signal to one thread: after it, along its shadows."""

import errno

from popcorn_lib.mechanisms.signals.tables import Asked, Tables
from popcorn_lib.mechanisms.threads.tasks import ACTIVE, LEAVING, SHADOW
from popcorn_lib.messages import REMOTE_KILL_RESPONSE


class ToThread(Tables):
    """The part of the signals mechanism that finds a thread."""

    def on_remote_kill_request(self, source, message):
        if not message.tid:
            return self.to_process(message)
        task = self.kernel["threads"].tasks.get(message.tid)
        home = self.kernel.home_of(message.tid)
        # DOC: signal a thread, the request follows the shadows
        if task is None and self.kernel.name != home:
            self.kernel.send(home, message)
        elif task and task.status == LEAVING:
            task.held.append((source, message))
        elif task and task.status == SHADOW:
            self.kernel.send(task.next, message)
        else:
            self.take(message, task)
        # DOC: end

    def take(self, message, task):
        """Here the thread is active, or nowhere."""
        here = task and task.status == ACTIVE and message.pid in (0, task.pid)
        if not here:
            return self.answer(message, errno.ESRCH)
        asker = Asked(message.kernel, message.asker)
        if not message.info.si_signo:
            self.answer(asker, 0, task.pid)
        elif not self.accept(message.tid, message.info, asker=asker):
            self.answer(asker)

    def answer(self, request, number=0, pid=0):
        """Tell who sent a signal, if anybody waits; request: a message, an Offer or an Asked."""
        if request.kernel:
            answer = REMOTE_KILL_RESPONSE(request.asker, pid, number)
            self.kernel.send(request.kernel, answer)
