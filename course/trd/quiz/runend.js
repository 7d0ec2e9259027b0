// What stands under a simulation: Python writes it, this file shows it and leads the reader to it.

// The model's panel says that its run is over at the same moment, and may move the focus itself;
// what the run came to is what the reader wants next, so this comes after it.
const AFTER_PANEL_MS = 300;

function render({ model, el }) {
  const root = document.createElement("section");
  root.className = "trd-item trd-run-end";
  root.tabIndex = -1;
  root.setAttribute("aria-label", "What the run came to");
  // JupyterLab takes arrow keys and letters away from anything that lacks this.
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  el.append(root);
  let going = null;

  function draw() {
    // Python wrote this HTML and escaped every word of it.
    root.innerHTML = model.get("verdict");
    root.hidden = !model.get("verdict");
    root.querySelectorAll("summary").forEach((node) => node.setAttribute("data-lm-suppress-shortcuts", "true"));
  }
  function lead() {
    clearTimeout(going);
    going = setTimeout(() => {
      if (root.hidden || !root.isConnected) return;
      root.focus({ preventScroll: true });
      const box = root.getBoundingClientRect();
      // Whoever sees all of it already is not moved about.
      if (box.top < 0 || box.bottom > window.innerHeight) {
        const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
        root.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
      }
    }, AFTER_PANEL_MS);
  }

  model.on("change:verdict", draw);
  model.on("change:arrived", lead);
  draw();
  return () => {
    clearTimeout(going);
    model.off("change:verdict", draw);
    model.off("change:arrived", lead);
  };
}

export default { render };
