// One quiz item, in native form controls, so that keyboard and screen reader work as on any page.
// Python owns the answer, the saving and the verdict; this file only draws and reports clicks.

const SURE = [["guess", "A guess"], ["fairly-sure", "Fairly sure"], ["certain", "Certain"]];
// How long a click may stay unacknowledged before the reader must be told.
const PATIENCE_MS = 15000;

// Each widget loads its own copy of this module, so a counter would repeat itself.
const unique = () => Math.random().toString(36).slice(2, 10);

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child != null) node.append(child);
  // JupyterLab takes arrow keys and letters away from controls that do not carry this.
  if (["INPUT", "SELECT", "BUTTON"].includes(node.tagName)) {
    node.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  return node;
}

function radios(group, legend, choices, isChecked, onPick, type = "radio") {
  return h("fieldset", { class: "trd-choices" },
    h("legend", {}, legend),
    choices.map(([name, text]) => {
      const input = h("input", { type, name: group, value: name, onchange: () => onPick(name, input.checked) });
      input.checked = isChecked(name);
      return h("label", { class: "trd-choice" }, input, h("span", { text }));
    }));
}

function single(spec, group, get, set) {
  return radios(group, spec.stem, spec.options, (name) => get() === name, (name) => set(name));
}

function multiple(spec, group, get, set) {
  const field = radios(group, spec.stem, spec.options, (name) => (get() || []).includes(name),
    (name, on) => {
      const now = new Set(get() || []);
      if (on) now.add(name); else now.delete(name);
      set(spec.options.map(([id]) => id).filter((id) => now.has(id)));
    }, "checkbox");
  field.querySelector("legend").append(h("span", { class: "trd-hint", text: " Choose all that apply." }));
  return field;
}

function numeric(spec, group, get, set) {
  const id = `${group}-number`;
  const input = h("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", size: 10,
    "aria-describedby": `${id}-range` });
  input.value = get() == null ? "" : String(get());
  let timer = null;
  const send = () => { clearTimeout(timer); if (input.value.trim() !== String(get() ?? "")) set(input.value.trim()); };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(send, 900); });
  input.addEventListener("change", send);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") send(); });
  return h("div", { class: "trd-choices" },
    h("label", { class: "trd-stem", for: id, text: spec.stem }),
    h("div", { class: "trd-number" }, input, h("span", { text: spec.unit })),
    h("p", { id: `${id}-range`, class: "trd-hint", text: spec.hint }));
}

function ordering(spec, group, get, set, focus) {
  const words = Object.fromEntries(spec.options);
  const order = get() || spec.options.map(([name]) => name);
  const move = (name, step) => {
    const next = [...order];
    const from = next.indexOf(name);
    next.splice(from, 1);
    next.splice(from + step, 0, name);
    focus(`${name}|${step}`);
    set(next);
  };
  const button = (name, step, label, disabled) =>
    h("button", { type: "button", class: "trd-move", "data-focus": `${name}|${step}`,
      "aria-label": `${label}: ${words[name]}`, disabled, onclick: () => move(name, step) },
      step < 0 ? "▲" : "▼");
  const list = h("ol", { class: "trd-order" }, order.map((name, place) =>
    h("li", {}, h("span", { class: "trd-move-pair" },
      button(name, -1, "Move up", place === 0),
      button(name, 1, "Move down", place === order.length - 1)),
      h("span", { text: words[name] }))));
  return h("div", { class: "trd-choices", role: "group", "aria-labelledby": `${group}-stem` },
    h("p", { id: `${group}-stem`, class: "trd-stem", text: spec.stem }),
    h("p", { class: "trd-hint", text: "Use the arrows to put the entries in order, first at the top." }),
    list,
    get() || !spec.graded ? null : h("button", { type: "button", class: "trd-keep", onclick: () => set([...order]) },
      "Keep this order as my answer"));
}

// A closed list cuts a long answer off, so it is written out under the list.
const LONG_CHOICE = 28;

function matching(spec, group, get, set) {
  const words = Object.fromEntries(spec.options);
  const rows = spec.prompts.map(([prompt, text], index) => {
    const id = `${group}-${index}`;
    const select = h("select", { id, onchange: () => {
      const pairs = { ...(get() || {}) };
      if (select.value) pairs[prompt] = select.value; else delete pairs[prompt];
      set(pairs);
    } }, h("option", { value: "", text: "Choose…" }),
      spec.options.map(([name, label]) => h("option", { value: name, text: label })));
    const chosen = (get() || {})[prompt] || "";
    select.value = chosen;
    const cut = (words[chosen] || "").length > LONG_CHOICE;
    return h("div", { class: "trd-pair" }, h("label", { for: id, text }),
      h("div", {}, select, cut ? h("p", { class: "trd-hint", text: words[chosen] }) : null));
  });
  return h("div", { class: "trd-choices", role: "group", "aria-labelledby": `${group}-stem` },
    h("p", { id: `${group}-stem`, class: "trd-stem", text: spec.stem }),
    h("p", { class: "trd-hint", text: "Choose one for each line. The same answer can fit several lines." }),
    rows);
}

const BODY = { single_best: single, multiple_response: multiple, numeric, ordering, matching };

function render({ model, el }) {
  const group = `trd-item-${unique()}`;
  const spec = model.get("spec");
  const root = h("section", { class: "trd-item", "aria-label": spec.heading });
  const body = h("div");
  const sure = h("div");
  const status = h("p", { class: "trd-status", role: "status" });
  const verdict = h("div", { class: "trd-result", "aria-live": "polite" });
  const action = h("div", { class: "trd-actions" });
  let pending = null;
  let wanted = null;

  const get = () => model.get("answer");
  const send = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.set("rev", model.get("rev") + 1);
    model.save_changes();
    if (spec.graded) {
      show("waiting", "Saving…");
      clearTimeout(pending);
      pending = setTimeout(() => show("error",
        "Not saved: the course is not answering. Press Start lesson at the top, then answer again."), PATIENCE_MS);
    }
  };
  const set = (answer) => send({ answer });
  const retry = h("button", { type: "button", class: "trd-retry", onclick: () => send({}) }, "Save again");
  const show = (kind, text) => {
    status.className = `trd-status trd-status-${kind}`;
    if (status.textContent !== text) status.textContent = text;
    retry.hidden = !(spec.graded && kind === "error");
  };

  const locked = () => !spec.graded && model.get("verdict") !== "";
  function draw() {
    if (!(spec.kind in BODY)) return;
    const active = body.contains(document.activeElement) ? document.activeElement : null;
    const back = wanted || active?.getAttribute("data-focus") || null;
    const choice = active?.value && ["radio", "checkbox"].includes(active.type) ? active.value : null;
    // A text box being typed into must not be rebuilt under the cursor.
    if (spec.kind === "numeric" && active?.type === "text" && !locked()) return;
    const place = active?.tagName === "SELECT" ? active.id : null;
    const field = BODY[spec.kind](spec, group, get, set, (mark) => { wanted = mark; });
    body.replaceChildren(field);
    body.querySelectorAll("input, select, button").forEach((node) => { if (locked()) node.disabled = true; });
    if (back) {
      wanted = null;
      const [name] = back.split("|");
      const node = [...body.querySelectorAll("[data-focus]")].find((n) => n.dataset.focus === back && !n.disabled)
        || [...body.querySelectorAll("[data-focus]")].find((n) => n.dataset.focus.startsWith(`${name}|`) && !n.disabled);
      node?.focus();
    } else if (choice) {
      [...body.querySelectorAll("input")].find((node) => node.value === choice)?.focus();
    } else if (place) {
      body.querySelector(`#${place}`)?.focus();
    }
  }
  function drawSure() {
    if (!spec.confidence) return;
    const active = sure.contains(document.activeElement) ? document.activeElement.value : null;
    sure.replaceChildren(radios(`${group}-sure`, "How sure are you?", SURE,
      (name) => model.get("confidence") === name, (name) => send({ confidence: name })));
    sure.firstChild.classList.add("trd-sure");
    sure.querySelectorAll("input").forEach((node) => { node.disabled = locked(); });
    if (active) [...sure.querySelectorAll("input")].find((node) => node.value === active)?.focus();
  }
  function drawStatus() {
    const now = model.get("status");
    if (press) return;
    if (!now.kind) return show("idle", now.text || "");
    if (spec.graded && now.rev !== undefined && now.rev < model.get("rev")) return;
    clearTimeout(pending);
    show(now.kind, now.text);
  }
  // What stands on the screen goes with the press: changes on their own way may come after it. The
  // press is repeated until it is answered, for a busy course may be slow and a lost one is not told.
  let press = null, asking = null;
  function check() {
    if (press) return;
    if (spec.kind === "ordering" && get() == null) model.set("answer", spec.options.map(([name]) => name));
    if (spec.kind === "numeric") {
      const box = body.querySelector("input[type=text]");
      if (box && box.value.trim() !== String(get() ?? "")) model.set("answer", box.value.trim());
    }
    press = unique();
    show("waiting", "Checking …");
    action.firstChild.setAttribute("aria-disabled", "true");
    const content = { do: "check", press, answer: get(), confidence: model.get("confidence") };
    const again = () => {
      model.send(content);
      asking = setTimeout(() => {
        show("waiting", "Still checking: the course is busy. Your press is kept. If nothing comes, press Start lesson at the top, then check again.");
        again();
      }, PATIENCE_MS);
    };
    again();
  }
  function checked(content) {
    if (content.kind !== "checked" || content.press !== press) return;
    press = null;
    clearTimeout(asking);
    action.firstChild?.removeAttribute("aria-disabled");
    drawStatus();
  }
  function drawVerdict() {
    // Python wrote this HTML and escaped every word of it.
    verdict.innerHTML = model.get("verdict");
    // A run is checked when it ends, and tried again from its own panel.
    if (spec.graded || spec.kind === "simulation") return;
    const had = action.contains(document.activeElement);
    // A set is answered once; it comes back on other days, in another place.
    if (locked() && spec.together) return action.replaceChildren();
    action.replaceChildren(locked()
      ? h("button", { type: "button", class: "trd-again", onclick: () => model.send({ do: "again" }) }, "Try again")
      : h("button", { type: "button", class: "trd-check", onclick: check },
        spec.together ? "Keep my answer" : "Check my answer"));
    if (had) action.firstChild.focus();
  }

  if (spec.vignette) root.append(h("p", { class: "trd-vignette", text: spec.vignette }));
  root.prepend(h("p", { class: "trd-heading", text: spec.heading }));
  if (!(spec.kind in BODY)) body.append(h("p", { class: "trd-stem", text: spec.stem }));
  root.append(body, sure, action, status, retry, verdict);
  el.append(root);

  const redraw = () => { draw(); drawSure(); };
  const onVerdict = () => { redraw(); drawVerdict(); };
  model.on("change:answer", redraw);
  model.on("change:confidence", drawSure);
  model.on("change:status", drawStatus);
  model.on("change:verdict", onVerdict);
  model.on("msg:custom", checked);
  redraw();
  drawStatus();
  drawVerdict();
  return () => {
    clearTimeout(pending);
    clearTimeout(asking);
    model.off("msg:custom", checked);
    model.off("change:answer", redraw);
    model.off("change:confidence", drawSure);
    model.off("change:status", drawStatus);
    model.off("change:verdict", onVerdict);
  };
}

export default { render };
