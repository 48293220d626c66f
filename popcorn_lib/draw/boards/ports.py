"""The board of ports: which address and port is whose, on which kernel, and who decides about it.

A port has one kernel that knows its holders; the socket itself is on the kernel where it was made,
or, once it is a connection, where it is used.  A row lasts as long as anybody holds the port.  A
connection that was accepted holds none: it shares that of its listener.
"""

from popcorn_lib.draw.boards.board import DEAD, Board, moments
from popcorn_lib.draw.story import thread_name
from popcorn_lib.draw.words import counted, listed
from popcorn_lib.mechanisms.sockets.tables import LISTENING, Tables, Tcp

EMPTY, DECIDES = ("", ""), ("keeps", "decides about it")
KINDS = {  # the first that holds gives a cell its glyph
    "listens": (
        "M-8-7h16v14h-16zM-6-5v10h12v-10zM-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
        "sockets",
        "listening socket",
    ),
    "bound": ("M-8-7h16v14h-16zM-6-5v10h12v-10z", "sockets", "bound socket"),
    "connected": ("M-8-4h6v3h4v-3h6v8h-6v-3h-4v3h-6z", "sockets", "socket of a connection"),
    "nears": ("M-7-6l7 6l-7 6zM1-6l7 6l-7 6z", "sockets", "its connection comes to this kernel"),
    "keeps": ("M-5 7h-2v-14h2v1h12l-3 4l3 4h-12z", "sockets", "decides about the port"),
}


class Ports(Board):
    """A row per address and port that is held, a column per kernel."""

    name, title, mechanism, reads = "ports", "ports", "sockets", Tables
    kinds = KINDS | DEAD

    def table(self, story, index):
        views, dead = self.tables(story, index), moments(story).dead(index)
        notes = {}
        for keeper, sockets in views.items():
            for (net, protocol, port), bindings in sockets.ports.items():
                for binding in bindings:
                    row = notes.setdefault((net, binding.host, port, protocol), {})
                    kernel, kind, text = holder(views, binding)
                    row.setdefault(kernel, []).append((kind, text))
                    if DECIDES not in row.setdefault(keeper, []):
                        row[keeper].append(DECIDES)
        return tuple(
            (named(*key), tuple(_cell(notes[key].get(name), name in dead) for name in views))
            for key in sorted(notes)
        )

    def say(self, story, index):
        told = [
            f"{head}: "
            + listed(
                f"on {name}: {text}"
                for name, (_, text) in zip(story.kernels, cells, strict=True)
                if text
            )
            for head, cells in self.rows(story, index)
        ]
        return f"{'; '.join(told) or 'Nobody holds a port'}."


PORTS = Ports()


def named(net, host, port, protocol):
    """An address with its port; the first network namespace need not be said."""
    return f"{protocol} {host}:{port}" + (f" in network {net}" if net else "")


def where(views, ref):
    """(kernel, whether it has arrived) of an open file; its maker while nobody knows it."""
    for name, sockets in views.items():
        if ref in sockets.files:
            return name, True
    for sockets in views.values():
        if ref in sockets.leaving:
            return sockets.leaving[ref].to, False
    return ref.kernel, True


def holder(views, binding):
    """(kernel, kind, words) of the socket that holds a port."""
    kernel, arrived = where(views, binding.file)
    whose = f"{binding.file}{of_whom(views, binding.file)}"
    if not arrived:
        return kernel, "nears", f"{whose} is coming"
    file = views[kernel].files.get(binding.file)
    if binding.listening and getattr(file, "state", None) == LISTENING:
        waiting = f", {counted(len(file.ready), 'connection')} to accept" if file.ready else ""
        return kernel, "listens", f"{whose} listens{waiting}"
    connected = isinstance(file, Tcp) and file.remote
    return kernel, "connected" if connected else "bound", f"{whose} is bound"


def of_whom(views, ref):
    """Whose descriptors name an open file: " of k0:2"; nothing if nobody's do."""
    pids = {pid for sockets in views.values() for pid, table in sockets.tables.items()
            if ref in table.values()}  # fmt: skip
    return f" of {listed(map(thread_name, sorted(pids)))}" if pids else ""


def _cell(notes, dead):
    if not notes:
        return EMPTY
    kinds = [kind for kind, _ in notes]
    kind = "dead" if dead else next(kind for kind in KINDS if kind in kinds)
    return kind, ", ".join(text for _, text in notes)
