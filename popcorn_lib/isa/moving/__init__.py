"""A thread moves between instruction sets: its stack is rewritten, value by value.

    tour(start, stops)      run our program and move it on the way (needs Unicorn)
    recorded()              a journey made in advance
    move(state, target)     one move: steps, frames, the thread before and after
    RULES                   the rules, and what each is for; any can be left out
    failures()              what happens without each
    meaning(state)          what a stopped thread means, the same words on every instruction set
    differences(one, two)   what means something else on its other side
    stack_map(isa)          what is where at each call site
    levels.summary()        what cannot be moved once a compiler optimises; tables.frame("homes")

The program is `data/moving/queens.c`.  Read `frames.py`, `carry.py` and `move.py` in this order.
"""

from popcorn_lib.isa.moving import levels, tables
from popcorn_lib.isa.moving.isas import ISAS
from popcorn_lib.isa.moving.meaning import differences, meaning
from popcorn_lib.isa.moving.move import Move, move
from popcorn_lib.isa.moving.rules import RULES
from popcorn_lib.isa.moving.stackmap import Unmovable, stack_map
from popcorn_lib.isa.moving.state import State
from popcorn_lib.isa.moving.steps import Step
from popcorn_lib.isa.moving.tours import Tour, failures, recorded, tour

__all__ = [
    "ISAS",
    "RULES",
    "Move",
    "State",
    "Step",
    "Tour",
    "Unmovable",
    "differences",
    "failures",
    "levels",
    "meaning",
    "move",
    "recorded",
    "stack_map",
    "tables",
    "tour",
]
