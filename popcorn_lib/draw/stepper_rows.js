  // ---- what is shown: rows, lanes, places, by the rules of shown.py and lanes.py ----------------
  const {head: HEAD, row: ROW, base, gutter, rail, short, gap, sides, clear, drawnAt} = data.room;
  const {letters, on, about, ends, talks} = data;
  const hidden = new Set(data.hide), opened = new Set(data.opened), chosen = data.chosen;
  let folded = data.folded, rows, rowOf, xs, ys, wide, bottom;
  const meets = (list, these) => !list || list.some(one => these.includes(one));
  const inside = i => meets(chosen.mechanism, about[i][0]) && meets(chosen.kernel, [on[i]])
    && meets(chosen.thread, about[i][1]);
  const lets = m => meets(chosen.mechanism, [letters[m][0]])
    && meets(chosen.thread, [letters[m][1]]) && meets(chosen.kernel, letters[m].slice(2));
  const numbers = row => `${row.events[0]}–${row.events.at(-1)}`;
  const foldLabel = row => `${row.events.length} ${row.inside ? "local steps" : "other events"}`;

  function arrangeRows() {
    const runs = [];
    for (let i = first; i <= last; i++) {
      if (hidden.has(on[i])) continue;
      const key = !folded ? i : !inside(i) ? "other" : talks[i] ? i : `on ${on[i]}`;
      if (runs.at(-1)?.key === key) runs.at(-1).run.push(i);
      else runs.push({key, run: [i]});
    }
    rows = runs.flatMap(({run}) => run.some(i => opened.has(i))
      ? run.map(i => ({events: [i], run})) : [{events: run, run}]);
    rowOf = new Map();
    rows.forEach((row, n) => {
      Object.assign(row, {y: HEAD + ROW * (n + 1), inside: inside(row.events[0])});
      row.events.forEach(i => rowOf.set(i, row));
    });
    let above = HEAD;
    ys = on.map((_, i) => rowOf.has(i) ? above = rowOf.get(i).y : above + ROW / 2);
    bottom = HEAD + ROW * (rows.length + 1);
    ys.push(bottom - ROW / 2);
  }
  function arrangeLanes() {
    const seen = [...kernels.keys()].filter(k => !hidden.has(k)), [a] = seen, z = seen.at(-1);
    xs = [0];
    for (let k = 1; k < kernels.length; k++)
      xs[k] = xs[k - 1] + [gap, gap >> 1, rail][hidden.has(k - 1) + hidden.has(k)];
    const left = gutter + Math.max(sides[a][0] - xs[a], rail);
    wide = Math.max(left + Math.max(xs[z] + sides[z][1], xs.at(-1) + rail), 430);
    xs = xs.map(x => x + left);
  }

  // ---- moving the drawing there -------------------------------------------------------------------
  const shift = (element, x, y, turn = "") =>
    element.setAttribute("transform", `translate(${x} ${y})${turn}`);
  const off = (element, gone) => element.classList.toggle("off", gone);
  const drawn = {lanes: every(".diagram .lane"), heads: every(".diagram .head"),
    bars: every(".diagram .stay"), tags: every(".diagram .named")};
  if (diagram) marks[0].insertAdjacentHTML("afterend",
    `<g class="again-all"></g><rect class="ring off" x="17" y="${-ROW / 2}" height="${ROW}"/>`);
  const ring = find(".ring");
  function placeLanes() {
    drawn.lanes.forEach((lane, k) => {
      shift(lane, xs[k], 0);
      lane.setAttribute("d", `M0 ${HEAD - 8}V${bottom}`);
      const [, name, under] = drawn.heads[k].children;
      shift(drawn.heads[k], xs[k], 0);
      under.textContent = hidden.has(k) ? "hidden" : data.under[k];
      [lane, drawn.heads[k]].forEach(one => one.classList.toggle("gone", hidden.has(k)));
    });
    data.stays.forEach(([k, from, until, track, tag, ...runs], n) => {
      const gone = hidden.has(k) || until < first || from > last;
      const bar = drawn.bars[n], name = drawn.tags[n];
      off(bar, gone), off(name, gone);
      shift(bar, xs[k] + track, 0), shift(name, xs[k] + tag, ys[from] - ROW / 2);
      bar.firstChild.setAttribute("d", `M0 ${ys[from] - ROW / 2}V${ys[until]}`);
      bar.lastChild.setAttribute("d", runs.map((i, r) => r % 2 && ys[i] !== ys[runs[r - 1]]
        ? `M0 ${ys[runs[r - 1]]}V${ys[i]}` : "").join(""));
    });
  }
  function placeWires() {
    wires.forEach((wire, m) => {
      const [from, handled] = data.flights[m], [, , k, to] = letters[m];
      const [lost, slot] = ends[m] ?? [];
      const end = handled ?? lost ?? null, x = xs[k] + data.aside[from], y = ys[from];
      const nowhere = [xs[to] - (xs[to] > x ? short : -short),
        slot === null ? y + ROW - 8 : bottom + ROW * slot];
      const [x2, y2] = end === null ? nowhere : [xs[on[end]] + data.aside[end], ys[end]];
      const long = Math.hypot(x2 - x, y2 - y), turn = Math.atan2(y2 - y, x2 - x) * 180 / Math.PI;
      off(wire, hidden.has(k) && hidden.has(to) || end !== null && y === y2);
      wire.classList.toggle("dim", !lets(m));
      const [path, tip, label] = wire.children;
      shift(wire, x, y, `rotate(${turn})`);
      path.setAttribute("d", `M6 0H${long - 14}`);
      tip.setAttribute("d", `M${long - 8} 0l-8-4v8z`);
      if (label) shift(label, long, 0, `rotate(${-turn})`);
    });
  }
  function placeRows() {
    every(".f, .again").forEach(one => one.remove());
    events.forEach((event, i) => {
      off(event, rowOf.get(i)?.events.length !== 1);
      event.classList.toggle("dim", !inside(i));
      shift(event, 0, ys[i] + base);
      for (const one of event.querySelectorAll(".sign, .halo"))
        shift(one, xs[on[i]] - drawnAt[on[i]], 0);
    });
    for (const row of rows) {
      row.element = row.events.length > 1 ? foldRow(row) : events.get(row.events[0]);
      const open = row.events.length === 1 && row.run.length > 1;
      if (open && row.events[0] === row.run[0]) bracket(row);
    }
  }
  function foldRow(row) {
    const k = on[row.events[0]], right = k > 0 && k === kernels.length - 1;
    const fill = {y: row.y + base, numbers: numbers(row), label: foldLabel(row), classes: ""};
    fill.end = row.inside && !right ? " end" : "";
    if (!row.inside) Object.assign(fill, {x: gutter + 8, at: 14, classes: " dim"});
    else Object.assign(fill, {x: xs[k], at: right ? clear[k] : -clear[k]});
    rest.insertAdjacentHTML("beforeend", data.fold.replace(/\{(\w+)\}/g, (_, name) => fill[name]));
    const tip = document.createElementNS("http://www.w3.org/2000/svg", "title");
    tip.textContent = `${foldLabel(row)}: click to open`;
    rest.lastChild.prepend(tip);
    return rest.lastChild;
  }
  function bracket(row) {
    const path = `d="M39 ${row.y - 8}h-3V${ys[row.run.at(-1)] + 8}h3"`;
    find(".again-all").insertAdjacentHTML("beforeend", `<g class="again" data-i="${row.run[0]}">
      <title>Fold these again</title><path class="grip" ${path}/><path class="bracket" ${path}/></g>`);
  }

  // ---- choosing -----------------------------------------------------------------------------------
  const whats = {mechanism: data.mechanisms, kernel: kernels, thread: data.tids};
  const selects = Object.entries(whats).map(([what, names]) => {
    const select = document.createElement("select"), now = chosen[what];
    select.setAttribute("aria-label", `Only one ${what}`);
    select.append(new Option(`every ${what}`, ""), ...names.map((name, n) => new Option(name, n)));
    if (now?.length > 1) select.append(new Option(now.map(n => names[n]).join(", "), now.join()));
    select.value = now?.join() ?? "";
    select.addEventListener("change", () => {
      chosen[what] = select.value ? select.value.split(",").map(Number) : null;
      arrange();
    });
    find(".only-what").append(select, " ");
    return select;
  });
  const buttons = kernels.map((name, k) => {
    const button = line("button", name);
    button.addEventListener("click", () => {
      if (!hidden.delete(k) && hidden.size < kernels.length - 1) hidden.add(k);
      arrange();
    });
    find(".lanes").append(button, " ");
    return button;
  });
  function toggleRun(i) {
    const {run, events: shown} = rowOf.get(i) ?? {run: []};
    if (run.length < 2) return;
    if (shown.length > 1) opened.add(i);
    else run.forEach(one => opened.delete(one));
    arrange();
    if (look !== null) lookAt(rowOf.get(look).events.at(-1));
  }
  function showAll() {
    folded = false;
    hidden.clear();
    selects.forEach(select => select.value = "");
    Object.keys(chosen).forEach(what => chosen[what] = null);
    arrange();
  }
  function tell() {
    const parts = Object.entries(whats).filter(([what]) => chosen[what])
      .map(([what, names]) => `only ${what} ${chosen[what].map(n => names[n]).join(", ")}`);
    if (hidden.size) parts.push(`${[...hidden].sort().map(k => kernels[k]).join(", ")} hidden`);
    const folds = rows.filter(row => row.events.length > 1).length;
    if (folded) parts.push(`${folds || "no"} fold${folds === 1 ? "" : "s"}`);
    const n = stops().length;
    const all = last - first + 1, words = `Shown: ${parts.join("; ")}.`;
    told.textContent = parts.length ? `${words} The keys stop at ${n} of ${all} events.` : "";
  }
  function arrange(opening) {
    arrangeRows();
    const row = rowOf.get(at);
    if (row?.inside) at = row.events.at(-1);
    else if (!opening) at = stops().findLast(i => i < at) ?? stops()[0] ?? row?.events.at(-1) ?? at;
    press("fold", folded);
    buttons.forEach((button, k) => button.setAttribute("aria-pressed", !hidden.has(k)));
    if (diagram) {
      arrangeLanes();
      placeLanes(), placeWires(), placeRows();
      const slots = Object.values(ends).filter(([, slot]) => slot !== null).length;
      const high = bottom + (slots ? ROW * slots + 8 : 0) + 8;
      for (const [name, value] of Object.entries({viewBox: `0 0 ${wide} ${high}`, width: wide, height: high}))
        svg.setAttribute(name, value);
      ring.setAttribute("width", wide - 20);
      diagram.style.flexBasis = `${0.75 * wide}px`;  // shown a little smaller, if need be
      diagram.style.maxWidth = `min(100%, ${wide + 24}px)`;
    }
    tell();
    show();
  }
