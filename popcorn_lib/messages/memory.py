"""Memory: areas, pages, copies of address spaces, shared objects."""

from typing import NamedTuple

from popcorn_lib.messages.kind import HIGH, LINE, message


@message("memory")
class VMA_INFO_REQUEST(NamedTuple):
    """To home: what area of your process lies at this address?"""

    pid: int
    address: int


@message("memory")
class VMA_INFO_RESPONSE(NamedTuple):
    """From home: the area, or None."""

    pid: int
    address: int
    area: object


@message("memory")
class VMA_OP_REQUEST(NamedTuple):
    """To home: mmap, munmap, mprotect, shmat or shmdt for thread `tid`."""

    tid: int
    pid: int
    operation: str
    address: int
    length: int
    prot: int
    flags: int
    shown: object = None  # the object of shmat: (home, number)


@message("memory")
class VMA_OP(NamedTuple):
    """From home: make this change too; nothing is left of what lay there, or its rights change."""

    pid: int
    operation: str
    start: int
    end: int
    prot: int


@message("memory")
class VMA_ACK(NamedTuple):
    """To home: the change has been made here, or the copy of the address space, or counted."""

    pid: int


@message("memory")
class VMA_OP_RESPONSE(NamedTuple):
    """From home: every other kernel has made the change; the caller's may."""

    tid: int
    operation: str
    start: int
    end: int
    prot: int
    area: object  # what a mapping has made
    errno: int


@message("memory")
class REMOTE_PAGE_REQUEST(NamedTuple):
    """To home: give me this page, to read or to write.  From home to an owner: I need its data."""

    page: object
    write: bool


@message("memory", HIGH)
class PAGE_INVALIDATE_REQUEST(NamedTuple):
    """From home: drop your copy, another kernel will write."""

    page: object


@message("memory", HIGH)
class PAGE_INVALIDATE_RESPONSE(NamedTuple):
    """To home: my copy is gone."""

    page: object


@message("memory", size=lambda answer: LINE + answer.size)
class REMOTE_PAGE_RESPONSE(NamedTuple):
    """The page itself."""

    page: object
    data: bytes  # without the zeros at its end
    write: bool
    size: int  # of a whole page


@message("memory")
class REMOTE_PAGE_RESPONSE_SHORT(NamedTuple):
    """From home without a page: "granted" (use your copy), "retry" or "gone"."""

    page: object
    what: str


@message("memory")
class FORK_REQUEST(NamedTuple):
    """To home: thread `tid` forks; tell me the layout and keep it as it is until my VMA_ACK."""

    tid: int
    pid: int
    child: int


@message("memory", size=lambda answer: LINE + 48 * len(answer.areas) + 8 * len(answer.pages))
class FORK_LAYOUT(NamedTuple):
    """From home: areas of the process, and which of its private pages have been touched."""

    tid: int
    areas: tuple
    pages: tuple  # their places in the process's private memory
    more: bool


@message("memory")
class OBJECT_HOLD(NamedTuple):
    """To the home of a shared object: this process maps it too."""

    object: int
    pid: int


@message("memory")
class OBJECT_RELEASE(NamedTuple):
    """To the home of a shared object: of this mapping of a process nothing is left."""

    object: int
    pid: int
    acknowledged: bool  # by a VMA_ACK


@message("memory")
class OBJECT_GONE(NamedTuple):
    """From the home of a shared object: nobody maps it any more, forget its pages."""

    object: int


@message("memory")
class OBJECT_GONE_ACK(NamedTuple):
    """To the home of a shared object: forgotten."""

    object: int
