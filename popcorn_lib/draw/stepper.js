function (script, data) {
  // One position, `at`; `show` makes every view agree with it. All elements are found below `root`.
  const root = script.parentElement, {first, last, kernels} = data;
  const old = {image: root.querySelector("img"), details: root.querySelector("details")};
  const words = new Map([...old.details.querySelectorAll("li")].map((li, n) =>
    [first + n, [li.firstChild.textContent, li.lastChild.textContent]]));
  let at = data.start, past = false;

  // ---- the page: built here, so that nothing of it is left where no script runs ---------------
  const pane = (view, inside) => data.views.includes(view) ? inside : "";
  const live = document.createElement("div");
  live.className = "live";
  live.dataset.lmSuppressShortcuts = "true";
  live.innerHTML = `<div class="knobs">
    <button data-go="first" aria-label="First event">⇤</button>
    <button data-go="back">← Back</button><button data-go="next">Next →</button>
    <button data-go="last" aria-label="Last event">⇥</button>
    <label class="slider">Event <input type="range" min="${first}" max="${last}" step="1">
      <output></output></label>
    <label>Step <select class="only"><option value="0">every event</option>
      <option value="1">messages only</option></select></label>
    <button data-go="past" aria-pressed="false">What led here</button></div>
    <details class="choices"><summary>Fold, hide, filter</summary><div class="knobs">
    <button data-go="fold" aria-pressed="false">Fold local steps</button>
    <button data-go="open">Open this fold</button>
    <span class="lanes" role="group" aria-label="Lanes that are shown">Lanes </span>
    <span class="only-what">Only </span><button data-go="all">Show all</button></div></details>
    <p class="told" role="status" aria-live="polite"></p>
    <p class="words${pane("text", " shown")}" role="status" aria-live="polite"></p>
    <div class="views">
    ${pane("spacetime", `<div class="pane diagram" tabindex="0" role="application" 
      aria-label="Diagram: up and down look at what led to an event, Enter goes there, F folds"></div>`)}
    ${pane("graph", `<div class="pane graph">${data.graph}</div>`)}</div>
    ${pane("state", '<div class="boards"></div><div class="states"></div>')}`;
  const find = name => live.querySelector(name), every = name => [...live.querySelectorAll(name)];
  const diagram = find(".diagram"), graph = find(".graph svg"), states = find(".states");
  const slider = find("input"), only = find(".only"), told = find(".told");
  if (diagram) {
    const bytes = Uint8Array.from(atob(old.image.src.split(",")[1]), c => c.charCodeAt(0));
    diagram.innerHTML = new TextDecoder().decode(bytes);
    diagram.querySelector("style").remove();
  }
  const svg = find(".diagram svg"), nodes = every(".graph .k"), marks = [find(".here"), find(".veil")];
  const rest = find(".rest"), above = find(".top");
  const numbered = name => new Map(every(name).map(one => [+one.dataset.i, one]));
  const events = numbered(".diagram .e"), wires = numbered(".diagram .m");
  const chips = every(".graph .m");  // messages that look alike share one
  const line = (tag, ...inside) => {
    const element = document.createElement(tag);
    element.append(...inside);
    return element;
  };
  events.forEach((event, i) => {
    const tip = document.createElementNS("http://www.w3.org/2000/svg", "title");
    tip.textContent = words.get(i)[0];
    event.prepend(tip);
  });

  // PART stepper_rows.js
  // PART stepper_states.js

  // ---- showing one event ------------------------------------------------------------------------
  const onItsWay = m => data.lives[m][0] <= at && (data.lives[m][1] ?? last + 1) > at;
  function show() {
    const row = rowOf.get(at), fold = row?.events.length > 1;
    slider.value = at;
    find("output").textContent = `${at} of ${last}`;
    slider.setAttribute("aria-valuetext", `event ${at} of ${last}`);
    find(".words").textContent = (fold ? `${numbers(row)}, ${foldLabel(row)}; the last: ` : "")
      + words.get(at)[0];
    find("[data-go=open]").disabled = !row || row.run.length < 2;
    find("[data-go=open]").textContent = row?.run.length > 1 && !fold ? "Fold this run" : "Open this fold";
    if (diagram) showDiagram();
    if (graph) showGraph();
    if (states) showStates();
  }
  function showDiagram() {
    for (const mark of marks) {
      mark.classList.remove("off");
      shift(mark, 0, ys[at]);
    }
    wires.forEach((wire, m) => onItsWay(m) ? above.append(wire)
      : wire.parentNode === above && rest.prepend(wire));
    const now = rowOf.get(at)?.element;
    for (const one of [...events.values(), ...every(".f")]) {
      one.classList.toggle("now", one === now);
      if (one === now) above.append(one);
      else if (one.parentNode === above) rest.append(one);
    }
    svg.setAttribute("aria-label", `Space-time diagram. ${words.get(at).join(" ")}`);
    markPast(past ? at : null);
    keepInView(at);
  }
  const shrunk = () => svg.clientWidth / svg.viewBox.baseVal.width;  // shown against drawn
  function keepInView(i) {
    const scale = shrunk(), top = diagram.scrollTop, y = ys[i] * scale, step = ROW * scale;
    if (y < top + HEAD * scale + 2 * step || y > top + diagram.clientHeight - 3.5 * step)
      diagram.scrollTop = y - HEAD * scale - 2 * step - (diagram.clientHeight - HEAD * scale) / 4;
  }
  function showGraph() {
    chips.forEach((chip, n) => {
      const there = data.chips.flatMap((c, m) => c === n && onItsWay(m) ? [m] : []);
      chip.classList.toggle("off", !there.length);
      chip.classList.toggle("dim", !there.some(lets));
    });
    nodes.forEach((node, k) => {
      node.classList.toggle("now", k === data.on[at]);
      node.querySelector(".threads").textContent = text(data.threads[at - first][k]);
    });
    graph.setAttribute("aria-label", `The machine. ${words.get(at)[1]}`);
  }

  // ---- what happened before an event ------------------------------------------------------------
  function ancestors(i) {
    const seen = new Set(), todo = i === null ? [] : [...data.before[i]];
    while (todo.length) {
      const one = todo.pop();
      if (!seen.has(one)) seen.add(one), todo.push(...data.before[one]);
    }
    return seen;
  }
  function markPast(i) {
    const seen = ancestors(i);
    rows.forEach(row => row.element.classList.toggle("before", row.events.some(e => seen.has(e) && e !== i)));
    wires.forEach((wire, m) => wire.classList.toggle("before",
      seen.has(data.flights[m][0]) && (seen.has(data.flights[m][1]) || data.flights[m][1] === i)));
    svg.classList.toggle("tracing", i !== null);
  }
  const spans = list => list.reduce((runs, i) => {  // 0, 1, 2, 5: "0–2, 5"
    if (runs.at(-1)?.[1] === i - 1) runs.at(-1)[1] = i;
    else runs.push([i, i]);
    return runs;
  }, []).map(([a, b]) => a === b ? a : `${a}–${b}`).join(", ");
  let look = null;  // the event that a reader looks at with the keys, without going there
  function lookAt(i) {
    look = i;
    ring.classList.toggle("off", i === null);
    markPast(i ?? (past ? at : null));
    if (i === null) return tell();
    const before = spans([...ancestors(i)].sort((a, b) => a - b));
    shift(ring, 0, ys[i]);
    told.textContent = `Looking at ${i}: ${words.get(i)[0]} `
      + `Before it: ${before || "nothing"}.`;
    keepInView(i);
  }
  function lookOn(by) {
    const n = rows.indexOf(rowOf.get(look ?? at)) + (look === null ? 0 : by);
    if (rows[0]) lookAt(rows[Math.max(0, Math.min(rows.length - 1, n))].events.at(-1));
  }

  // ---- moving -------------------------------------------------------------------------------------
  const stops = () => rows.filter(row => row.inside
    && (!+only.value || row.events.some(i => data.talks[i] === 1))).map(row => row.events.at(-1));
  function move(by) {
    const way = by > 0 ? stops().filter(i => i > at) : stops().filter(i => i < at).reverse();
    if (way.length) at = way[Math.min(Math.abs(by), way.length) - 1];
    show();
  }
  function goTo(i) {  // there, or to the next place where one can stop on the way
    const way = i > at ? stops().filter(stop => stop >= i) : stops().filter(stop => stop <= i).reverse();
    if (i !== at && way.length) at = way[0];
    show();
  }
  const press = (name, on) => find(`[data-go=${name}]`).setAttribute("aria-pressed", on);
  const go = {first: () => move(-Infinity), back: () => move(-1), next: () => move(1),
    last: () => move(Infinity), fold: () => { folded = !folded; opened.clear(); arrange(); },
    open: () => toggleRun(at), all: showAll, past: () => {
      press("past", past = !past);
      if (diagram) markPast(past ? at : null);
    }};
  const keys = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity};
  const inDiagram = {ArrowUp: () => lookOn(-1), ArrowDown: () => lookOn(1), Escape: () => lookAt(null),
    " ": () => toggleRun(look ?? at), Enter: () => {
      if (look === null || look === at) return toggleRun(at);
      at = look;
      show();
    }};
  live.addEventListener("click", e => go[e.target.dataset.go]?.());
  live.addEventListener("keydown", e => {
    if (e.altKey || e.ctrlKey || e.metaKey || e.target.tagName === "SELECT") return;
    e.stopPropagation();
    const act = e.key in keys ? () => move(keys[e.key]) : e.key.toLowerCase() === "f" ? go.fold
      : e.target === diagram && inDiagram[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });
  slider.addEventListener("input", () => goTo(+slider.value));
  only.addEventListener("change", () => show());
  if (diagram) {
    const under = e => {
      const box = svg.getBoundingClientRect();
      const y = (e.clientY - box.top) * svg.viewBox.baseVal.height / box.height;
      return rows[Math.max(0, Math.min(rows.length - 1, Math.round((y - HEAD) / ROW) - 1))];
    };
    diagram.addEventListener("click", e => {
      const bracket = e.target.closest(".again"), row = under(e);
      if (!row) return;
      if (bracket || row.events.length > 1) return toggleRun(bracket ? +bracket.dataset.i : row.events[0]);
      at = row.events[0];
      show();
    });
    diagram.addEventListener("pointermove", e =>
      markPast(e.target.closest(".e, .f") ? under(e).events.at(-1) : past ? at : null));
    diagram.addEventListener("pointerleave", () => markPast(past ? at : null));
    diagram.addEventListener("blur", () => lookAt(null));
    diagram.addEventListener("scroll", () => {
      find(".heads").setAttribute("transform", `translate(0 ${diagram.scrollTop / shrunk()})`);
    });
  }

  // ---- taking the place of what was there --------------------------------------------------------
  old.image.replaceWith(live);
  // GROUND
  arrange(true);
  if (diagram) new ResizeObserver(() => showDiagram()).observe(diagram);
}
