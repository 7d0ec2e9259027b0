// The leaflet workshop: a plain text box. Python looks through the text and writes what it found;
// this file sends the text a moment after the last key and shows the answer.

const QUIET_MS = 450;
const SPOKEN_MS = 1800;
const PATIENCE_MS = 9000;
const GONE = "The course is not answering. Press Start lesson at the top; copy your text first.";

// Each widget loads its own copy of this module, so a counter would repeat itself.
const unique = () => `tlw-${Math.random().toString(36).slice(2, 10)}`;

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child != null) node.append(child);
  keep(node);
  return node;
}

// JupyterLab takes arrow keys and letters away from anything that lacks this.
function keep(node) {
  if (["INPUT", "TEXTAREA", "SELECT", "BUTTON", "SUMMARY"].includes(node.tagName) || node.hasAttribute("tabindex")) {
    node.setAttribute("data-lm-suppress-shortcuts", "true");
  }
}

// Python wrote this HTML and escaped every word of it. What was unfolded stays so.
function fill(node, html) {
  const open = [...node.querySelectorAll("details")].map((each) => each.open);
  node.innerHTML = html;
  node.querySelectorAll("details").forEach((each, index) => { each.open = Boolean(open[index]); });
  node.querySelectorAll("summary").forEach(keep);
}

function render({ model, el }) {
  const spec = model.get("spec");
  const id = unique();
  let quiet = null;
  let pending = null;
  let spoken = null;
  let goToModel = false;

  const state = h("p", { class: "tlw-state" });
  const aloud = h("p", { class: "tlw-away", role: "status" });
  const problem = h("p", { class: "tlw-problem", role: "alert" });
  const box = h("textarea", { id, rows: 11, maxlength: spec.most, spellcheck: "true", "aria-describedby": `${id}-p` });
  box.value = model.get("text");
  const wait = () => {
    clearTimeout(pending);
    pending = setTimeout(() => { problem.textContent = GONE; }, PATIENCE_MS);
  };
  const push = () => {
    clearTimeout(quiet);
    if (model.get("text") === box.value) return;
    model.set("text", box.value);
    model.save_changes();
    wait();
  };
  box.addEventListener("input", () => { clearTimeout(quiet); quiet = setTimeout(push, QUIET_MS); buttons(); });
  box.addEventListener("change", push);

  const weak = h("button", { type: "button", onclick: () => { box.value = spec.weak; push(); buttons(); box.focus(); } },
    "Begin with a weak draft");
  const copy = h("button", { type: "button", onclick: async () => {
    try { await navigator.clipboard.writeText(box.value); } catch { box.select(); document.execCommand("copy"); }
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy my text"; }, 2000);
  } }, "Copy my text");
  let sure = false;
  const clear = h("button", { type: "button", onclick: () => {
    if (!sure) { sure = true; clear.textContent = "Press again to empty it"; return; }
    box.value = "";
    clearTimeout(quiet);
    model.send({ do: "clear" });
    wait();
    buttons();
    box.focus();
  }, onblur: () => { sure = false; clear.textContent = "Empty the box"; } }, "Empty the box");
  const report = h("div", { class: "tlw-report" });
  const show = h("button", { type: "button", class: "tlw-primary", onclick: () => {
    push();
    goToModel = true;
    model.send({ do: "model" });
    wait();
  } }, "Compare with a model text");
  const locked = h("span", { class: "tlw-small", id: `${id}-l` });
  show.setAttribute("aria-describedby", `${id}-l`);
  const shown = h("div", { class: "tlw-shown", tabindex: "-1", role: "group", "aria-label": "Model text" });

  el.append(h("section", { class: "tlw-workshop", "aria-label": spec.title },
    h("div", { role: "heading", "aria-level": "4", class: "tlw-title", text: spec.title }),
    h("p", { text: spec.lead }),
    h("label", { for: id, text: "Your text to Ruth" }), box,
    h("p", { id: `${id}-p`, class: "tlw-small", text: spec.private }),
    h("div", { class: "tlw-row" }, weak, copy, clear), problem, state, aloud, report,
    h("div", { class: "tlw-row" }, show, locked), shown));

  function buttons() {
    const empty = !box.value.trim();
    weak.hidden = !empty;
    copy.hidden = clear.hidden = empty;
  }
  function answered() { clearTimeout(pending); problem.textContent = ""; }
  function drawText() {
    // Emptied, or written in another view of the same panel.
    if (document.activeElement !== box && box.value !== model.get("text")) { box.value = model.get("text"); buttons(); }
  }
  function drawReport() { answered(); fill(report, model.get("report")); }
  function drawStatus() {
    answered();
    state.textContent = model.get("status");
    clearTimeout(spoken);
    // Spoken only when the keys rest.
    spoken = setTimeout(() => { aloud.textContent = model.get("status"); }, SPOKEN_MS);
  }
  function drawLocked() {
    locked.textContent = model.get("locked");
    // It stays reachable, so that a keyboard does not lose its place.
    show.setAttribute("aria-disabled", model.get("locked") ? "true" : "false");
    show.classList.toggle("tlw-off", Boolean(model.get("locked")));
  }
  function drawModel() {
    answered();
    const html = model.get("model");
    shown.hidden = !html;
    show.hidden = locked.hidden = Boolean(html);
    fill(shown, html);
    if (goToModel && html) { shown.focus({ preventScroll: true }); shown.scrollIntoView({ block: "start" }); }
    goToModel = false;
  }
  const events = [["text", drawText], ["report", drawReport], ["status", drawStatus], ["locked", drawLocked], ["model", drawModel]];
  for (const [name, draw] of events) model.on(`change:${name}`, draw);
  buttons();
  for (const [, draw] of events) draw();
  return () => {
    push();
    for (const timer of [quiet, pending, spoken]) clearTimeout(timer);
    for (const [name, draw] of events) model.off(`change:${name}`, draw);
  };
}

export default { render };
