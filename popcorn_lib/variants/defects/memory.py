"""Defects of memory: copies of pages that are out of date."""

from popcorn_lib.mechanisms.memory import Memory
from popcorn_lib.messages import PAGE_INVALIDATE_RESPONSE


class InvalidationOvertakesPage(Memory):
    """An invalidation does not wait for the page that is on its way.

    Wrong: home sends a page and soon after, for a writer, the order to drop it.  The order is
    handled first: there is nothing to drop yet.  Then the page comes and is kept.
    It leads to a stale copy that home does not know of.
    Where: G3, kernel/popcorn/page_server.c has the rule that prevents it, as G2 has; this is
    the code without the rule.
    """

    def on_page_invalidate_request(self, source, message):
        self.drop(message.page)


class AckKeepsPage(Memory):
    """An invalidation is acknowledged, but the copy stays in use.

    Wrong: the answer goes out before the page is taken out of the page table, and it never is.
    It leads to a reader that sees old data while a writer believes itself alone.
    Where: in no code that was read; it is what is easily got wrong in rebuilding the protocol.
    """

    def drop(self, page):
        self.kernel.send(page.home, PAGE_INVALIDATE_RESPONSE(page))
