"""Message queues: a message goes to the first receiver that waits for its type, or is kept.

The home of a queue keeps the messages and two lines of waiting threads: receivers for whom there
is nothing, senders for whose message there is no room.  A thread that comes later is not behind
those who wait if it finds what it wants, as in Linux.

Invariant.  No receiver waits for a message that is there, no sender for room that is there.

Source.  Linux, ipc/msg.c: pipelined_send, find_msg, ss_wakeup.
"""

import errno

from popcorn_lib.mechanisms.ipc.keys import READ, WRITE, Keys
from popcorn_lib.mechanisms.ipc.tables import Queue, Receiver, Sender
from popcorn_lib.mechanisms.threads.tree import ROOT
from popcorn_lib.syscalls import Failure
from popcorn_lib.syscalls.ipc import (
    IPC_NOWAIT,
    IPC_RMID,
    IPC_SET,
    IPC_STAT,
    MSG_COPY,
    MSG_EXCEPT,
    MSG_NOERROR,
    MSGMAX,
    MSGMNB,
    MsqidDs,
)


class Queues(Keys):
    """The part of the IPC mechanism with messages."""

    # ---- the calls ------------------------------------------------------------------------------

    def sys_msgget(self, tid, key, flags):
        self.ask_key(tid, "msgget", key, flags)

    def sys_msgsnd(self, tid, number, mtype, data, flags):
        if len(data) > MSGMAX or mtype < 1:
            return self.kernel.fail(tid, errno.EINVAL)
        self.ask_home(tid, "msgsnd", number, mtype, flags, data=data)

    def sys_msgrcv(self, tid, number, size, mtype, flags):
        copies_badly = flags & MSG_COPY and (flags & MSG_EXCEPT or not flags & IPC_NOWAIT)
        if size < 0 or copies_badly:
            return self.kernel.fail(tid, errno.EINVAL)
        self.ask_home(tid, "msgrcv", number, size, mtype, flags)

    def sys_msgctl(self, tid, number, command, changes):
        if command not in (IPC_RMID, IPC_SET, IPC_STAT):
            return self.kernel.fail(tid, errno.EINVAL)
        self.ask_home(tid, "msgctl", number, command, changes)

    def do_msgget(self, asker, key, flags):
        return self.get(asker, "queues", key, 0, flags)

    # ---- send -----------------------------------------------------------------------------------

    def do_msgsnd(self, asker, number, mtype, flags, data):
        queue, sender = self.find(asker, "queues", number), Sender(asker, mtype, data)
        if queue is None:
            return Failure(errno.EINVAL)
        result = self._send_or_wait(queue, sender)
        if result is None and flags & IPC_NOWAIT:
            return Failure(errno.EAGAIN)
        if result is None:
            queue.senders.append(sender)
        return result

    def _send_or_wait(self, queue, sender):
        """Send a message: 0, a Failure, or None if there is no room."""
        if not self.may(sender.asker, queue, WRITE):
            return Failure(errno.EACCES)
        if not fits(queue, sender):
            return None
        # DOC: queue send, to the first receiver that takes it, or into the queue
        queue.last_sender = sender.asker.pid
        for receiver in [r for r in queue.receivers if takes(r, sender.mtype)]:
            queue.receivers.remove(receiver)
            result = cut(receiver, (sender.mtype, sender.data))
            self.answer(receiver.asker, result)
            if type(result) is not Failure:  # else too long for this one: on to the next
                queue.last_receiver = receiver.asker.pid
                return 0
        queue.messages.append((sender.mtype, sender.data))
        return 0
        # DOC: end

    # ---- receive --------------------------------------------------------------------------------

    def do_msgrcv(self, asker, number, size, mtype, flags):
        queue, receiver = self.find(asker, "queues", number), Receiver(asker, size, mtype, flags)
        if queue is None:
            return Failure(errno.EINVAL)
        result = self._receive_or_wait(queue, receiver)
        if result is None and flags & IPC_NOWAIT:
            return Failure(errno.ENOMSG)
        if result is None:
            queue.receivers.append(receiver)
        return result

    def _receive_or_wait(self, queue, receiver):
        """Receive a message: (type, data), a Failure, or None if there is none."""
        if not self.may(receiver.asker, queue, READ):
            return Failure(errno.EACCES)
        # DOC: queue receive, the message goes and makes room for others
        place = choice(queue.messages, receiver)
        if place is None:
            return None
        result = cut(receiver, queue.messages[place])
        if type(result) is not Failure and not receiver.flags & MSG_COPY:
            del queue.messages[place]
            queue.last_receiver = receiver.asker.pid
            self._admit_senders(queue)
        return result
        # DOC: end

    def _admit_senders(self, queue):
        """There may be room: whoever's message fits sends it, in the order of arrival."""
        for sender in list(queue.senders):
            if fits(queue, sender):
                queue.senders.remove(sender)
                self.answer(sender.asker, self._send_or_wait(queue, sender))

    def could_go_on(self, item, waiter):
        """Whether a thread that waits for an object could go on; the invariant asks."""
        if isinstance(waiter, Sender):
            return fits(item, waiter)
        return choice(item.messages, waiter) is not None

    # ---- control --------------------------------------------------------------------------------

    def do_msgctl(self, asker, number, command, changes):
        return self.control(asker, "queues", number, command, changes)

    def stat_queues(self, number, queue):
        return MsqidDs(
            queue.perm,
            used(queue),
            len(queue.messages),
            queue.room,
            queue.last_sender,
            queue.last_receiver,
        )

    def set(self, asker, item, changes):
        room = changes.pop("msg_qbytes", None)
        if room is not None and room > MSGMNB and self.user(asker.pid) != ROOT:
            return Failure(errno.EPERM)
        result = super().set(asker, item, changes)
        if room is not None and not result:
            item.room = room
        if result == 0 and isinstance(item, Queue):
            self._look_again(item)
        return result

    def _look_again(self, queue):
        """The mode or the room have changed: some may be excluded now, some may go on."""
        for receiver in list(queue.receivers):
            result = self._receive_or_wait(queue, receiver)
            if result is not None:
                queue.receivers.remove(receiver)
                self.answer(receiver.asker, result)
        self._admit_senders(queue)

    def remove_queues(self, place, queue):
        return self.remove("queues", place)


def used(queue):
    """The bytes of the messages in a queue."""
    return sum(len(data) for _, data in queue.messages)


def fits(queue, sender):
    """Whether there is room for a message; one of no bytes takes room too."""
    room = used(queue) + len(sender.data) <= queue.room
    return room and len(queue.messages) < queue.room


def takes(receiver, mtype):
    """Whether a receiver waits for messages of this type."""
    if receiver.mtype == 0:
        return True
    if receiver.mtype < 0:
        return mtype <= -receiver.mtype
    return (mtype != receiver.mtype) == bool(receiver.flags & MSG_EXCEPT)


def choice(messages, receiver):
    """The place of the message that a receiver gets: the first, or the first of the lowest type."""
    if receiver.flags & MSG_COPY:
        return receiver.mtype if 0 <= receiver.mtype < len(messages) else None
    places = [n for n, (mtype, _) in enumerate(messages) if takes(receiver, mtype)]
    if receiver.mtype < 0:
        places.sort(key=lambda place: messages[place][0])
    return places[0] if places else None


def cut(receiver, message):
    """What a receiver gets of a message: E2BIG if it is too long and may not be cut."""
    mtype, data = message
    if len(data) > receiver.size and not receiver.flags & MSG_NOERROR:
        return Failure(errno.E2BIG)
    return mtype, data[: receiver.size]
