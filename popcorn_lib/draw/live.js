function (script) {
  // What ipywidgets leave out: names for the handles of sliders, radio buttons that belong together
  // and know the arrow keys, a voice for the words, keys that stay with the controls.
  const start = script.parentElement;
  let tries = 200;
  (function mend() {
    const box = start.closest(".popcorn-live");
    const said = box?.querySelector(".popcorn-said .widget-html-content");
    if (!said) return tries-- && setTimeout(mend, 50);
    said.setAttribute("role", "status");
    for (const slider of box.querySelectorAll(".widget-slider")) {
      const handle = slider.querySelector(".noUi-handle"), value = slider.querySelector(".widget-readout");
      handle.setAttribute("aria-label", slider.querySelector(".widget-label").textContent);
      handle.setAttribute("aria-valuetext", value.textContent);
      value.contentEditable = "false";  // nothing could be written there
    }
    for (const group of box.querySelectorAll(".widget-radio")) {
      const buttons = group.querySelectorAll("input"), name = group.querySelector(".widget-label");
      group.setAttribute("role", "radiogroup");
      group.setAttribute("aria-label", name.textContent);
      if (!buttons[0].name) window.popcornGroups = (window.popcornGroups || 0) + 1;
      for (const button of buttons) button.name ||= `popcorn${window.popcornGroups}`;
    }
    // JupyterLab asks the very element that has the focus whether it wants the keys for itself.
    for (const one of box.querySelectorAll("input, select, button, summary, [tabindex]"))
      one.dataset.lmSuppressShortcuts = "true";
  })();
}
