// A medication list: typed, picked by ticking, or both; every entry can be removed, and a
// misspelt one put right with one press.

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
  // On the element itself: JupyterLab takes keys from anything that lacks it.
  if (["INPUT", "BUTTON", "SUMMARY"].includes(node.tagName)) node.setAttribute("data-lm-suppress-shortcuts", "true");
  return node;
}

const key = (name) => name.trim().toLowerCase().replace(/’/g, "'").replace(/\s+/g, " ");

function render({ model, el }) {
  const spec = model.get("spec");
  const id = `trd-medicines-${unique()}`;
  const get = () => model.get("value");
  const set = (names) => { model.set("value", names); model.save_changes(); };
  const note = h("p", { class: "trd-complaint", role: "alert", id: `${id}-note` });
  const list = h("ul", { class: "trd-drugs", "aria-label": spec.label });
  const box = h("input", { id, type: "text", autocomplete: "off", list: `${id}-known`,
    placeholder: spec.placeholder, "aria-describedby": `${id}-note` });
  const known = h("datalist", { id: `${id}-known` });
  const names = spec.groups.flatMap(([, drugs]) => drugs);

  // Only the name that is being typed is completed; those before it stay.
  const complete = () => {
    const cut = Math.max(box.value.lastIndexOf(","), box.value.lastIndexOf(";")) + 1;
    const head = box.value.slice(0, cut);
    known.replaceChildren(...names.map((name) => h("option", { value: head ? `${head} ${name}` : name })));
    const wanted = key(box.value.slice(cut));
    for (const [label, drug] of ticks) label.hidden = wanted !== "" && !drug.includes(wanted);
    for (const [group, labels] of groups) group.hidden = labels.every((label) => label.hidden);
  };

  const add = () => {
    const typed = box.value.split(/[,;\n]/).map((name) => name.trim().replace(/\s+/g, " ")).filter(Boolean);
    if (!typed.length) { note.textContent = "Type a name first."; return; }
    const long = typed.find((name) => name.length > spec.longest);
    if (long) { note.textContent = `“${long.slice(0, 20)}…” is too long for a name.`; return; }
    const next = [...get()];
    for (const name of typed) if (!next.some((have) => key(have) === key(name))) next.push(name);
    if (next.length > spec.most) { note.textContent = `A list holds at most ${spec.most} names. Remove one first.`; return; }
    note.textContent = "";
    box.value = "";
    complete();
    set(next);
  };
  box.addEventListener("input", () => { note.textContent = ""; complete(); });
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); add(); } });

  const ticks = [];
  const groups = [];
  const pick = h("div", { class: "trd-drug-groups" }, spec.groups.map(([title, drugs]) => {
    const labels = drugs.map((drug) => {
      const input = h("input", { type: "checkbox", value: drug, onchange: () => {
        const rest = get().filter((name) => model.get("known_as")[name] !== drug);
        if (input.checked && rest.length >= spec.most) {
          input.checked = false;
          note.textContent = `A list holds at most ${spec.most} names. Remove one first.`;
          return;
        }
        set(input.checked ? [...rest, drug] : rest);
      } });
      const label = h("label", { class: "trd-option" }, input, h("span", { text: drug }));
      ticks.push([label, drug, input]);
      return label;
    });
    const group = h("fieldset", {}, h("legend", { text: title }), h("div", { class: "trd-options" }, labels));
    groups.push([group, labels]);
    return group;
  }));

  const entries = () => {
    const hints = model.get("hints");
    const focused = list.contains(document.activeElement);
    list.replaceChildren(...get().map((name) => {
      const hint = hints[name];
      const fix = hint
        ? h("button", { type: "button", class: "trd-fix", "aria-label": `Did you mean ${hint}? Replace ${name}`,
          text: `did you mean ${hint}?`,
          onclick: () => set([...new Set(get().map((each) => (each === name ? hint : each)))]) })
        : null;
      return h("li", {}, h("span", { text: name }), fix,
        h("button", { type: "button", class: "trd-remove", "aria-label": `Remove ${name}`, text: "×",
          onclick: () => set(get().filter((each) => each !== name)) }));
    }));
    if (!get().length) list.append(h("li", { class: "trd-empty", text: "nothing on the list yet" }));
    // The pressed button is gone: the next sensible place is the line for typing.
    if (focused) box.focus();
    const have = new Set(Object.values(model.get("known_as")));
    for (const [, drug, input] of ticks) input.checked = have.has(drug);
  };

  const clear = h("button", { type: "button", text: "Clear", "aria-label": "Clear the list",
    onclick: () => { note.textContent = ""; set([]); box.focus(); } });

  const root = h("div", { class: "trd-control trd-medicines" },
    h("label", { for: id, text: spec.label }), list,
    h("div", { class: "trd-slider-row" }, box, h("button", { type: "button", text: "Add", onclick: add }), clear),
    known, note,
    h("details", {}, h("summary", { text: `Or tick from the ${names.length} names this course has looked at` }), pick),
    h("p", { class: "trd-help", text: spec.help }));
  complete();
  entries();
  el.replaceChildren(root);
  model.on("change:value", entries);
  model.on("change:hints change:known_as", entries);
  return () => { model.off("change:value", entries); model.off("change:hints change:known_as", entries); };
}

export default { render };
