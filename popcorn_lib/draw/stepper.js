function (script, data) {
  // One position, `at`; `show` makes every view agree with it. All elements are found below `root`.
  const root = script.parentElement, last = data.on.length - 1;
  const old = {image: root.querySelector("img"), details: root.querySelector("details")};
  const words = [...old.details.querySelectorAll("li")].map(li =>
    [li.firstChild.textContent, li.lastChild.textContent]);
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
    <label class="slider">Event <input type="range" min="0" max="${last}" step="1">
      <output></output></label>
    <label>Step <select><option value="0">every event</option>
      <option value="1">messages only</option></select></label>
    <button data-go="past" aria-pressed="false">What led here</button></div>
    <p class="words${pane("text", " shown")}" role="status" aria-live="polite"></p>
    <div class="views">
    ${pane("spacetime", '<div class="pane diagram" tabindex="0" role="region" aria-label="Diagram"></div>')}
    ${pane("graph", `<div class="pane graph">${data.graph}</div>`)}</div>
    ${pane("state", '<div class="states"></div>')}`;
  const find = name => live.querySelector(name), every = name => [...live.querySelectorAll(name)];
  const diagram = find(".diagram"), graph = find(".graph svg"), states = find(".states");
  const slider = find("input"), only = find("select");
  if (diagram) {
    const bytes = Uint8Array.from(atob(old.image.src.split(",")[1]), c => c.charCodeAt(0));
    diagram.innerHTML = new TextDecoder().decode(bytes);
    diagram.querySelector("style").remove();
    const wide = diagram.firstChild.viewBox.baseVal.width;  // shown a little smaller, if need be
    diagram.style.flexBasis = `${0.75 * wide}px`;
    diagram.style.maxWidth = `min(100%, ${wide + 24}px)`;
  }
  const events = every(".diagram .e"), wires = every(".diagram .m"), chips = every(".graph .m");
  const nodes = every(".graph .k"), marks = [find(".here"), find(".veil")];
  const rest = find(".rest"), above = find(".top");
  [events, wires, chips].forEach(list => list.sort((a, b) => a.dataset.i - b.dataset.i));

  events.forEach((event, i) => {
    const tip = document.createElementNS("http://www.w3.org/2000/svg", "title");
    tip.textContent = words[i][0];
    event.append(tip);
  });

  // ---- showing one event ------------------------------------------------------------------------
  const onItsWay = m => data.flights[m][0] <= at && (data.flights[m][1] ?? last + 1) > at;
  function show() {
    slider.value = at;
    find("output").textContent = `${at} of ${last}`;
    slider.setAttribute("aria-valuetext", `event ${at} of ${last}`);
    find(".words").textContent = words[at][0];
    if (diagram) showDiagram();
    if (graph) showGraph();
    if (states) showStates();
  }
  function showDiagram() {
    const shift = `translate(0 ${data.rows[0] + data.rows[1] * (at + 1)})`;
    for (const mark of marks) {
      mark.classList.remove("off");
      mark.setAttribute("transform", shift);
    }
    wires.forEach((wire, m) => onItsWay(m) ? above.append(wire)
      : wire.parentNode === above && rest.prepend(wire));
    events.forEach((event, i) => {
      event.classList.toggle("now", i === at);
      if (i === at) above.append(event);
      else if (event.parentNode === above) rest.append(event);
    });
    find(".diagram svg").setAttribute("aria-label", `Space-time diagram. ${words[at].join(" ")}`);
    markPast(past ? at : null);
    keepInView();
  }
  const shrunk = () => {  // how much smaller than drawn the diagram is shown
    const box = find(".diagram svg");
    return box.clientWidth / box.viewBox.baseVal.width;
  };
  function keepInView() {
    const scale = shrunk(), top = diagram.scrollTop;
    const y = (data.rows[0] + data.rows[1] * (at + 1)) * scale;
    const head = (data.rows[0] + 2 * data.rows[1]) * scale;
    if (y < top + head || y > top + diagram.clientHeight - 3.5 * data.rows[1] * scale)
      diagram.scrollTop = y - head - diagram.clientHeight / 4;
  }
  function showGraph() {
    chips.forEach((chip, m) => chip.classList.toggle("off", !onItsWay(m)));
    nodes.forEach((node, k) => {
      node.classList.toggle("now", k === data.on[at]);
      node.querySelector(".threads").textContent = data.threads[at][k];
    });
    graph.setAttribute("aria-label", `The machine. ${words[at][1]}`);
  }
  function showStates() {
    states.replaceChildren(...data.kernels.map((name, k) => {
      const [event, earlier] = latest(k), box = document.createElement("div");
      const now = lines(event), then = lines(earlier), fresh = k === data.on[at];
      box.className = fresh ? "state now" : "state";
      box.append(line("strong", fresh ? `▸ ${name}, after event ${at}` : name));
      for (const l of now)
        box.append(fresh && !then.includes(l) ? line("p", "+ ", line("b", l)) : line("p", "  " + l));
      for (const l of fresh ? then : [])
        if (!now.includes(l)) box.append(line("p", "− ", line("s", l)));
      if (!box.querySelector("p")) box.append(line("p", event >= 0 ? "  nothing left" : "  nothing yet"));
      return box;
    }));
  }
  function latest(k) {  // the last two events of a kernel up to now
    const found = [];
    for (let i = at; i >= 0 && found.length < 2; i--) if (data.on[i] === k) found.push(i);
    return found;
  }
  const lines = i => i === undefined ? [] : data.state[i].flatMap(([name, ...rest]) =>
    rest.map(l => `${data.strings[name]}: ${data.strings[l]}`));
  function line(tag, ...inside) {
    const element = document.createElement(tag);
    element.append(...inside);
    return element;
  }

  // ---- what happened before an event ------------------------------------------------------------
  function markPast(i) {
    const seen = new Set(), todo = i === null ? [] : [...data.before[i]];
    while (todo.length) {
      const one = todo.pop();
      if (!seen.has(one)) seen.add(one), todo.push(...data.before[one]);
    }
    events.forEach((event, e) => event.classList.toggle("before", seen.has(e)));
    wires.forEach((wire, m) => wire.classList.toggle("before",
      seen.has(data.flights[m][0]) && (seen.has(data.flights[m][1]) || data.flights[m][1] === i)));
    find(".diagram svg").classList.toggle("tracing", i !== null);
  }

  // ---- moving -------------------------------------------------------------------------------------
  function move(by) {
    let to = at + by;
    while (+only.value && Math.abs(by) === 1 && data.talks[to] === 0) to += by;
    at = Math.max(0, Math.min(last, to));
    show();
  }
  const go = {first: () => move(-last), back: () => move(-1), next: () => move(1),
    last: () => move(last), past: () => {
      past = !past;
      find("[data-go=past]").setAttribute("aria-pressed", past);
      if (diagram) markPast(past ? at : null);
    }};
  const keys = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -last, End: last};
  live.addEventListener("click", e => go[e.target.dataset.go]?.());
  live.addEventListener("keydown", e => {
    if (e.altKey || e.ctrlKey || e.metaKey || e.target === only) return;
    e.stopPropagation();
    if (!(e.key in keys)) return;
    e.preventDefault();
    move(keys[e.key]);
  });
  slider.addEventListener("input", () => { at = +slider.value; show(); });
  if (diagram) {
    const under = e => {
      const box = find(".diagram svg").getBoundingClientRect(), [top, row] = data.rows;
      const y = (e.clientY - box.top) * find(".diagram svg").viewBox.baseVal.height / box.height;
      return Math.max(0, Math.min(last, Math.round((y - top) / row) - 1));
    };
    diagram.addEventListener("click", e => { at = under(e); show(); });
    diagram.addEventListener("pointermove", e =>
      markPast(e.target.closest(".e") ? under(e) : past ? at : null));
    diagram.addEventListener("pointerleave", () => markPast(past ? at : null));
    diagram.addEventListener("scroll", () => {
      find(".heads").setAttribute("transform", `translate(0 ${diagram.scrollTop / shrunk()})`);
    });
  }

  // ---- taking the place of what was there --------------------------------------------------------
  old.image.replaceWith(live);
  // GROUND
  show();
  if (diagram) new ResizeObserver(() => showDiagram()).observe(diagram);
}
