function (script, css, settings, frames) {
  // Native radio buttons choose among pictures made in advance. Elements are found below `root`.
  const root = script.parentElement, image = root.querySelector("img");
  const form = document.createElement("form"), holder = document.createElement("div");
  const style = document.createElement("style"), words = document.createElement("p");
  style.textContent = css;
  words.setAttribute("role", "status");
  const group = "popcorn" + (window.popcornGroups = (window.popcornGroups || 0) + 1);
  settings.forEach(([name, values], s) => {
    const set = document.createElement("fieldset"), legend = document.createElement("legend");
    legend.textContent = name;
    set.append(legend, ...values.map((value, place) => {
      const label = document.createElement("label"), radio = document.createElement("input");
      Object.assign(radio, {type: "radio", name: `${group}-${s}`, value: place, checked: !place});
      label.append(radio, ` ${value} `);
      return label;
    }));
    form.append(set);
  });
  function show() {
    const places = settings.map((_, s) => +form.querySelector(`[name="${group}-${s}"]:checked`).value);
    const [picture, text] = frames[places.reduce((sum, p, s) => sum * settings[s][1].length + p, 0)];
    holder.innerHTML = picture;
    holder.firstChild.setAttribute("aria-label", text);
    words.textContent = text;
  }
  form.addEventListener("change", show);
  form.addEventListener("keydown", e => e.stopPropagation());
  form.dataset.lmSuppressShortcuts = "true";
  image.replaceWith(style, form, holder, words);
  // GROUND
  show();
}
