"""Two judges of what everybody can use: axe-core, and our own look at every text and mark.

axe-core gives up on text over which something else might lie, which is all text of a deck, and
knows nothing of the marks in a drawing: for colours, `faint` is the judge.
"""

from importlib.util import find_spec
from pathlib import Path

AXE = Path(find_spec("axe_playwright_python").origin).with_name("axe.min.js")
CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
THEMES = ["light", "dark"]
# What need not stand out: a veil over what has not happened yet, and a shade behind a number.
EXEMPT = ".veil, svg .cell"
# Rules for whole pages say nothing about an output in somebody else's page.
PARTS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async ([include, tags, allowed, colours]) => {
  const options = {resultTypes: ["violations"], runOnly: {type: "tag", values: tags},
    rules: {"color-contrast": {enabled: colours}}};
  const {violations} = await axe.run(include ? {include} : document, options);
  return violations.flatMap(({id, help, nodes}) => nodes
    .filter(({target}) => !allowed.some(([rule, selector]) => rule === id
      && document.querySelector(target.flat().at(-1))?.closest(selector)))
    .map(({target, html}) => `${id}: ${help} | ${target} | ${html.slice(0, 160)}`));
}"""


def violations(page, include=None, allowed=(), colours=True):
    """What axe-core finds on a page, a line for each element.

    include: a selector, where not the whole page is ours.  allowed: (rule, selector) of what is
    somebody else's.  colours: whether it judges them too, which takes most of its time.
    """
    if not page.evaluate("() => 'axe' in globalThis"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN, [include, PARTS, [list(pair) for pair in allowed], colours])


def faint(page):
    """Texts below 4.5 to 1 and marks below 3 to 1: (what, how many were looked at)."""
    seen = page.evaluate(CONTRAST, EXEMPT)
    return seen["found"], seen["texts"], seen["marks"]


def unfold(page):
    """Open everything that is folded, so that it is looked at too."""
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => one.open = true)")
