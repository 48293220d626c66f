"""Boards: the machine's state after an event as rows of cells, for the stepper and for pictures.

    BOARDS[name].columns(story)         the heads of the columns
    BOARDS[name].rows(story, index)     ((head, ((kind, text), ...)), ...) after an event
    BOARDS[name].words(story, index)    the same in a sentence or two
    BOARDS[name].used(story)            whether there is anything to show
    KINDS[kind]                         (path of its glyph, colour of the palette, meaning)

A board reads tables and computes no protocol: what it says is what the kernels know, all of them
together, which no single kernel does.

How to add one: write a file here with a subclass of `Board` (`board.py` says what it needs; its
`kinds` must be glyphs of about 16 by 16, told apart by shape alone), and name its board in the
line of `ALL`.  The stepper then has it.
"""

from popcorn_lib.draw.boards.futex import FUTEX
from popcorn_lib.draw.boards.ipc import IPC
from popcorn_lib.draw.boards.namespaces import NAMESPACES
from popcorn_lib.draw.boards.pages import PAGES
from popcorn_lib.draw.boards.ports import PORTS
from popcorn_lib.draw.boards.signals import SIGNALS
from popcorn_lib.draw.boards.streams import STREAMS
from popcorn_lib.draw.boards.threads import THREADS

ALL = (PAGES, FUTEX, THREADS, SIGNALS, NAMESPACES, IPC, PORTS, STREAMS)
BOARDS = {board.name: board for board in ALL}
KINDS = {kind: look for board in BOARDS.values() for kind, look in board.kinds.items()}
