  // The theme of a page that is not JupyterLab: is the ground behind us dark, now and later?
  const ground = () => {
    for (let up = root.parentElement; up; up = up.parentElement) {
      const found = getComputedStyle(up).backgroundColor.match(/[\d.]+/g) || [];
      const [r, g, b, a = 1] = found.map(Number);
      if (!found.length || !a) continue;
      root.dataset.ground = 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
      break;
    }
  };
  if (!root.closest("[data-jp-theme-light]")) {
    ground();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ground);
  }
