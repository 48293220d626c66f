"""Does the slide hold what was put on it?  A browser is asked, since only it knows the sizes."""

_MEASURE = """() => {
  const sheet = document.querySelector("section.present:not(.stack) .deck-sheet");
  const edge = sheet.getBoundingClientRect();
  const found = [];
  const spill = sheet.scrollHeight - sheet.clientHeight;
  if (spill > 1) found.push(`${spill} px too much from top to bottom`);
  for (const part of sheet.querySelectorAll("pre, table, img, svg, math, .popcorn-stepper")) {
    const box = part.getBoundingClientRect();
    if (!box.width) continue;
    const outside = Math.max(box.right - edge.right, edge.left - box.left);
    const inside = part.scrollWidth - part.clientWidth;
    const over = Math.round(Math.max(outside, part.tagName === "PRE" ? inside : 0));
    if (over > 1) found.push(`<${part.tagName.toLowerCase()}> ${over} px too wide: `
      + part.textContent.trim().slice(0, 60));
  }
  return found;
}"""


def overflows(page):
    """What sticks out of the slide that a Playwright page is showing, in words; [] if nothing."""
    return page.evaluate(_MEASURE)
