// The course's own form controls: native elements with real labels, because ipywidgets' sliders
// have no accessible name and its radio buttons ignore the arrow keys.

// Each widget loads its own copy of this module, so a counter would repeat itself.
const unique = () => Math.random().toString(36).slice(2, 10);

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child != null) node.append(child);
  // On the element itself: JupyterLab takes the arrow keys from anything that lacks it.
  if (["INPUT", "SELECT", "BUTTON"].includes(node.tagName)) {
    node.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  return node;
}

const plain = (number) => String(Number(Number(number).toPrecision(12)));

// What was typed, with the control's own unit taken away: “120 kg” beside a box for kg is 120.
function bare(text, spec) {
  const typed = text.trim();
  const unit = (spec.unit || "").toLowerCase();
  const number = unit && typed.toLowerCase().endsWith(unit) ? typed.slice(0, -unit.length) : typed;
  return number.trim().replace(",", ".");
}

// Why a typed number cannot be used, in words; an empty string when it can.
function complaint(text, spec) {
  const number = Number(bare(text, spec));
  const unit = spec.unit ? ` ${spec.unit}` : "";
  const range = `Enter a number from ${plain(spec.minimum)} to ${plain(spec.maximum)}${unit}.`;
  if (bare(text, spec) === "" || !Number.isFinite(number)) return range;
  if (number < spec.minimum || number > spec.maximum) return `${plain(number)}${unit} is outside the range. ${range}`;
  return "";
}

function numberBox(spec, get, set, complain, attributes) {
  const box = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", ...attributes });
  box.value = plain(get());
  const send = () => {
    const wrong = complaint(box.value, spec);
    complain(wrong);
    box.setAttribute("aria-invalid", wrong ? "true" : "false");
    if (wrong) return;
    const number = Number(bare(box.value, spec));
    box.value = plain(number);
    set(number);
  };
  box.addEventListener("change", send);
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") send(); });
  return box;
}

// A button that moves a slider to its end by itself. A step is asked of the kernel, and the next one
// waits for its answer: on a slow machine steps are left out, never queued. Each says how often the
// panel had been reset, so that a step which Reset has overtaken is not taken any more.
function player(spec, get, model) {
  let timer = null;
  let sent = null;
  let waiting = false;
  let paused = false;
  const button = h("button", { type: "button", class: "trd-play" });
  const label = () => {
    const [sign, word] = timer !== null ? ["❚❚", "Pause"] : get() >= spec.maximum ? ["↻", "Play again"] : ["▶", "Play"];
    button.replaceChildren(h("span", { "aria-hidden": "true", text: `${sign} ` }), word);
    button.setAttribute("aria-label", `${word}: ${spec.label}`);
  };
  const stop = () => { clearInterval(timer); timer = null; waiting = paused = false; label(); };
  const go = (value) => {
    sent = value;
    waiting = value !== get();
    if (waiting) model.send({ step_to: value, resets: model.get("resets") });
  };
  const tick = () => {
    if (!button.isConnected) stop();
    else if (!waiting) go(Math.min(get() + spec.play.step, spec.maximum));
  };
  button.addEventListener("click", () => {
    if (timer !== null) { stop(); paused = true; return; }
    // From the end, and from where the panel opened, it starts over; from a pause it goes on.
    if (get() >= spec.maximum || (get() === spec.play.home && !paused)) go(spec.minimum);
    paused = false;
    timer = setInterval(tick, spec.play.every_ms);
    label();
  });
  const update = () => {
    waiting = false;
    // Somebody else set the value, a hand on the slider for instance.
    const other = sent !== null && get() !== sent;
    if (other) paused = false;
    if (timer !== null && (other || get() >= spec.maximum)) stop(); else label();
  };
  label();
  return { button, update, stop };
}

function slider(spec, id, get, set, model) {
  const note = h("p", { class: "trd-complaint", role: "alert", id: `${id}-note` });
  const complain = (text) => { note.textContent = text; };
  const range = h("input", { id, type: "range", min: spec.minimum, max: spec.maximum, step: spec.step });
  const spoken = () => range.setAttribute("aria-valuetext", `${plain(get())}${spec.unit ? ` ${spec.unit}` : ""}`);
  range.value = get();
  range.addEventListener("input", () => { complain(""); set(Number(range.value)); });
  const box = numberBox(spec, get, set, complain,
    { size: 6, "aria-label": `${spec.label}, as a number`, "aria-describedby": `${id}-note` });
  spoken();
  const play = spec.play ? player(spec, get, model) : null;
  const root = h("div", { class: "trd-slider" },
    h("label", { for: id, text: spec.label }),
    h("div", { class: play ? "trd-slider-row trd-plays" : "trd-slider-row" }, range, box,
      h("span", { class: "trd-unit", text: spec.unit }), play?.button), note);
  // A changed value moves both; the box is left alone while somebody types in it.
  const update = () => {
    if (Number(range.value) !== get()) range.value = get();
    if (document.activeElement !== box || Number(box.value.replace(",", ".")) !== get()) box.value = plain(get());
    box.setAttribute("aria-invalid", "false");
    complain("");
    spoken();
    play?.update();
  };
  return { root, update, stop: play?.stop };
}

function choice(spec, id, get, set) {
  const inputs = spec.options.map(([value, text]) => {
    const input = h("input", { type: "radio", name: id, value, onchange: () => set(value) });
    return [input, h("label", { class: "trd-option" }, input, h("span", { text }))];
  });
  const update = () => inputs.forEach(([input]) => { input.checked = input.value === get(); });
  update();
  return { root: h("fieldset", { class: "trd-radio" }, h("legend", { text: spec.label }),
    h("div", { class: "trd-options" }, inputs.map(([, label]) => label))), update };
}

function dropdown(options, value, onPick, attributes) {
  const select = h("select", { ...attributes, onchange: () => onPick(select.value) });
  const groups = new Map();
  for (const [name, text, group] of options) {
    const option = h("option", { value: name, text });
    if (!group) { select.append(option); continue; }
    if (!groups.has(group)) { groups.set(group, h("optgroup", { label: group })); select.append(groups.get(group)); }
    groups.get(group).append(option);
  }
  select.value = value;
  return select;
}

function select(spec, id, get, set) {
  const node = dropdown(spec.options, get(), set, { id });
  return { root: h("div", { class: "trd-select" }, h("label", { for: id, text: spec.label }), node),
    update: () => { node.value = get(); } };
}

function check(spec, id, get, set) {
  const input = h("input", { id, type: "checkbox", onchange: () => set(input.checked) });
  const update = () => { input.checked = get(); };
  update();
  return { root: h("label", { class: "trd-check-one", for: id }, input, h("span", { text: spec.label })), update };
}

// A table of questions with the same answers: one radio group a row.
function grid(spec, id, get, set) {
  const inputs = [];
  const head = h("tr", {}, h("td", {}), spec.columns.map(([, text]) => h("th", { scope: "col", text })));
  const body = spec.rows.map(([row, text], index) =>
    h("tr", { role: "radiogroup", "aria-label": text }, h("th", { scope: "row", text }),
      spec.columns.map(([value, words]) => {
        const input = h("input", { type: "radio", name: `${id}-${index}`, "aria-label": `${text}: ${words}`,
          onchange: () => set({ ...get(), [row]: value }) });
        inputs.push([input, row, value]);
        return h("td", { "data-words": words }, h("label", {}, input, h("span", { class: "trd-narrow", text: words })));
      })));
  const update = () => inputs.forEach(([input, row, value]) => { input.checked = get()[row] === value; });
  update();
  return { root: h("div", { class: "trd-grid" }, h("table", {}, h("caption", { text: spec.label }),
    h("thead", {}, head), h("tbody", {}, body))), update };
}

// A table that grows: each row a small record, each cell a labelled control.
function rows(spec, id, get, set) {
  const root = h("div", { class: "trd-rows" });
  // Only this part is drawn anew when a row comes or goes; what stands under it stays.
  const inner = h("div");
  root.append(inner);
  const note = h("p", { class: "trd-complaint", role: "alert" });
  let shape = null;
  let fields = [];
  const change = (index, name, value) => set(get().map((row, i) => (i === index ? { ...row, [name]: value } : row)));
  const cell = (row, index, column) => {
    const label = `${column.label}${column.unit ? ` (${column.unit})` : ""}, ${spec.noun} ${index + 1}`;
    if (column.kind === "select") {
      const node = dropdown(column.options, row[column.name], (value) => change(index, column.name, value), { "aria-label": label });
      fields.push((now) => { node.value = now[index][column.name]; });
      return node;
    }
    if (column.kind === "check") {
      const node = h("input", { type: "checkbox", "aria-label": label, onchange: () => change(index, column.name, node.checked) });
      node.checked = row[column.name];
      fields.push((now) => { node.checked = now[index][column.name]; });
      return node;
    }
    const node = numberBox(column, () => get()[index][column.name], (value) => change(index, column.name, value),
      (text) => { note.textContent = text ? `${label}: ${text}` : ""; }, { "aria-label": label, size: 5 });
    fields.push((now) => { if (document.activeElement !== node) node.value = plain(now[index][column.name]); });
    return node;
  };
  function build() {
    const now = get();
    shape = now.length;
    fields = [];
    note.textContent = "";
    const table = h("table", {}, h("caption", { text: spec.label }),
      h("thead", {}, h("tr", {}, h("th", { scope: "col", text: "#" }),
        spec.columns.map((c) => h("th", { scope: "col", text: c.unit ? `${c.label} (${c.unit})` : c.label, title: c.help })),
        h("th", { scope: "col" }, h("span", { class: "trd-hidden", text: "Remove" })))),
      h("tbody", {}, now.map((row, index) => h("tr", {}, h("th", { scope: "row", text: String(index + 1) }),
        spec.columns.map((column) => h("td", { "data-words": column.label }, cell(row, index, column))),
        h("td", {}, h("button", { type: "button", class: "trd-remove", "aria-label": `Remove ${spec.noun} ${index + 1}`,
          onclick: () => { set(get().filter((_, i) => i !== index)); inner.querySelector(".trd-add")?.focus(); } }, "×"))))));
    const add = h("button", { type: "button", class: "trd-add", disabled: now.length >= spec.most,
      onclick: () => { set([...get(), { ...spec.template }]); } }, `Add a ${spec.noun}`);
    inner.replaceChildren(table, note, add);
  }
  const update = () => { if (get().length !== shape) build(); else fields.forEach((refresh) => refresh(get())); };
  build();
  return { root, update };
}

const KIND = { slider, choice, select, check, grid, rows };

function render({ model, el }) {
  const id = `trd-control-${unique()}`;
  const get = () => model.get("value");
  const set = (value) => { model.set("value", value); model.save_changes(); };
  let update;
  let stop;
  const build = () => {
    stop?.();
    const spec = model.get("spec");
    const made = KIND[spec.kind](spec, id, get, set, model);
    if (spec.help) made.root.append(h("p", { class: "trd-help", text: spec.help }));
    made.root.classList.add("trd-control");
    el.replaceChildren(made.root);
    ({ update, stop } = made);
  };
  const onValue = () => update();
  const onReset = () => stop?.();
  build();
  model.on("change:value", onValue);
  model.on("change:spec", build);
  model.on("change:resets", onReset);
  return () => {
    stop?.();
    model.off("change:value", onValue);
    model.off("change:spec", build);
    model.off("change:resets", onReset);
  };
}

export default { render };
