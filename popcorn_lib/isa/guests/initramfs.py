"""The file system with which a guest's Linux begins: an archive in the form `newc` of cpio.

Linux unpacks it into memory and starts `/init`.  The form is told in the kernel's own
`Documentation/driver-api/early-userspace/buffer-format.rst`: a head of 13 numbers, each 8
hexadecimal digits, then the name, then the content, both filled up to 4 bytes.
"""

FOLDER, PROGRAM, FILE = 0o040755, 0o100755, 0o100644
END = "TRAILER!!!"


def archive(entries):
    """The bytes of an archive.

    entries: {name: (mode, content)} in order; a folder stands before what lies in it.
    """
    members = {**entries, END: (0, b"")}
    return b"".join(_member(n, name, *one) for n, (name, one) in enumerate(members.items(), 1))


def _member(number, name, mode, content):
    text = name.encode() + b"\0"
    links = 2 if mode == FOLDER else 1
    fields = (number, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(text), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _filled(head + text) + _filled(content)


def _filled(data):
    return data + bytes(-len(data) % 4)
