"""Signals that find their thread, wherever it runs, once.

The idea.  A process's home decides what a signal to it does: it knows the actions, keeps what
nobody takes and offers the signal to one kernel after the other until a thread takes it.  A signal
to a thread goes to the kernel that its id names and follows the shadows to where the thread is
active; what is blocked waits there, and travels with it.

Who sends waits for the answer: when kill returns, the signal is pending where it belongs, or has
been acted upon.  Nothing is asked of a shadow, nothing is delivered to one.

A handler runs on the thread between two of its calls, as one more call on the stack of its
program.  A call that waits is cut short first: the program sees EINTR, or under SA_RESTART the
call is made again.

Invariant.  A signal is at one place only: on its way, pending with a thread, pending at home.

Messages of signals are of the normal class.  Popcorn sends them ahead of others; but that a process
is stopped, or that a signal waits at home, must not overtake the thread that it is about or the
answer that counts its new kernel, and order holds inside one class only.

Source.  Popcorn Linux, kernel/signal.c (Ravichandran 2015): remote_kill_request and its response,
forwarded shadow by shadow.  Repairs: pending signals travel (there they stay on the shadow), what
comes before the pairing waits for it, groups are signalled on all kernels, the handler learns the
true sender.  Rules: Linux, kernel/signal.c, signal(7).
"""

from popcorn_lib.mechanisms.signals.action import Action
from popcorn_lib.mechanisms.signals.child import Child
from popcorn_lib.mechanisms.signals.claims import Claims
from popcorn_lib.mechanisms.signals.deliver import Deliver
from popcorn_lib.mechanisms.signals.kill import Kill
from popcorn_lib.mechanisms.signals.masks import Masks
from popcorn_lib.mechanisms.signals.orders import Orders
from popcorn_lib.mechanisms.signals.process import ToProcess
from popcorn_lib.mechanisms.signals.stop import Stop
from popcorn_lib.mechanisms.signals.thread import ToThread


class Signals(Kill, ToProcess, Claims, Orders, ToThread, Deliver, Masks, Action, Stop, Child):
    """Read `tables.py`, then `kill.py`, `process.py`, `claims.py`, `thread.py`, `deliver.py`.

    What threads block and wait for: `masks.py`; what signals do: `action.py`; what all of a process
    obeys: `orders.py`, `stop.py`; what parents hear: `child.py`.
    """

    name = "signals"
