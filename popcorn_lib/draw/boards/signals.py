"""The board of signals: which are pending, blocked and handled, for whom, on which kernel.

A thread has a row while it blocks or handles signals, or one is pending for it or on its way to it;
a process has one while a signal to it waits at home or is on its way, or while it is stopped.
A signal that has come too early waits at the shadow, until the pairing says where the thread is.
"""

import re

from popcorn_lib.draw.boards.board import DEAD, Board, moments
from popcorn_lib.draw.story import thread_name
from popcorn_lib.draw.words import listed
from popcorn_lib.mechanisms.signals.tables import Tables, name_of, said

COME = ("REMOTE_KILL_REQUEST", "SIGNAL_OFFER")  # the messages that bring a signal
EMPTY = ("", "")
KINDS = {  # the first that holds gives a cell its glyph
    "sent": ("M-6-8h12v2h-12zM0 7l-7-9h14z", "signals", "is on its way to this kernel"),
    "held": ("M-7-7h3v14h-3zM4-7h3v14h-3zM-2.5-3h5v6h-5z", "signals", "waits for the pairing"),
    "handler": ("M-6-6l12 6l-12 6z", "signals", "a handler runs"),
    "acts": ("M-5-6h10l-4 6l4 6h-10l4-6z", "signals", "acts as soon as its call lets it go"),
    "pending": ("M0-8l8 8l-8 8l-8-8z", "signals", "pending with the thread"),
    "home": ("M0-8.5l8 7v9h-16v-9z", "signals", "pending at home, for any thread"),
    "offered": ("M-8-3h8v-5l8 8l-8 8v-5h-8z", "signals", "home offers it"),
    "stopped": ("M-6-7h4v14h-4zM2-7h4v14h-4z", "signals", "is stopped"),
    "blocks": ("M-7-7h14v14h-14zM-4.5-4.5v9h9v-9z", "signals", "blocks signals"),
}


class Signals(Board):
    """A row per thread and per process with anything to tell, a column per kernel."""

    name, title, mechanism = "signals", "signals: pending, blocked, handled", "signals"
    reads, kinds = Tables, KINDS | DEAD

    def key(self, story, index):
        """Signals come and wait without a change of these tables: no two events are alike."""
        return index

    def table(self, story, index):
        notes, dead = {}, moments(story).dead(index)
        for who, kernel, kind, text in self._notes(story, index):
            notes.setdefault(who, {}).setdefault(kernel, []).append((kind, text))
        return tuple(
            (who, tuple(_cell(notes[who].get(name), name in dead) for name in story.kernels))
            for who in sorted(notes)
        )

    def _notes(self, story, index):
        """(who, kernel, kind, text) of all that there is to tell."""
        threads = moments(story).tables(index, "threads")
        for name, signals in self.tables(story, index).items():
            yield from of_threads(name, signals)
            yield from of_processes(name, signals)
            yield from of_tasks(name, threads[name])
        for message in story.flying(index):
            if message.kind in COME:
                yield whom(message), message.destination, "sent", f"from {message.source}"

    def say(self, story, index):
        told = [
            f"{who}: "
            + listed(
                f"{text} on {name}"
                for name, (_, text) in zip(story.kernels, cells, strict=True)
                if text
            )
            for who, cells in self.rows(story, index)
        ]
        return f"{'; '.join(told) or 'No signal is pending, blocked or handled'}."


SIGNALS = Signals()


def of_threads(name, signals):
    """What a kernel's tables say of its threads' signals."""
    for tid, frames in signals.frames.items():
        many = "a handler" if len(frames) == 1 else f"{len(frames)} handlers"
        yield thread_name(tid), name, "handler", f"runs {many}"
    for tid, ready in signals.ready.items():
        yield thread_name(tid), name, "acts", f"acts on {name_of(ready.info.si_signo)}"
    for tid, infos in signals.pending.items():
        yield thread_name(tid), name, "pending", f"pending {numbered(infos)}"
    for tid, mask in signals.masks.items():
        yield thread_name(tid), name, "blocks", f"blocks {said(mask)}"


def of_processes(name, signals):
    """What a home's tables say of signals to whole processes."""
    for pid, infos in signals.shared.items():
        yield process_name(pid), name, "home", f"pending {numbered(infos)}"
    for pid, offers in signals.offers.items():
        told = listed(offer.order or name_of(offer.info.si_signo) for offer in offers)
        yield process_name(pid), name, "offered", f"tells: {told}"


def of_tasks(name, threads):
    """What waits at tasks whose thread is on its way, and who is stopped."""
    for tid, task in threads.tasks.items():
        if any(message.kind in COME for _, message in task.held):
            yield thread_name(tid), name, "held", "waits for the pairing"
    for pid, group in threads.groups.items():
        if group.stopped:
            yield process_name(pid), name, "stopped", f"stopped by {name_of(group.stopped)}"


def numbered(infos):
    """Pending signals in the order in which they came: SIGUSR1, SIGRT+0 (1), SIGRT+0 (2)."""
    return ", ".join(
        name_of(info.si_signo) + (f" ({info.si_value})" if info.si_value else "") for info in infos
    )


def process_name(pid):
    """A process, told from its first thread."""
    return f"process {thread_name(pid)}"


def whom(message):
    """The thread or the process that a message on its way is for."""
    if message.kind == "REMOTE_KILL_REQUEST" and message.tid:
        return thread_name(message.tid)
    found = re.search(r"pid=([^,)]+)", message.text)  # what a fault has doubled says no more of it
    return f"process {found[1]}" if found else "a process"


def _cell(notes, dead):
    if not notes:
        return EMPTY
    kinds = [kind for kind, _ in notes]
    kind = "dead" if dead else next(kind for kind in KINDS if kind in kinds)
    return kind, ", ".join(dict.fromkeys(text for _, text in notes))
