// The screening clinic: letter, questions, chart, decision. Native controls, so that keyboard and
// screen reader work as on any page. Python owns the visit; this file draws it and reports clicks.
// The questions are built once: an answer only marks its button and adds a line to the chart, so
// the focus stays where it was.

// A page that is still starting answers late: first a word, and much later that nothing comes.
const MOMENT_MS = 900;
const PATIENCE_MS = 20000;
const MOMENT = "One moment …";
const GONE = "The course is not answering. Press Start lesson at the top, then go on.";

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
  // JupyterLab takes arrow keys and letters away from anything that lacks this.
  if (["INPUT", "SELECT", "BUTTON", "SUMMARY"].includes(node.tagName) || node.hasAttribute("tabindex")) {
    node.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  return node;
}

function tag(code) {
  return h("span", { class: "trd-code", text: code });
}

// -- questions and tests -----------------------------------------------------------------------

function questions(spec, press) {
  const buttons = new Map();
  const groups = spec.sections.map((section) => {
    const id = `trd-${unique()}`;
    const items = section.items.map((item) => {
      const mark = h("span", { class: "trd-tick", "aria-hidden": "true" });
      const said = h("span", { class: "trd-away" });
      const button = h("button", { type: "button", class: "trd-inquiry", onclick: () => press(item) },
        mark, h("span", { class: "trd-inquiry-label", text: item.label }), said);
      buttons.set(item.key, (done, closed) => {
        button.classList.toggle("trd-asked-done", done);
        mark.textContent = done ? "✓" : "";
        said.textContent = done ? (item.do === "ask" ? " (asked)" : " (done)") : "";
        button.disabled = closed;
      });
      return h("li", {}, button);
    });
    return h("div", { role: "group", "aria-labelledby": id },
      h("p", { id, class: "trd-group-head", text: section.title }), h("ul", {}, items));
  });
  const node = h("div", { class: "trd-pane trd-questions", onkeydown: stepThrough }, groups);
  return { node, buttons };
}

// Thirty questions are many to tab through: arrows step, Home and End go to the first and last.
function stepThrough(event) {
  const all = [...event.currentTarget.querySelectorAll("button")];
  const here = all.indexOf(event.target);
  const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
  if (here < 0 || to === undefined || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  all[Math.max(0, Math.min(all.length - 1, to))].focus();
}

// -- reasons -----------------------------------------------------------------------------------

// What is typed finds a line when each of its words begins one of the line's. Short names stand for
// themselves as soon as a line has them: “MI” is not looked for in “mild”, nor D1 in D10.
const SHORT = 3;
const LITTLE = new Set(["a", "an", "and", "at", "for", "has", "in", "is", "of", "on", "or", "the", "to", "with"]);

function finder(typed, lines) {
  const all = typed.toLowerCase().match(/[\p{L}\p{N}]+/gu) || [];
  const large = all.filter((term) => !LITTLE.has(term));
  const terms = large.length ? large : all;
  const fits = terms.map((term) => {
    const whole = term.length <= SHORT && lines.some((line) => line.words.includes(term));
    // The plural finds the singular.
    const start = term.length > SHORT ? term.replace(/s$/, "") : term;
    return (word) => (whole ? word === term : word.startsWith(start));
  });
  return {
    empty: !terms.length,
    hits: (line) => fits.every((fit) => line.words.some(fit)),
  };
}

function picker(items, has, toggle) {
  const boxes = items.map((item) => {
    const input = h("input", { type: "checkbox", value: item.code, onchange: () => toggle(item.code, input.checked) });
    const node = h("label", { class: "trd-pick" }, input, h("span", {}, `${item.what} `, tag(item.code)));
    return { item, input, node };
  });
  return { boxes, refresh: () => boxes.forEach((box) => { box.input.checked = has(box.item.code); }) };
}

function reasonsBlock(spec, draft, change) {
  const id = `trd-${unique()}`;
  const toggle = (code, on) => {
    const now = new Set(draft().reasons);
    if (on) now.add(code); else now.delete(code);
    change({ reasons: order.filter((each) => now.has(each)) });
  };
  const order = spec.reasons.flatMap((group) => group.items.map((item) => item.code));
  const words = Object.fromEntries(spec.reasons.flatMap((g) => g.items.map((i) => [i.code, i.what])));
  const groups = spec.reasons.map((group) => {
    const list = picker(group.items, (code) => draft().reasons.includes(code), toggle);
    const count = h("span", { class: "trd-count" });
    const node = h("details", { class: "trd-fold" },
      h("summary", {}, `${group.title} `, count), h("div", {}, list.boxes.map((box) => box.node)));
    return { ...list, node, count, size: group.items.length };
  });
  const search = h("input", { id, type: "search", autocomplete: "off", placeholder: "e.g. chest pain, BP, urine" });
  const found = h("span", { class: "trd-hint trd-found-hint", role: "status" });
  const lines = [...spec.reasons.flatMap((group) => group.items), ...spec.conditions];
  const told = (wanted, total) => {
    const plans = spec.conditions.filter(wanted.hits).length;
    if (total) return `${total} found${plans ? `; ${plans} more under 3, the plan` : ""}.`;
    if (plans) return `No barrier in these words; ${plans} found under 3, the plan.`;
    const topic = spec.not_here.find(wanted.hits);
    if (topic) return `No line of this rule is about ${topic.what}.`;
    return "Nothing found: try another word. Not every finding is a barrier.";
  };
  let before = null;
  const filter = () => {
    const wanted = finder(search.value, lines);
    // What was unfolded before the search is unfolded after it.
    if (!wanted.empty && !before) before = groups.map((group) => group.node.open);
    let total = 0;
    groups.forEach((group, index) => {
      let hits = 0;
      for (const box of group.boxes) {
        const hit = wanted.hits(box.item);
        box.node.hidden = !hit;
        hits += hit;
      }
      total += hits;
      group.node.hidden = hits === 0;
      if (!wanted.empty) group.node.open = hits > 0;
      else if (before) group.node.open = before[index];
      group.hits = wanted.empty ? null : hits;
    });
    if (wanted.empty) before = null;
    found.textContent = wanted.empty ? "" : told(wanted, total);
    count();
  };
  search.addEventListener("input", filter);
  const chips = h("ul", { class: "trd-chosen", "aria-label": "Reasons named" });
  const empty = h("p", { class: "trd-hint", text: "None named yet." });
  const node = h("div", { class: "trd-reasons", role: "group", "aria-label": "Reasons" },
    h("p", { class: "trd-step-head", text: "2. Reasons: every barrier that has come to light" }),
    h("p", { class: "trd-hint", text: "The four lists hold every barrier of the rule. New here? Look through them before you ask." }),
    h("div", { class: "trd-search" }, h("label", { for: id, text: "Find a reason" }), search, found),
    h("div", { class: "trd-folds" }, groups.map((group) => group.node)),
    h("div", { class: "trd-named" }, empty, chips));
  const count = () => {
    for (const group of groups) {
      const n = group.boxes.filter((box) => box.input.checked).length;
      const shown = group.hits == null ? `${group.size}` : `${group.hits} of ${group.size} found`;
      group.count.textContent = n ? `${n} of ${group.size} named` : shown;
      group.count.classList.toggle("trd-some", n > 0);
    }
  };
  const refresh = () => {
    groups.forEach((group) => group.refresh());
    count();
    const codes = draft().reasons;
    empty.hidden = codes.length > 0;
    const inside = chips.contains(document.activeElement);
    chips.replaceChildren(...codes.map((code) => h("li", {}, h("button", { type: "button", class: "trd-chip",
      "aria-label": `Take away: ${words[code]}`, onclick: () => toggle(code, false) },
      h("span", { text: words[code] }), " ", tag(code), h("span", { "aria-hidden": "true", text: " ×" })))));
    if (inside) (chips.querySelector("button") || search).focus();
  };
  const clear = () => {
    search.value = "";
    before = null;
    filter();
    groups.forEach((group) => { group.node.open = false; });
  };
  return { node, refresh, clear };
}

// A pane that the scrolled page brings under a resting pointer lets the page scroll on; only where
// the pointer went by itself, or was pressed, the wheel turns the pane. A finger is left alone.
const MEANT_PX = 6;

function yieldInPassing(pane) {
  let last = null;
  let moved = 0;
  const passing = (on) => pane.classList.toggle("trd-passing", on);
  const follow = (event) => { if (event.pointerType === "mouse") last = [event.screenX, event.screenY]; };
  // The wheel tells where the pointer rests even when it has not been moved over the page yet.
  const wheel = (event) => {
    if (!last) last = [event.screenX, event.screenY];
    if (!pane.contains(event.target)) moved = 0;
  };
  window.addEventListener("pointermove", follow, true);
  window.addEventListener("wheel", wheel, { capture: true, passive: true });
  pane.addEventListener("pointerenter", (event) => {
    if (event.pointerType !== "mouse") return;
    moved = 0;
    passing(Boolean(last) && event.screenX === last[0] && event.screenY === last[1]);
  });
  pane.addEventListener("pointermove", (event) => {
    if (!pane.classList.contains("trd-passing")) return;
    moved += Math.abs(event.movementX) + Math.abs(event.movementY);
    if (moved >= MEANT_PX) passing(false);
  });
  pane.addEventListener("pointerdown", () => passing(false));
  pane.addEventListener("focusin", () => passing(false));
  pane.addEventListener("pointerleave", () => passing(false));
  return () => {
    window.removeEventListener("pointermove", follow, true);
    window.removeEventListener("wheel", wheel, { capture: true });
  };
}

// -- the whole ---------------------------------------------------------------------------------

function render({ model, el }) {
  const spec = model.get("spec");
  const group = `trd-${unique()}`;
  const visit = () => model.get("visit");
  const draft = () => model.get("draft");
  let pending = null;
  let waiting = false;
  let goTo = null;

  const say = (where, text, kind) => {
    const node = { decide: sayDecide, call: sayCall }[where] || sayAsk;
    node.className = `trd-say${where === "call" ? " trd-say-call" : ""}${kind === "error" ? " trd-say-error" : ""}`;
    if (node.textContent !== text) node.textContent = text;
  };
  const send = (content, where) => {
    model.send(content);
    clearTimeout(pending);
    pending = setTimeout(() => {
      waiting = true;
      say(where, MOMENT);
      pending = setTimeout(() => say(where, GONE, "error"), PATIENCE_MS);
    }, MOMENT_MS);
  };
  const change = (part) => {
    model.set("draft", { ...draft(), ...part });
    model.save_changes();
    drawDraft();
  };

  // Who comes next.
  const number = h("input", { id: `${group}-n`, type: "text", inputmode: "numeric", autocomplete: "off", size: 5,
    "aria-describedby": `${group}-nh ${group}-ns` });
  const levels = spec.difficulties.map(([name, text]) => {
    const input = h("input", { type: "radio", name: `${group}-d`, value: name });
    return { input, node: h("label", {}, input, h("span", { text })) };
  });
  const difficulty = () => levels.find((each) => each.input.checked)?.input.value;
  const call = (content, where = "ask") => { goTo = "letter"; send({ difficulty: difficulty(), ...content }, where); };
  const sayCall = h("p", { id: `${group}-ns`, class: "trd-say trd-say-call", role: "alert" });
  const caller = h("form", { class: "trd-caller", onsubmit: (event) => {
    event.preventDefault();
    call({ do: "next", number: number.value.trim() }, "call");
  } },
  h("fieldset", {}, h("legend", { text: "Next patient" }), levels.map((each) => each.node)),
  h("span", { class: "trd-numbered" }, h("label", { for: `${group}-n`, text: "Number" }), number,
    h("span", { id: `${group}-nh`, class: "trd-hint", text: "1 to 9999: the same person for everybody. Empty: somebody new" })),
  h("button", { type: "submit", class: "trd-call" }, "Call in"), sayCall);
  // JupyterLab keeps the browser from doing this by itself.
  number.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); caller.requestSubmit(); }
  });

  const who = h("p", { class: "trd-who" });
  const papers = h("div", { class: "trd-papers", tabindex: "-1", role: "group", "aria-label": "Letter and medication list" });
  const asked = questions(spec, (item) => send({ do: item.do, what: item.key }, "ask"));
  asked.node.setAttribute("role", "group");
  asked.node.setAttribute("aria-label", "Questions and tests");
  const clock = h("span", { class: "trd-clock" });
  const lines = h("div", { class: "trd-lines", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": "Chart" });
  const page = h("div", { class: "trd-pane trd-page", tabindex: "0", role: "group", "aria-label": "Chart, newest at the bottom" }, lines);
  const sayAsk = h("p", { class: "trd-say", role: "status" });
  const sayDecide = h("p", { class: "trd-say", role: "status" });
  const consult = h("div", { class: "trd-consult" },
    h("div", {}, h("p", { class: "trd-pane-head" }, "Ask and order",
      h("span", { class: "trd-many", text: `${asked.buttons.size} to choose from` }),
      h("span", { class: "trd-keys", "aria-hidden": "true", text: "Keys: ↑ ↓ Home End" })), asked.node),
    h("div", {}, h("p", { class: "trd-pane-head" }, "Chart", clock), page));

  // The decision.
  const radios = spec.decisions.map((each) => {
    const input = h("input", { type: "radio", name: `${group}-v`, value: each.id, onchange: () => change({ disposition: each.id }) });
    return { input, node: h("label", { class: "trd-verdict-option" }, input,
      h("span", {}, h("strong", { text: each.head }), each.rest ? `: ${each.rest}` : "")) };
  });
  const why = reasonsBlock(spec, draft, change);
  const plan = picker(spec.conditions, (code) => draft().conditions.includes(code), (code, on) => {
    const now = new Set(draft().conditions);
    if (on) now.add(code); else now.delete(code);
    change({ conditions: spec.conditions.map((item) => item.code).filter((each) => now.has(each)) });
  });
  const planCount = h("span", { class: "trd-count" });
  const planFold = h("details", { class: "trd-fold" },
    h("summary", {}, "F: Choose what goes into the plan ", planCount), h("div", { class: "trd-plan" }, plan.boxes.map((box) => box.node)));
  const form = h("form", { class: "trd-decide", onsubmit: (event) => {
    event.preventDefault();
    goTo = "outcome";
    send({ do: "decide", ...draft() }, "decide");
  } },
  h("fieldset", {}, h("legend", { class: "trd-step-head", text: "1. Your decision" }), radios.map((each) => each.node)),
  why.node,
  h("p", { class: "trd-step-head", text: "3. Conditions for the plan: marked when no barrier is found" }), planFold,
  h("div", { class: "trd-row" }, h("button", { type: "submit", class: "trd-primary" }, "Decide"), sayDecide));
  // Enter in the search box must not decide.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault();
  });

  const outcome = h("div", { class: "trd-outcome", tabindex: "-1", role: "group", "aria-label": spec.graded ? "After the decision" : "Debrief" });
  const again = h("button", { type: "button", class: "trd-call", onclick: () => call({ do: "again" }) },
    spec.graded ? "Start again" : "Same patient again");
  const next = spec.graded ? null : h("button", { type: "button", class: "trd-primary",
    onclick: () => call({ do: "next", number: "" }) }, "Next patient");
  const after = h("div", { class: "trd-row" }, next, again);
  const results = h("div", { class: "trd-results" });

  const head = spec.title ? h("div", { role: "heading", "aria-level": "4", class: "trd-title", text: spec.title }) : null;
  const root = h("section", { class: "trd-clinic", "aria-label": spec.title || "Virtual patient" }, head,
    h("p", { class: "trd-lead", text: spec.lead }), spec.graded ? null : caller, who, papers, consult, sayAsk, form, outcome, after,
    spec.graded ? null : results);
  el.append(root);

  function drawDraft() {
    const now = draft();
    radios.forEach((each) => { each.input.checked = each.input.value === now.disposition; });
    why.refresh();
    plan.refresh();
    planCount.textContent = now.conditions.length ? `${now.conditions.length} of ${spec.conditions.length} chosen` : `${spec.conditions.length}`;
    planCount.classList.toggle("trd-some", now.conditions.length > 0);
  }

  let shown = null;
  function drawVisit() {
    const now = visit();
    const fresh = shown !== now.number;
    clearTimeout(pending);
    if (waiting) drawMessage();
    if (fresh) {
      shown = now.number;
      who.textContent = now.who;
      // Python wrote this HTML and escaped every word of it.
      papers.innerHTML = now.letter;
      papers.querySelectorAll("summary").forEach((node) => node.setAttribute("data-lm-suppress-shortcuts", "true"));
      // A new log, so that nobody is read the last person's answers.
      lines.replaceChildren();
      asked.node.scrollTop = 0;
      number.value = "";
      levels.forEach((each) => { each.input.checked = each.input.value === now.difficulty; });
      why.clear();
      planFold.open = false;
    }
    clock.textContent = now.clock;
    const closed = now.phase !== "open";
    // Without a button that can be reached the pane itself must be, to be scrolled by keyboard.
    if (closed) asked.node.setAttribute("tabindex", "0"); else asked.node.removeAttribute("tabindex");
    asked.node.setAttribute("data-lm-suppress-shortcuts", "true");
    for (const [key, set] of asked.buttons) set(now.done.includes(key), closed);
    while (lines.children.length > now.entries.length) lines.lastChild.remove();
    let last = null;
    for (const html of now.entries.slice(lines.children.length)) {
      last = h("div", { class: "trd-entry" });
      last.innerHTML = html;
      lines.append(last);
    }
    // The whole new line is brought into sight, its beginning first.
    if (last) page.scrollTop = Math.min(last.offsetTop - 8, page.scrollHeight);
    // A visit begun or ended before is opened at its newest line, once the page has room for it.
    if (fresh) requestAnimationFrame(() => { page.scrollTop = page.scrollHeight; });
    form.hidden = closed;
    consult.classList.toggle("trd-closed", closed);
    after.hidden = !closed;
    if (outcome.dataset.html !== now.outcome) {
      outcome.dataset.html = now.outcome;
      outcome.innerHTML = now.outcome;
      outcome.querySelectorAll("summary").forEach((node) => node.setAttribute("data-lm-suppress-shortcuts", "true"));
    }
    outcome.hidden = !now.outcome;
    if (goTo === "outcome" && closed) { goTo = null; outcome.focus({ preventScroll: true }); outcome.scrollIntoView({ block: "start" }); }
    if (goTo === "letter" && fresh) {
      goTo = null;
      papers.focus({ preventScroll: true });
      (spec.graded ? who : root).scrollIntoView({ block: "start" });
    }
  }
  function drawMessage() {
    clearTimeout(pending);
    waiting = false;
    const now = model.get("message");
    say("ask", now.where === "ask" ? now.text : "", now.kind);
    say("decide", now.where === "decide" ? now.text : "", now.kind);
    say("call", now.where === "call" ? now.text : "", now.kind);
    const wrong = Boolean(now.text) && now.where === "call";
    if (wrong) number.setAttribute("aria-invalid", "true"); else number.removeAttribute("aria-invalid");
    if (now.text && now.where !== "ask") goTo = null;
  }
  function drawResults() {
    results.innerHTML = model.get("results");
  }

  model.on("change:draft", drawDraft);
  model.on("change:visit", drawVisit);
  model.on("change:message", drawMessage);
  model.on("change:results", drawResults);
  drawDraft();
  drawVisit();
  drawMessage();
  drawResults();
  const calm = [asked.node, page].map(yieldInPassing);
  return () => {
    clearTimeout(pending);
    calm.forEach((stop) => stop());
    model.off("change:draft", drawDraft);
    model.off("change:visit", drawVisit);
    model.off("change:message", drawMessage);
    model.off("change:results", drawResults);
  };
}

export default { render };
