// The deck's behaviour: who gets the keys, and pictures that fit the room they have.

const OWN_KEYS = ".popcorn, .jupyter-widgets, input, textarea, select";
const PRESSED = "button, summary, a[href]";

// What a reader works with keeps its keys; Escape gives them back to the deck.
let leaving = null;
function deckMayTake(event) {
  const focus = document.activeElement;
  if (event === leaving) return false; // to the deck, Escape means the overview of all slides
  if (focus?.closest(OWN_KEYS)) return false;
  return !(focus?.closest(PRESSED) && [" ", "Enter"].includes(event.key));
}

// On the way down, since what has the focus may keep its keys to itself.
document.addEventListener("keydown", (event) => {
  const focus = document.activeElement;
  if (event.key !== "Escape" || !focus?.closest(OWN_KEYS)) return;
  leaving = event;
  focus.blur();
}, true);

// Text keeps its size; a slide's pictures give way until everything stands on the sheet.
function fit(sheet) {
  // A stepper's diagram scrolls in its pane, so there the pane gives way, not the drawing;
  // on paper nothing scrolls.
  const seen = Reveal.isPrintView() ? "img, svg" : "img, svg:not(.diagram svg), .diagram";
  const pictures = [...sheet.querySelectorAll(seen)];
  for (const state of sheet.querySelectorAll(".popcorn-grid .states")) // they scroll there
    Object.assign(state, { tabIndex: 0, role: "region", ariaLabel: "State" });
  sheet.style.removeProperty("--picture");
  for (let round = 0; round < 4; round++) {
    const spill = sheet.scrollHeight - sheet.clientHeight;
    const tallest = Math.max(0, ...pictures.map((one) => one.getBoundingClientRect().height / scale()));
    if (spill <= 0 || tallest < 140) return;
    sheet.style.setProperty("--picture", `${Math.max(140, Math.floor(tallest - spill))}px`);
  }
}

const scale = () => Reveal.getScale() || 1;

function fitShown() {
  const all = Reveal.isPrintView() ? document : Reveal.getCurrentSlide();
  for (const sheet of all.querySelectorAll(".deck-sheet")) fit(sheet);
}

Reveal.on("slidechanged", () => {
  document.activeElement?.closest(OWN_KEYS)?.blur?.();
  fitShown();
});
for (const moment of ["ready", "pdf-ready"]) Reveal.on(moment, fitShown);

// A grid unpacks its pictures a little later than the deck is ready, and shows others when asked.
const unpacked = new MutationObserver(fitShown);
for (const grid of document.querySelectorAll(".popcorn-grid")) {
  unpacked.observe(grid, { childList: true });
  grid.addEventListener("input", () => setTimeout(fitShown, 50));
}

Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0,
  center: false,
  hash: true,
  slideNumber: "c/t",
  transition: "none",
  backgroundTransition: "none",
  controlsTutorial: false,
  pdfMaxPagesPerSlide: 1,
  pdfSeparateFragments: false,
  keyboardCondition: deckMayTake,
  plugins: [RevealNotes],
});
