"""No garbage collection while something grows that is all kept: it would find nothing to free."""

import gc
from contextlib import contextmanager


@contextmanager
def no_collection():
    """Python's cycle collector rests inside a `with` block, if it was at work before."""
    worked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if worked:
            gc.enable()
