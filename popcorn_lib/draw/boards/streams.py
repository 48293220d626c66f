"""The board of streams: each end of a connection, where it is and how far its bytes have come.

The numbers are the positions of the protocol, without the SYN and the FIN, which have positions and
are no bytes.  While a connection is handed over it is whole inside a message and in no table: then
its numbers are those with which it has left, for nothing can change them on the way.
"""

from popcorn_lib.draw.boards.board import DEAD, Board, moments
from popcorn_lib.draw.words import counted
from popcorn_lib.mechanisms.sockets.tables import (
    ESTABLISHED,
    NEW,
    RESETTING,
    SYN_RECEIVED,
    SYN_SENT,
    Tables,
    Tcp,
)

COLUMNS = ("held by", "sent", "acknowledged", "unread", "streams")
BOX = "M-8-6h16v12h-16zM-6-4v8h12v-8z"
KINDS = {
    "has": ("M-7-7h14v14h-14z", "sockets", "the kernel that has it"),
    "steers": ("M-7-7h14v14h-14zM-5-5v10h10v-10z", "sockets", "has come, late segments follow"),
    "moves": ("M-7-6l7 6l-7 6zM1-6l7 6l-7 6z", "sockets", "in hand-over"),
    "bytes": ("M-8-1.5h16v3h-16z", "line", "bytes"),
    "unacknowledged": ("M-8-1.5h9v3h-9zM3-1.5h5v3h-5z", "sockets", "fewer than sent"),
    "unread": (BOX + "M-4-2h8v4h-8z", "sockets", "bytes wait for a reader"),
    "opening": ("M-8-1.5h5v3h-5zM3-1.5h5v3h-5z", "sockets", "is being made"),
    "open": ("M-8-5h10v-3l6 5l-6 5v-3h-10zM8 6h-10v3l-6-5l6-5v3h10z", "sockets", "both open"),
    "mute": ("M8-2h-10v-5l-6 7l6 7v-5h10z", "sockets", "half-closed, has ended its own"),
    "eof": ("M-8-2h10v-5l6 7l-6 7v-5h-10z", "sockets", "half-closed, the other has ended"),
    "closed": ("M-6-7h4v14h-4zM2-7h4v14h-4z", "sockets", "both ended"),
    "reset": ("M-8 0l6-1.5l2-6.5l2 6.5l6 1.5l-6 1.5l-2 6.5l-2-6.5z", "sockets", "broken off"),
}


class Streams(Board):
    """A row per end of a connection; columns say where it is and how far."""

    name, title, mechanism, reads = "streams", "connections", "sockets", Tables
    kinds = KINDS | DEAD

    def columns(self, story):
        return COLUMNS

    def table(self, story, index):
        rows, dead = {}, moments(story).dead(index)
        for ref, (file, cell) in sorted(self.ends(story, index).items()):
            head = named(file)
            head = f"{head} ({ref})" if head in rows else head
            rows[head] = ("dead" if cell[1] in dead else cell[0], cell[1]), *of_end(file)
        return tuple(rows.items())

    def ends(self, story, index):
        """{Ref: (Tcp, (kind, words) of where it is)} after an event."""
        views, found = self.tables(story, index), {}
        for old, sockets in views.items():
            for ref, leaving in sockets.leaving.items():
                file = self._as_it_left(story, index, ref)
                if is_end(file):  # and no socket of datagrams, which some variants move
                    found[ref] = file, ("moves", f"{old} → {leaving.to}")
        for name, sockets in views.items():
            for ref, file in sockets.files.items():
                if is_end(file):
                    late = "" if file.settled else ", hand-over not settled"
                    found[ref] = file, ("has" if file.settled else "steers", name + late)
        return found

    def _as_it_left(self, story, index, ref):
        """An end as the last kernel had it; None if the trace does not show that."""
        for earlier in range(index - 1, -1, -1):
            for sockets in self.tables(story, earlier).values():
                if ref in sockets.files:
                    return sockets.files[ref]
        return None

    def say(self, story, index):
        told = []
        for head, cells in self.rows(story, index):
            at, sends, known, unread, stand = (text for _, text in cells)
            known = known or "an unknown number"
            told.append(
                f"{head} on {at}: {sends} sent, {known} acknowledged, {unread} unread, {stand}"
            )
        return f"{'; '.join(told) or 'There is no connection'}."


STREAMS = Streams()


def is_end(file):
    """Whether an open file is, or was, one end of a connection."""
    return isinstance(file, Tcp) and file.remote is not None and file.state != NEW


def named(file):
    """From where to where an end sends."""
    here, there = (f"{host}:{port}" for host, port in (file.local, file.remote))
    return f"{here} → {there}" + (f" in network {file.net}" if file.net else "")


def sent(file):
    """How many bytes it has sent: the SYN came before them, the FIN behind."""
    return max(file.snd_nxt - 1 - file.fin_sent, 0)


def acknowledged(file):
    """How many of them the other end has, as far as this one knows."""
    ended = file.fin is not None and file.snd_una > file.fin
    return max(file.snd_una - 1 - ended, 0)


def broken(file):
    """Whether it has been reset, or given up: then its positions are no more kept."""
    made = file.state in (SYN_SENT, SYN_RECEIVED, ESTABLISHED)
    return file.state == RESETTING or not (made or file.over)


def of_end(file):
    """The cells of numbers, and of how the two streams stand."""
    have, known, waits = sent(file), acknowledged(file), len(file.unread)
    behind = "unacknowledged" if known < have else "bytes"
    early = f" ({counted(len(file.early), 'piece')} early)" if file.early else ""
    return (
        ("bytes", str(have)),
        ("", "") if broken(file) else (behind, str(known)),
        ("unread" if waits else "bytes", f"{waits}{early}"),
        stands(file),
    )


def stands(file):
    """(kind, words) of the two streams of an end."""
    if broken(file):
        return "reset", "broken off"
    if file.state in (SYN_SENT, SYN_RECEIVED):
        return "opening", file.state
    if file.mute and file.eof:
        return "closed", "both ended"
    if file.mute:
        return "mute", "half-closed: only receives"
    return ("eof", "half-closed: only sends") if file.eof else ("open", "open")
