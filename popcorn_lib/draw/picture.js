function (script, css) {
  // Put the SVG of an image into the page, so that it follows the page's theme.
  const root = script.parentElement, image = root.querySelector("img");
  const bytes = Uint8Array.from(atob(image.src.split(",")[1]), c => c.charCodeAt(0));
  const holder = document.createElement("div");
  holder.innerHTML = new TextDecoder().decode(bytes);
  holder.querySelector("style").textContent = css;
  holder.firstChild.setAttribute("aria-label", image.alt);
  image.replaceWith(holder.firstChild);
  // GROUND
}
