"""The kernels of those who call: they send the call to its home and keep the thread waiting.

There is exactly one answer to each request.  A wait that is cut short asks for it: if the thread
still stands in a queue the answer is EINTR, else the real one is on its way already.  Request and
cancel of one kernel stay in order, so a cancel can never meet a later wait of the same thread.
"""

import errno

from popcorn_lib.kernel import FINAL, KERNEL_SHIFT
from popcorn_lib.mechanisms.ipc.tables import Asker, Tables, Wait
from popcorn_lib.messages import IPC_CANCEL, IPC_DATA, IPC_REQUEST, IPC_RESPONSE
from popcorn_lib.syscalls import Failure

PART = 2048  # bytes or values of data in one message


class Asking(Tables):
    """The part of the IPC mechanism between threads and homes."""

    def namespace_of(self, tid):
        """The IPC namespace of a thread, and its authority: the kernel that keeps its keys."""
        return self.kernel["namespaces"].ipc_of(tid)

    def home_of_id(self, number):
        """The kernel that an id names; None if it names none."""
        index = number >> KERNEL_SHIFT
        kernels = self.kernel.boot.kernels
        return kernels[index] if 0 <= index < len(kernels) else None

    # ---- there ----------------------------------------------------------------------------------

    def ask_key(self, tid, call, *args):
        """A call about a key goes to the authority of the caller's namespace."""
        # DOC: ipc 1, a key is looked up by one kernel, an id names its home
        _, authority = self.namespace_of(tid)
        self._send(tid, authority, call, args)

    def ask_home(self, tid, call, number, *args, data=None, details=()):
        """A call about an id goes to the kernel that it names; data comes last at home."""
        home = self.home_of_id(number)
        if home is None:
            return self.kernel.fail(tid, errno.EINVAL)
        self._send(tid, home, call, (number, *args), data, details)
        # DOC: end

    def _send(self, tid, home, call, args, data=None, details=()):
        pid, _ = self.kernel["threads"].process_of(tid)
        self.waits[tid] = Wait(call, home, details)
        namespace, _ = self.namespace_of(tid)
        self._send_parts(home, IPC_REQUEST(tid, pid, namespace, call, args, data))

    def _send_parts(self, kernel, message):
        """What is too long for one message goes in parts, the last of them in the message."""
        while message.data and len(message.data) > PART:
            self.kernel.send(kernel, IPC_DATA(message.tid, message.data[:PART]))
            message = message._replace(data=message.data[PART:])
        self.kernel.send(kernel, message)

    def on_ipc_data(self, source, message):
        self.parts[source, message.tid] = self._whole(source, message)

    def _whole(self, source, message):
        """The data of a message behind the parts that came before it."""
        return self.parts.pop((source, message.tid), message.data[:0]) + message.data

    def on_ipc_request(self, source, message):
        # DOC: ipc 2, the home answers, or lets the thread wait
        asker = Asker(source, message.tid, message.pid, message.namespace)
        data = () if message.data is None else (self._whole(source, message),)
        self.kernel.work("lock", ("ipc", *message.args[:1]))
        self.kernel.work("copy", sum(map(len, data)))
        result = getattr(self, "do_" + message.call)(asker, *message.args, *data)
        self.kernel.work("unlock", ("ipc", *message.args[:1]))
        if result is not None:  # else it waits
            self.answer(asker, result)
        # DOC: end

    # ---- and back -------------------------------------------------------------------------------

    def answer(self, asker, result):
        """Tell a thread's kernel the result of its call, which may be a Failure."""
        number, data = 0, None
        if type(result) is Failure:
            result, number = None, result.errno
        elif type(result) is tuple:  # (type, data) of a message, or values
            result, data = result if type(result[-1]) is bytes else (None, result)
        self._send_parts(asker.kernel, IPC_RESPONSE(asker.tid, result, number, data))

    def on_ipc_response(self, source, message):
        # DOC: ipc 3, the thread goes on
        wait, result = self.waits.pop(message.tid), message.result
        if message.data is not None:
            data = self._whole(source, message)
            result = data if result is None else (result, data)
        if message.errno:
            self.kernel.fail(message.tid, message.errno)
        elif wait.call == "shmat":
            self.map_segment(message.tid, source, result, *wait.details)
        else:
            self.kernel.resume(message.tid, result)
        # DOC: end

    # ---- a wait is cut short --------------------------------------------------------------------

    def interrupt(self, tid):
        wait = self.waits.get(tid)
        if wait is None:
            return False
        if wait.call in ("semop", "msgsnd", "msgrcv") and not wait.cancelled:
            wait.cancelled = True
            self.kernel.send(wait.home, IPC_CANCEL(tid))
        return FINAL

    def on_ipc_cancel(self, source, message):
        # DOC: ipc cancel, who still waits is taken out and told EINTR
        for line in self.lines():
            for waiter in line:
                if waiter.asker[:2] == (source, message.tid):
                    line.remove(waiter)
                    return self.answer(waiter.asker, Failure(errno.EINTR))
        # DOC: end

    def lines(self):
        """Every list of waiters on this kernel."""
        lines = [line for item in self.queues.values() for line in (item.receivers, item.senders)]
        return lines + [item.waiting for item in self.sets.values()]
