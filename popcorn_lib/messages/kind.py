"""What a kind of message is: a named tuple with a mechanism, a class and a size."""

from popcorn_lib.errors import UsageError

HIGH, NORMAL = 0, 1
LINE = 64  # bytes of a short message: one cache line


def message(mechanism, priority=NORMAL, size=LINE):
    """Make a named tuple a kind of message: its mechanism, its class and its size in bytes.

    size: a number, or a function of the message.
    """

    def mark(kind):
        clash = {"kind", "mechanism", "priority", "bytes"} & set(kind._fields)
        if clash or not kind.__name__.isupper():
            raise UsageError(
                f"{kind.__name__}: a kind of message has a name in capitals, and no field "
                f"called {' or '.join(sorted(clash)) or 'kind, mechanism, priority or bytes'}"
            )
        kind.mechanism, kind.priority = mechanism, priority
        kind.bytes = property(size) if callable(size) else size
        kind.kind = kind.__name__
        kind.__eq__, kind.__ne__, kind.__hash__ = _same, _other, tuple.__hash__
        KINDS[kind.__name__] = kind
        return kind

    return mark


def _same(self, other):
    """Two messages are equal if they are of one kind too: plain tuples would not look at it."""
    return type(self) is type(other) and tuple.__eq__(self, other)


def _other(self, other):
    return not _same(self, other)


KINDS = {}  # name -> message class
