// The claims audit. Native controls, so that keyboard and screen reader work as on any page. Python
// deals, judges and keeps; this file draws it and reports what was pressed.

const PATIENCE_MS = 9000;
const GONE = "The course is not answering. Press Start lesson at the top, then go on.";

// Each widget loads its own copy of this module, so a counter would repeat itself.
const unique = () => `tca-${Math.random().toString(36).slice(2, 10)}`;

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
  if (["INPUT", "SELECT", "BUTTON", "SUMMARY"].includes(node.tagName) || node.hasAttribute("tabindex")) {
    node.setAttribute("data-lm-suppress-shortcuts", "true");
  }
}

// Python wrote this HTML and escaped every word of it.
function fill(node, html) {
  node.innerHTML = html;
  node.querySelectorAll("summary, [tabindex]").forEach(keep);
}

function dropdown(id, options, onchange) {
  const select = h("select", { id, onchange });
  const groups = new Map();
  for (const [value, text, group] of options) {
    const option = h("option", { value, text });
    if (!group) { select.append(option); continue; }
    if (!groups.has(group)) { groups.set(group, h("optgroup", { label: group })); select.append(groups.get(group)); }
    groups.get(group).append(option);
  }
  return select;
}

// -- all sentences as a table ------------------------------------------------------------------

function allOfThem(spec, ask) {
  const id = unique();
  const note = h("p", { class: "tca-small", role: "status" });
  const body = h("tbody");
  let rows = null;
  const filter = () => {
    if (!rows) return;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { row, node } of rows) {
      const hit = selects.every(([name, select]) => !select.value || row[name] === select.value)
        && words.every((word) => row.search.includes(word));
      node.hidden = !hit;
      found += hit;
    }
    note.textContent = found ? `${found} of ${rows.length} shown` : "None found; take a filter away.";
  };
  const selects = [["module", "Subject"], ["verdict", "Verdict"], ["status", "How well checked"]].map(([name, words]) => {
    const select = dropdown(`${id}-${name}`, [["", "All"], ...spec.filters[name]], filter);
    return [name, select, h("span", { class: "tca-field" }, h("label", { for: `${id}-${name}`, text: words }), select)];
  });
  const search = h("input", { id: `${id}-q`, type: "search", autocomplete: "off", oninput: filter });
  const heads = ["No.", "Sentence, in our words", "Verdict", "Careful wording", "Evidence", "In the course"];
  const table = h("div", { class: "tca-scroll", tabindex: "0", role: "group", "aria-label": "All audited sentences" },
    h("table", {}, h("thead", {}, h("tr", {}, heads.map((text) => h("th", { scope: "col", text })))), body));
  const inside = h("div", {}, h("div", { class: "tca-fields" }, selects.map(([, , field]) => field),
      h("span", { class: "tca-field" }, h("label", { for: `${id}-q`, text: "Words" }), search)), note, table);
  const node = h("details", { class: "tca-all" }, h("summary", { text: "For reviewers: all sentences as a table (shows the verdicts)" }), inside);
  node.addEventListener("toggle", () => { if (node.open && !rows) { note.textContent = "One moment …"; ask(); } });
  const put = (all) => {
    rows = all.map((row) => {
      const line = h("tr");
      line.innerHTML = row.html;
      heads.slice(1).forEach((text, index) => line.children[index + 1].setAttribute("data-words", text));
      return { row, node: line };
    });
    body.replaceChildren(...rows.map((each) => each.node));
    filter();
  };
  return { node, put };
}

// -- the whole ---------------------------------------------------------------------------------

function render({ model, el }) {
  const spec = model.get("spec");
  const id = unique();
  const page = () => model.get("page");
  let pending = null;
  let goTo = null;

  const say = h("p", { class: "tca-say", role: "alert", id: `${id}-say` });
  const send = (content) => {
    model.send(content);
    clearTimeout(pending);
    pending = setTimeout(() => { say.textContent = GONE; }, PATIENCE_MS);
  };
  const press = (content, focus) => { goTo = focus; send({ ...content, step: page().step }); };

  // What is dealt.
  const pick = dropdown(`${id}-set`, spec.sets, () => { hint(); number.value = ""; });
  const number = h("input", { id: `${id}-n`, type: "text", inputmode: "numeric", autocomplete: "off", size: 4,
    "aria-describedby": `${id}-nh ${id}-say` });
  const numberHint = h("span", { id: `${id}-nh`, class: "tca-small" });
  const numberField = h("span", { class: "tca-field" }, h("label", { for: `${id}-n`, text: "Draw" }), number, numberHint);
  const hint = () => {
    const many = spec.sets.find(([name]) => name === pick.value)[3];
    numberField.hidden = many === "1";
    numberHint.textContent = `empty: the next; 1 to ${many} hold every sentence`;
  };
  const deal = h("form", { class: "tca-deal", onsubmit: (event) => {
    event.preventDefault();
    goTo = "sentence";
    send({ do: "begin", set: pick.value, draw: number.value.trim() });
  } },
  h("span", { class: "tca-field" }, h("label", { for: `${id}-set`, text: "Sentences" }), pick),
  numberField,
  h("button", { type: "submit" }, "Deal"), say);
  // JupyterLab keeps the browser from doing this by itself.
  number.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); deal.requestSubmit(); }
  });

  // The sentence and the six judgements.
  const what = h("span", { class: "tca-what" });
  const count = h("span", { class: "tca-count" });
  const dots = h("ol", { class: "tca-dots", "aria-label": "Sentences of this draw" });
  const sentence = h("div", { class: "tca-sentence", tabindex: "-1", role: "group", "aria-label": "Sentence to judge" });
  const buttons = spec.choices.map((each, index) => {
    const said = h("span", { class: "tca-away" });
    const tick = h("span", { class: "tca-tick", "aria-hidden": "true" });
    const node = h("button", { type: "button", class: "tca-choice", "aria-keyshortcuts": String(index + 1),
      onclick: () => press({ do: "judge", said: each.name }, "next") },
    h("kbd", { "aria-hidden": "true", text: String(index + 1) }),
    h("span", {}, h("strong", { text: each.words }), h("small", { text: each.means }), said), tick);
    return { each, node, said, tick };
  });
  const choices = h("div", { class: "tca-choices", role: "group", "aria-label": "Your judgement" }, buttons.map(({ node }) => node));
  const told = h("div", { class: "tca-told", role: "status" });
  const next = h("button", { type: "button", class: "tca-primary", onclick: () => press({ do: "next" }, "sentence") });
  const stop = h("button", { type: "button", onclick: () => press({ do: "stop" }, "outcome") }, "Stop here and sum up");
  const foot = h("div", { class: "tca-row" }, next, stop, h("span", { class: "tca-small tca-keys", text: spec.keys }));
  const note = h("p", { class: "tca-small", role: "status" });
  const play = h("div", { class: "tca-play" }, h("div", { class: "tca-top" }, what, count), dots, note, sentence, choices, told, foot);

  const outcome = h("div", { class: "tca-outcome", tabindex: "-1", role: "group", "aria-label": "What the round came to" });
  const another = h("button", { type: "button", class: "tca-primary", onclick: () => {
    goTo = "sentence";
    send({ do: "begin", set: page().set, draw: "" });
  } }, "Next draw");
  const after = h("div", { class: "tca-row" }, another);
  const results = h("div", { class: "tca-results" });
  const all = allOfThem(spec, () => model.send({ do: "table" }));

  const root = h("section", { class: "tca-audit", "aria-label": spec.title },
    h("div", { role: "heading", "aria-level": "4", class: "tca-title", text: spec.title }),
    h("p", { class: "tca-lead", text: spec.lead }), h("p", { class: "tca-small", text: spec.counts }), deal, play, outcome, after, results, all.node);
  // Digits judge from anywhere in the round, except while something is typed.
  play.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const hit = buttons[Number(event.key) - 1];
    if (hit && page().phase === "judge") { event.preventDefault(); event.stopPropagation(); hit.node.click(); }
  });
  el.append(root);

  function draw() {
    const now = page();
    clearTimeout(pending);
    say.textContent = now.error;
    if (now.error) { number.setAttribute("aria-invalid", "true"); goTo = null; return; }
    number.removeAttribute("aria-invalid");
    const done = now.phase === "done";
    const open = now.phase === "judge";
    play.hidden = done;
    outcome.hidden = after.hidden = !done;
    what.textContent = now.what;
    count.textContent = now.count;
    note.textContent = now.note;
    note.hidden = !now.note;
    dots.replaceChildren(...now.dots.map((each) => h("li", { class: `tca-dot tca-${each.look}` },
      h("span", { "aria-hidden": "true", text: each.symbol }), h("span", { class: "tca-away", text: each.words }))));
    if (sentence.dataset.html !== now.sentence) { sentence.dataset.html = now.sentence; sentence.innerHTML = now.sentence; }
    choices.hidden = now.reading;
    for (const { each, node, said, tick } of buttons) {
      const yours = now.said === each.name;
      const right = now.verdict === each.name;
      node.disabled = !open;
      node.classList.toggle("tca-right", right);
      node.classList.toggle("tca-yours", yours);
      tick.textContent = right ? "✓" : yours ? "you" : "";
      said.textContent = [yours ? " (your judgement)" : "", right ? " (the verdict)" : ""].join("");
    }
    if (told.dataset.html !== now.told) { told.dataset.html = now.told; fill(told, now.told); }
    told.hidden = !now.told;
    next.hidden = open;
    next.textContent = now.last ? "Sum up" : now.reading ? "Next line" : "Next sentence";
    stop.hidden = done || !now.begun || (now.last && !open);
    if (outcome.dataset.html !== now.outcome) { outcome.dataset.html = now.outcome; fill(outcome, now.outcome); }
    const calm = { preventScroll: true };
    if (goTo === "next" && !open) {
      next.focus(calm);
      told.scrollIntoView({ block: "nearest" });
    } else if (goTo && done) {
      outcome.focus(calm);
      root.scrollIntoView({ block: "start" });
    } else if (goTo === "sentence") {
      // What is only read has nothing to judge: Enter goes on.
      (now.reading ? next : sentence).focus(calm);
      if (play.getBoundingClientRect().top < 0) play.scrollIntoView({ block: "start" });
    }
    goTo = null;
  }
  const drawResults = () => { results.innerHTML = model.get("results"); };
  const onMessage = (content) => {
    if (content.kind === "table") all.put(content.rows);
    if (content.kind === "card") { clearTimeout(pending); outcome.hidden = false; outcome.innerHTML = content.html; }
  };

  pick.value = page().set;
  hint();
  model.on("change:page", draw);
  model.on("change:results", drawResults);
  model.on("msg:custom", onMessage);
  draw();
  drawResults();
  return () => {
    clearTimeout(pending);
    model.off("change:page", draw);
    model.off("change:results", drawResults);
    model.off("msg:custom", onMessage);
  };
}

export default { render };
