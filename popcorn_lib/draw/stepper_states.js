  // ---- the state: in words, or on a board ---------------------------------------------------------
  let board = data.board;  // the place of the board that is shown; -1 for the states in words
  const text = n => data.strings[n];
  if (states && data.boards.length) {
    const select = document.createElement("select");
    select.append(new Option("in words", -1), ...data.boards.map(({title}, n) => new Option(title, n)));
    select.value = board;
    select.addEventListener("change", () => {
      board = +select.value;
      showStates();
    });
    find(".boards").append(line("label", "State ", select));
  }
  function showStates() {
    states.classList.toggle("board", board >= 0);
    if (board >= 0) showBoard(data.boards[board]);
    else states.replaceChildren(...kernels.map((_, k) => stateOf(k)));
  }
  function stateOf(k) {
    const fresh = k === on[at], box = line("div"), event = latest(k, at);
    const now = linesOf(event, k), then = fresh ? linesOf(latest(k, earlier()), k) : now;
    box.className = fresh ? "state now" : "state";
    box.append(line("strong", fresh ? `▸ ${kernels[k]}, after event ${at}` : kernels[k]));
    for (const l of now)
      box.append(then.includes(l) ? line("p", "  " + l) : line("p", "+ ", line("b", l)));
    for (const l of then)
      if (!now.includes(l)) box.append(line("p", "− ", line("s", l)));
    if (!box.querySelector("p")) box.append(line("p", event >= first ? "  nothing left" : "  nothing yet"));
    return box;
  }
  const earlier = () => (rowOf.get(at)?.events[0] ?? at) - 1;  // the event before this row
  function latest(k, i) {  // the last event of a kernel up to one
    while (i >= first && on[i] !== k) i--;
    return i;
  }
  const linesOf = (i, k) => (i < first ? data.was[k] : data.state[i - first]).flatMap(([name, ...rest]) =>
    rest.map(l => `${text(name)}: ${text(l)}`));

  function showBoard(shown) {
    const now = frame(shown, at), then = earlier() < first ? null : frame(shown, earlier());
    const table = line("table", line("caption", text(shown.words[at - first])));
    const head = table.createTHead().insertRow(), body = table.createTBody();
    shown.heads.forEach(n => head.append(line("th", text(n))));
    head.prepend(line("td"));
    head.querySelectorAll("th").forEach(th => th.scope = "col");
    const was = name => then?.find(row => row[0] === name)?.[1] ?? [];
    for (const [name, cells] of now) body.append(boardRow(name, cells, then && was(name)));
    for (const [name, cells] of then ?? [])
      if (!now.some(r => r[0] === name)) body.append(goneRow(name, cells));
    if (!now.length) body.append(line("tr", line("td", "nothing to show")));
    states.replaceChildren(table, meanings(now));
  }
  function meanings(now) {
    const kinds = new Set(now.flatMap(([, cells]) => cells.map(([kind]) => kind))), p = line("p");
    for (const kind of kinds) if (data.kinds[kind]) p.append(line("span", glyph(kind), data.kinds[kind][2]));
    return p;
  }
  const frame = (shown, i) => shown.frames[shown.at[i - first]].map(n => shown.rows[n]);
  function boardRow(name, cells, then) {  // then: the cells before; none if nothing was before
    const tr = line("tr", line("th", text(name)));
    tr.firstChild.scope = "row";
    cells.forEach(([kind, n], c) => {
      const td = line("td", glyph(kind), text(n));
      if (then && String(then[c]) !== String([kind, n])) {
        td.className = "fresh";
        td.prepend(line("i", "changed: "));
      }
      tr.append(td);
    });
    return tr;
  }
  function goneRow(name, cells) {
    const tr = line("tr", line("th", "− ", line("s", text(name))));
    tr.className = "went";
    cells.forEach(([, n]) => tr.append(line("td", line("s", text(n)))));
    return tr;
  }
  function glyph(kind) {
    const [path, colour, meaning] = data.kinds[kind] ?? [], span = document.createElement("span");
    if (path) span.innerHTML = `<svg class="glyph" role="img" viewBox="-9 -9 18 18" width="15" height="15"
      aria-label="${meaning}"><title>${meaning}</title>
      <path d="${path}" style="--c:var(--p-${colour})"/></svg>`;
    return span;
  }
