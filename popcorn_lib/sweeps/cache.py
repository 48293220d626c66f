"""Answers kept in a file: one line of JSON for each point, written as soon as it is there.

The idea.  A line is added by a single write to the end of the file, so several sweeps can share it,
and whatever ends a sweep leaves at most its last line cut short.  Such a line is passed over, and
what is written next begins on a new one.  Nothing is ever changed or taken away.
"""

import json
from pathlib import Path

from popcorn_lib.errors import UsageError

BEGIN = b'{"sweep": '


class Cache:
    """The answers in a file, {key: (values, error)}; made when the first one is added.

    Raises UsageError for a file that holds something else.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.answers, self.file = {}, None
        if self.path.is_dir():
            raise UsageError(f"the cache {str(path)!r} is a folder; give the name of a file in it")
        if self.path.exists():
            self._read(self.path.read_bytes())

    def _read(self, content):
        lines = content.splitlines()
        if not all(line.startswith(BEGIN) or BEGIN.startswith(line) for line in lines):
            raise UsageError(f"{str(self.path)!r} holds something else than the cache of a sweep")
        for line in lines:
            try:
                entry = json.loads(line)
                self.answers[entry["sweep"]] = entry["values"], entry["error"]
            except (ValueError, KeyError, TypeError):
                continue  # cut short

    def add(self, key, point, values, error):
        """Keep an answer; point: {parameter: cell}, for those who read the file."""
        entry = {"sweep": key, "point": point, "values": values, "error": error}
        line = json.dumps(entry).encode() + b"\n"
        file = self.file or self._open()
        if file.write(line) < len(line):
            raise OSError(f"{str(self.path)!r}: an answer did not fit; is the disk full?")

    def _open(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = open(self.path, "a+b", buffering=0)  # noqa: SIM115  closed by close()
        if self.path.stat().st_size:
            self.file.seek(-1, 2)
            if self.file.read(1) != b"\n":
                self.file.write(b"\n")
        return self.file

    def close(self):
        if self.file:
            self.file.close()
