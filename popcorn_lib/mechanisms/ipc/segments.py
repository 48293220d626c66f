"""Segments: shared memory with an id, which outlives who made it.

The idea.  A segment is a memory object whose home is the segment's home: its pages go through the
page protocol as all others do, and the object's table of holders counts who has attached it.  A
segment holds its object once itself, until IPC_RMID; then the last attachment takes it away.

An attachment is counted before it is mapped, and given back after every kernel has unmapped it and
before the call returns; a fork waits until the child's are counted; at a process's end they are
given back before init's kernel, which tells the parent, hears of it.  So `shm_nattch` is true.

Messages.  shmat: IPC_REQUEST and IPC_RESPONSE, then as for mmap; shmdt: as for munmap, then
OBJECT_RELEASE and VMA_ACK; SHM_FENCE and SHM_FENCE_RESPONSE where three kernels share a fork.

Invariant.  What a process has attached is counted at the segment's home.

Source.  Linux, ipc/shm.c.  There the pages belong to a file in memory; here the page directory is
on the segment's home and not on its maker's kernel, so that count and pages have one home.
"""

import errno
from mmap import PROT_EXEC, PROT_READ, PROT_WRITE

from popcorn_lib.mechanisms.ipc.keys import EXECUTE, READ, WRITE
from popcorn_lib.mechanisms.ipc.semaphores import Semaphores
from popcorn_lib.mechanisms.memory.areas import LIMIT, is_segment, segment_object
from popcorn_lib.messages import SHM_FENCE, SHM_FENCE_RESPONSE
from popcorn_lib.syscalls import MAP_FIXED, MAP_FIXED_NOREPLACE, Failure
from popcorn_lib.syscalls.ipc import (
    IPC_CREAT,
    IPC_PRIVATE,
    IPC_RMID,
    IPC_SET,
    IPC_STAT,
    SHM_DEST,
    SHM_EXEC,
    SHM_LOCK,
    SHM_LOCKED,
    SHM_RDONLY,
    SHM_REMAP,
    SHM_RND,
    SHM_UNLOCK,
    SHMMAX,
    SHMMIN,
    ShmidDs,
)


class Segments(Semaphores):
    """The part of the IPC mechanism with shared memory."""

    # ---- get ------------------------------------------------------------------------------------

    def sys_shmget(self, tid, key, size, flags):
        self.ask_key(tid, "shmget", key, size, flags)

    def do_shmget(self, asker, key, size, flags):
        old = self.find_key(asker.namespace, "segments", key)
        if old is None and (flags & IPC_CREAT or key == IPC_PRIVATE):
            if not SHMMIN <= size <= SHMMAX:
                return Failure(errno.EINVAL)
            if size > LIMIT:
                return Failure(errno.ENOMEM)
        return self.get(asker, "segments", key, size % (1 << 64), flags)  # a size_t

    def make(self, asker, kind, key, size, flags):
        number = super().make(asker, kind, key, size, flags)
        if kind == "segments" and type(number) is not Failure:
            self.kernel["memory"].hold_itself(segment_object(number))
        return number

    def is_free(self, kind, number, used):
        if kind != "segments":
            return super().is_free(kind, number, used)
        return number not in used and self.kernel["memory"].is_unused(segment_object(number))

    def find(self, asker, kind, number):
        item = super().find(asker, kind, number)
        if kind == "segments" and item and item.removed and not self._attached(number):
            return None  # its pages are still on their way home
        return item

    def _attached(self, number):
        return self.kernel["memory"].attachments(segment_object(number))

    # ---- attach ---------------------------------------------------------------------------------

    def sys_shmat(self, tid, number, address, flags):
        if address and flags & SHM_RND:
            address -= address % self.kernel.boot.page_size
            crooked = address == 0 and flags & SHM_REMAP
        else:
            crooked = address % self.kernel.boot.page_size or (not address and flags & SHM_REMAP)
        if crooked or address < 0:
            return self.kernel.fail(tid, errno.EINVAL)
        self.ask_home(tid, "shmat", number, flags, details=(number, address, flags))

    def do_shmat(self, asker, number, flags):
        segment = self.find(asker, "segments", number)
        if segment is None:
            return Failure(errno.EINVAL)
        wanted = READ if flags & SHM_RDONLY else READ | WRITE
        if not self.may(asker, segment, wanted | (EXECUTE if flags & SHM_EXEC else 0)):
            return Failure(errno.EACCES)
        # DOC: segment attach 1, its home counts the attachment
        self.kernel["memory"].count(segment_object(number), asker.pid, 1)
        segment.last = asker.pid
        return segment.size
        # DOC: end

    def map_segment(self, tid, home, size, number, address, flags):
        """The caller's kernel: the attachment is counted, and mapped as any other area."""
        # DOC: segment attach 2, the process's home maps it
        prot = PROT_READ | (0 if flags & SHM_RDONLY else PROT_WRITE)
        prot |= PROT_EXEC if flags & SHM_EXEC else 0
        there = MAP_FIXED if flags & SHM_REMAP else MAP_FIXED_NOREPLACE
        shown = (home, segment_object(number))
        self.kernel["memory"].attach(tid, shown, size, prot, address, there if address else 0)
        # DOC: end

    # ---- detach ---------------------------------------------------------------------------------

    def sys_shmdt(self, tid, address):
        if address % self.kernel.boot.page_size or not 0 <= address < LIMIT:
            return self.kernel.fail(tid, errno.EINVAL)
        self.kernel["memory"].detach(tid, address)

    def detached(self, object, pid):
        """Memory: a process has let go of a segment of this kernel."""
        self._of(object)[1].last = pid

    def gone(self, object):
        """Memory: nobody holds a segment of this kernel any more, nor does it itself."""
        del self.segments[self._of(object)[0]]

    def _of(self, object):
        """The segment of this kernel that a memory object belongs to: (place, segment)."""
        items = self.segments.items()
        return next(item for item in items if segment_object(item[0][1]) == object)

    # ---- fork -----------------------------------------------------------------------------------

    def fork(self, tid, child, flags):
        """The child's attachments are on their way from the process's home to the segments'."""
        _, home = self.kernel["threads"].process_of(tid)
        areas = self.kernel["memory"].layout(child)
        homes = {area.home for area in areas if is_segment(area.object)}
        if not homes - {self.kernel.name, home} or home == self.kernel.name:
            return False  # a message of ours comes behind that news in any case
        self.kernel.send(home, SHM_FENCE(tid, self.kernel.name))
        return True

    def on_shm_fence(self, source, message):
        home = self.kernel["threads"].init  # of all segments
        if home != self.kernel.name:
            self.kernel.send(home, message)
        else:
            self.kernel.send(message.kernel, SHM_FENCE_RESPONSE(message.tid))

    def on_shm_fence_response(self, source, message):
        self.kernel["threads"].forked(message.tid)

    # ---- control --------------------------------------------------------------------------------

    def sys_shmctl(self, tid, number, command, changes):
        if command not in (IPC_RMID, IPC_SET, IPC_STAT, SHM_LOCK, SHM_UNLOCK):
            return self.kernel.fail(tid, errno.EINVAL)
        self.ask_home(tid, "shmctl", number, command, changes)

    def do_shmctl(self, asker, number, command, changes):
        if command not in (SHM_LOCK, SHM_UNLOCK):
            return self.control(asker, "segments", number, command, changes)
        segment = self.find(asker, "segments", number)
        if segment is None:
            return Failure(errno.EINVAL)
        if not self.owns(asker, segment):
            return Failure(errno.EPERM)
        mode = segment.perm.mode & ~SHM_LOCKED | (SHM_LOCKED if command == SHM_LOCK else 0)
        segment.perm = segment.perm._replace(mode=mode)
        return 0

    def stat_segments(self, number, segment):
        attached = self._attached(number)
        return ShmidDs(segment.perm, segment.size, segment.creator, segment.last, attached)

    def remove_segments(self, place, segment):
        """Its key goes at once, the segment with its last attachment."""
        # DOC: segment remove, now or with the last attachment
        if not segment.removed:
            mode = segment.perm.mode | SHM_DEST
            segment.perm = segment.perm._replace(key=IPC_PRIVATE, mode=mode)
            self.kernel["memory"].let_itself_go(segment_object(place[1]))
        return 0
        # DOC: end
