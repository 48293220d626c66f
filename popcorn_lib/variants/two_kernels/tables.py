"""What the two kernels say to each other, and what each keeps of a page."""

from dataclasses import dataclass
from typing import NamedTuple

from popcorn_lib.messages import HIGH, LINE, message

NOT_REPLICATED, WRITTEN, VALID, INVALID = "not replicated", "written", "valid", "invalid"
RIGHTS = {NOT_REPLICATED: "rw", WRITTEN: "rw", VALID: "r", INVALID: ""}


@message("memory")
class DATA_REQUEST(NamedTuple):
    """To the other kernel: let me read or write this page."""

    page: object
    write: bool
    fetch: bool  # the sender has never had the page


@message("memory", size=lambda answer: LINE + answer.size)
class DATA_RESPONSE(NamedTuple):
    """The page itself; `owner`: it is the receiver's from now on, to read and to write."""

    page: object
    data: bytes  # without the zeros at its end
    owner: bool
    size: int  # of a whole page


@message("memory")
class DATA_VOID_RESPONSE(NamedTuple):
    """No data: the page is the receiver's with what it has; or, not `granted`, it is gone."""

    page: object
    granted: bool


@message("memory", HIGH)
class INVALID_DATA(NamedTuple):
    """From the owner: give up your copy, I am going to write."""

    page: object


@message("memory", HIGH)
class ACK_DATA(NamedTuple):
    """To the owner: my copy is gone."""

    page: object


@dataclass
class Replica:
    """What a kernel knows of a page; without one the page is home's alone."""

    status: str
    owner: bool

    def __str__(self):
        return f"{self.status}{', owned here' if self.owner else ''}"


@dataclass
class Fault:
    """This kernel has asked the other for a page, or to give it up, and waits for the answer."""

    write: bool
    held: object = None  # a message of the other about this page, to be handled afterwards


def one_owner(kernels):
    """At most one kernel owns a page."""
    for page in {page for memory in kernels.values() for page in memory.directory}:
        owners = [name for name, memory in kernels.items() if memory.owns(page)]
        place = page.index * kernels[page.home].kernel.boot.page_size
        changing = any(memory.is_changing(page.object, place) for memory in kernels.values())
        if len(owners) > 1 and kernels[page.home].is_backed(page) and not changing:
            return f"{page} is owned by {' and '.join(owners)}"
    return None
