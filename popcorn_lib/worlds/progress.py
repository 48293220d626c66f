"""How far a long search or sweep has come: a line in a terminal, or under a cell of a notebook."""

import sys
import time

SHOWN_AFTER, EVERY = 1.0, 0.5  # seconds


class Progress:
    """Called with the Search and how many states wait, for one in so many states."""

    every = 1024  # states between two looks at the clock

    def __init__(self):
        self.began = self.shown = time.monotonic()
        self.handle = None

    def __call__(self, seen, waiting):
        now = time.monotonic()
        if self.is_due(now):
            rate = seen.visited / (now - self.began)
            known = seen.visited + waiting
            self._show(
                f"explore: {seen.visited:,} of {known:,} states known so far, {rate:,.0f} a second"
                " (interrupt to stop and keep them)",
                seen.visited / known,
            )

    def is_due(self, now):
        """Whether it is time to show something again; it counts as shown then."""
        if now - self.began <= SHOWN_AFTER or now - self.shown <= EVERY:
            return False
        self.shown = now
        return True

    def _show(self, text, share):
        if _in_notebook():
            from IPython.display import HTML, display  # only where it is running already

            bar = HTML(f'<progress value="{share:.3f}" max="1"></progress> {text}' if text else "")
            if self.handle is None:
                self.handle = display(bar, display_id=True)
            else:
                self.handle.update(bar)
        elif sys.stderr.isatty():
            filled = round(20 * share)
            line = f"[{'#' * filled}{'.' * (20 - filled)}] {text}" if text else ""
            print(f"\r{line:<110}", end="" if text else "\r", file=sys.stderr, flush=True)
            self.handle = True

    def close(self):
        """Take the line away, if there is one."""
        if self.handle:
            self._show("", 0)


def _in_notebook():
    shell = sys.modules.get("IPython")
    return bool(shell and shell.get_ipython() and hasattr(shell.get_ipython(), "kernel"))
