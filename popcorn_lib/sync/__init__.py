"""Synchronisation in user space, built from words and futexes as C libraries build it.

Nothing here belongs to a kernel: each function is a program's own code, called with `yield from`,
and knows only an address.  The names are POSIX's without `pthread_`; a refusal is an `OSError`.

    word = yield sys.mmap(4096)
    yield from mutex_lock(sys, word)

Memory of zeros is ready to use; a barrier needs `barrier_init`, a semaphore starts at 0 without
`sem_init`.  `MUTEX_BYTES` and its kin say how much memory a thing takes.  Timeouts are relative,
in seconds, where POSIX has points in time.
"""

from popcorn_lib.sync.barrier import (
    BARRIER_BYTES,
    BARRIER_SERIAL_THREAD,
    barrier_init,
    barrier_wait,
)
from popcorn_lib.sync.condition import COND_BYTES, cond_broadcast, cond_signal, cond_wait
from popcorn_lib.sync.mutex import (
    MUTEX_BYTES,
    mutex_lock,
    mutex_timedlock,
    mutex_trylock,
    mutex_unlock,
)
from popcorn_lib.sync.once import ONCE_BYTES, once
from popcorn_lib.sync.rwlock import (
    RWLOCK_BYTES,
    rwlock_rdlock,
    rwlock_tryrdlock,
    rwlock_trywrlock,
    rwlock_unlock,
    rwlock_wrlock,
)
from popcorn_lib.sync.semaphore import (
    SEM_BYTES,
    sem_getvalue,
    sem_init,
    sem_post,
    sem_timedwait,
    sem_trywait,
    sem_wait,
)

__all__ = [
    "BARRIER_BYTES",
    "BARRIER_SERIAL_THREAD",
    "COND_BYTES",
    "MUTEX_BYTES",
    "ONCE_BYTES",
    "RWLOCK_BYTES",
    "SEM_BYTES",
    "barrier_init",
    "barrier_wait",
    "cond_broadcast",
    "cond_signal",
    "cond_wait",
    "mutex_lock",
    "mutex_timedlock",
    "mutex_trylock",
    "mutex_unlock",
    "once",
    "rwlock_rdlock",
    "rwlock_tryrdlock",
    "rwlock_trywrlock",
    "rwlock_unlock",
    "rwlock_wrlock",
    "sem_getvalue",
    "sem_init",
    "sem_post",
    "sem_timedwait",
    "sem_trywait",
    "sem_wait",
]
