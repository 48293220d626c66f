function (script, css, settings, packed) {
  // Native controls choose among pictures made in advance. Elements are found below `root`.
  const root = script.parentElement, image = root.querySelector("img");
  if (!window.DecompressionStream) return;  // an old browser: the first picture and all words stay
  const list = root.querySelector("details"), words = image.nextElementSibling;
  const said = [...list.querySelectorAll("li")].map(li => li.lastChild.textContent);
  const form = document.createElement("form"), holder = document.createElement("div");
  const style = document.createElement("style");
  style.textContent = css;
  words.setAttribute("role", "status");
  const group = "popcorn" + (window.popcornGroups = (window.popcornGroups || 0) + 1);
  const make = (tag, ...inside) => {
    const element = document.createElement(tag);
    element.append(...inside);
    return element;
  };
  const places = settings.map(([, , , first]) => first);
  const kinds = {
    buttons: (name, values, s) => make("fieldset", make("legend", name), ...values.map((value, place) => {
      const radio = make("input");
      Object.assign(radio, {type: "radio", name: `${group}-${s}`, checked: place === places[s]});
      radio.addEventListener("change", () => { places[s] = place; });
      return make("label", radio, ` ${value} `);
    })),
    list: (name, values, s) => {
      const select = make("select", ...values.map(value => make("option", value)));
      select.selectedIndex = places[s];
      select.addEventListener("change", () => { places[s] = select.selectedIndex; });
      return make("label", make("b", name), select);
    },
    slider: (name, values, s) => {
      const slider = make("input"), value = make("output", values[0]);
      Object.assign(slider, {type: "range", min: 0, max: values.length - 1, value: places[s]});
      const tell = () => slider.setAttribute("aria-valuetext", value.textContent = values[slider.value]);
      slider.addEventListener("input", () => { places[s] = +slider.value; tell(); });
      tell();
      return make("label", make("b", name), slider, value);
    }};
  settings.forEach(([name, values, kind], s) => {
    if (values.length > 1) form.append(kinds[kind](name, values, s));
  });

  // ---- the pictures, packed by packed.py ----------------------------------------------------------
  const bytes = Uint8Array.from(atob(packed), c => c.charCodeAt(0));
  const opened = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const address = svg => "data:image/svg+xml;base64," + btoa(Array.from(
    new TextEncoder().encode(svg), byte => String.fromCharCode(byte)).join(""));
  function show([parts, pages]) {
    const at = places.reduce((sum, place, s) => sum * settings[s][1].length + place, 0);
    holder.innerHTML = pages[at].map(part => parts[part]).join("")
      .replace(/\x01([^\x01]*)\x01/g, (_, svg) => address(svg));
    for (const old of holder.querySelectorAll("script")) old.replaceWith(make("script", old.text));
    if (words.textContent !== said[at]) words.textContent = said[at];
  }
  new Response(opened).json().then(data => {
    form.addEventListener("input", () => setTimeout(show, 0, data));
    form.addEventListener("submit", e => e.preventDefault());
    form.addEventListener("keydown", e => e.stopPropagation());
    for (const one of form.elements) one.dataset.lmSuppressShortcuts = "true";  // JupyterLab's
    image.replaceWith(style, form, holder);
    list.remove();
    // GROUND
    show(data);
  });
}
