// What is too faint on this page: [where, contrast, what]. Text needs 4.5 to 1, a mark 3 to 1.
(exempt) => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    const byte = text.startsWith("color(") ? 255 : 1; // color(srgb 0.1 0.2 0.3)
    return [r * byte, g * byte, b * byte, a];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => a * c + (1 - a) * under[i]);
  const luminance = (rgb) => rgb.map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  // ---- the ground under an element ---------------------------------------------------------------
  const canvas = [255, 255, 255];
  function ground(element) {
    const layers = [];
    for (let up = element; up; up = up.parentElement) {
      const paint = parse(getComputedStyle(up).backgroundColor);
      layers.unshift(paint);
      if (paint[3] === 1) break;
    }
    return layers.reduce((under, layer) => over(layer, under), canvas);
  }
  function filled(element, style) { // its fill with all that makes it transparent
    const paint = parse(style.fill === "none" ? "rgba(0,0,0,0)" : style.fill);
    return [...paint.slice(0, 3), paint[3] * style.fillOpacity * style.opacity];
  }
  function beneath(svg, element) { // inside a drawing: every earlier shape that lies under it
    const box = element.getBoundingClientRect();
    const middle = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
    let colour = ground(svg);
    for (const shape of svg.querySelectorAll("rect, path, circle, polygon, ellipse")) {
      if (!(element.compareDocumentPosition(shape) & Node.DOCUMENT_POSITION_PRECEDING)) break;
      const style = getComputedStyle(shape), matrix = shape.getScreenCTM();
      if (style.display === "none" || style.fill === "none" || !matrix) continue;
      const at = middle.matrixTransform(matrix.inverse());
      if (shape.isPointInFill(at)) colour = over(filled(shape, style), colour);
    }
    return colour;
  }

  // ---- text, and the marks of drawings -------------------------------------------------------------
  const found = [];
  const where = (element) => {
    const cell = element.closest("[data-cell]")?.dataset.cell ?? "?";
    return `cell ${cell}: ${element.tagName} .${element.getAttribute("class")}`;
  };
  function judge(element, colour, under, least, what) {
    const reached = contrast(over(colour, under), under);
    if (reached < least) found.push([where(element), Math.round(reached * 100) / 100, what]);
  }
  let texts = 0, marks = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement, words = node.data.trim();
    if (!words || element.closest(`script, style, noscript, title, desc, ${exempt}`)) continue;
    const svg = element.closest("svg"), style = getComputedStyle(element);
    if (svg && !element.getClientRects().length) continue;
    texts++;
    if (svg) judge(element, filled(element, style), beneath(svg, element), 4.5, words);
    else judge(element, parse(style.color), ground(element), 4.5, words.slice(0, 40));
  }
  for (const svg of document.querySelectorAll(".popcorn svg, svg.popcorn-svg")) {
    const palette = getComputedStyle(svg), under = ground(svg);
    // The palette's colours without a meaning: the ground, rules between things, bands behind them.
    const probe = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "g"));
    const mute = ["ground", "faint", "band"].map((name) => {
      probe.style.fill = `var(--p-${name})`;
      return getComputedStyle(probe).fill;
    });
    probe.remove();
    for (const shape of svg.querySelectorAll("path, rect, circle, line, polygon, ellipse, polyline")) {
      if (shape.closest(exempt) || !shape.getClientRects().length) continue;
      const style = getComputedStyle(shape), alpha = +style.opacity;
      const paints = [[style.fill, style.fillOpacity], [style.stroke, style.strokeOpacity]]
        .filter(([paint]) => paint !== "none" && !mute.includes(paint));
      if (!paints.length) continue;
      marks++;
      const best = Math.max(...paints.map(([paint, opacity]) => {
        const [r, g, b, a] = parse(paint);
        return contrast(over([r, g, b, a * opacity * alpha], under), under);
      }));
      if (best < 3) found.push([where(shape), Math.round(best * 100) / 100, paints[0][0]]);
    }
  }
  return { found, texts, marks };
}
