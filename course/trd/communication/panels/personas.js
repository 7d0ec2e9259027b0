// Conversations: the talk grows downwards; under it stands what can be done next. Native controls,
// so that keyboard and screen reader work as on any page. Python owns the talk; this file draws it.

const MOMENT_MS = 900;
const PATIENCE_MS = 20000;
const MOMENT = "One moment …";
const GONE = "The course is not answering. Press Start lesson at the top, then go on.";

const unique = () => Math.random().toString(36).slice(2, 10);

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else if (name === "html") node.innerHTML = value; // written and escaped by Python
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child != null) node.append(child);
  guard(node);
  return node;
}

// JupyterLab takes arrow keys and letters away from anything that lacks this.
function guard(node) {
  const takes = (each) => ["INPUT", "SELECT", "BUTTON", "SUMMARY"].includes(each.tagName) || each.hasAttribute("tabindex");
  if (takes(node)) node.setAttribute("data-lm-suppress-shortcuts", "true");
  node.querySelectorAll?.("input,select,button,summary,[tabindex]").forEach((each) => each.setAttribute("data-lm-suppress-shortcuts", "true"));
}

function render({ model, el }) {
  const spec = model.get("spec");
  const group = `trd-${unique()}`;
  let shown = [];
  let number = null;
  let mine = false;
  let pending = null;

  const saying = h("p", { class: "trd-say", role: "status" });
  const say = (text, kind = "info") => {
    saying.classList.toggle("trd-say-error", kind === "error");
    saying.textContent = text;
  };
  const send = (content) => {
    mine = true;
    model.send(content);
    clearTimeout(pending);
    pending = setTimeout(() => {
      say(MOMENT);
      pending = setTimeout(() => say(GONE, "error"), PATIENCE_MS);
    }, MOMENT_MS);
  };

  const pick = h("select", { id: `${group}-who` }, spec.people.map(([key, title]) => h("option", { value: key, text: title })));
  const caller = h("div", { class: "trd-row" },
    h("label", { for: `${group}-who`, text: "Talk to" }), pick,
    h("button", { type: "button", onclick: () => send({ do: "meet", who: pick.value }) }, "Begin"));
  const title = h("p", { class: "trd-who" });
  const who = h("p", { class: "trd-known" });
  const note = h("p", { class: "trd-small", role: "status" });
  const log = h("div", { class: "trd-log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": "The conversation" });
  const next = h("form", { class: "trd-next" });
  const results = h("div", { class: "trd-results" });
  const root = h("section", { class: "trd-talk", "aria-label": spec.title },
    h("div", { role: "heading", "aria-level": "4", class: "trd-title", text: spec.title }),
    h("p", { class: "trd-lead", text: spec.lead }),
    h("p", { class: "trd-support", html: spec.note }),
    h("div", { class: "trd-rubric", html: spec.rubric }),
    caller, title, who, note, log, next, saying, results,
    h("p", { class: "trd-support", html: spec.support }));
  el.append(root);
  next.addEventListener("submit", (event) => event.preventDefault());

  function radios(name, options) {
    return options.map(([value, text]) => h("label", { class: "trd-option" },
      h("input", { type: "radio", name, value }), h("span", { text })));
  }

  function chosen(name) {
    return next.querySelector(`input[name="${name}"]:checked`)?.value;
  }

  function choose(legend, options, button, missing, send_it) {
    const name = `${group}-o`;
    next.append(
      h("fieldset", {}, h("legend", { text: legend }), radios(name, options)),
      h("div", { class: "trd-row" }, h("button", { type: "button", class: "trd-primary", onclick: () => {
        const value = chosen(name);
        if (value) send_it(value); else say(missing, "error");
      } }, button)));
  }

  function judge(scene) {
    next.append(h("p", { class: "trd-step", text: "Is that what you want to be taken home?" }));
    scene.statements.forEach((text, index) => {
      next.append(h("fieldset", { class: "trd-judge" },
        h("legend", {}, `“${text}”`),
        h("div", { class: "trd-row" }, radios(`${group}-j${index}`, [["no", "right as said"], ["yes", "has to be put right"]]))));
    });
    next.append(h("div", { class: "trd-row" }, h("button", { type: "button", class: "trd-primary", onclick: () => {
      const marks = scene.statements.map((_text, index) => chosen(`${group}-j${index}`));
      if (marks.includes(undefined)) say("Judge every sentence first.", "error");
      else send({ do: "judge", marks: marks.map((mark) => mark === "yes") });
    } }, "That is my judgement")));
  }

  function draw() {
    const scene = model.get("scene");
    clearTimeout(pending);
    const fresh = scene.number !== number;
    number = scene.number;
    if (fresh) {
      shown = [];
      log.replaceChildren();
      pick.value = scene.key;
      title.textContent = scene.title;
      who.textContent = scene.who;
    }
    note.textContent = scene.note;
    note.hidden = !scene.note;
    while (shown.length > scene.entries.length) { shown.pop(); log.lastChild.remove(); }
    let first = null;
    scene.entries.forEach((html, index) => {
      if (shown[index] === html) return;
      const node = h("div", { class: "trd-entry", tabindex: "-1", html });
      if (index < shown.length) log.children[index].replaceWith(node); else { log.append(node); first = first || node; }
      shown[index] = html;
    });
    next.replaceChildren();
    if (scene.phase === "talk") {
      choose("What do you say?", scene.options, "Say this", "Choose one of the three first.", (reply) => send({ do: "say", reply }));
    } else if (scene.phase === "judge") judge(scene);
    else if (scene.phase === "repair") {
      choose(`How do you put this right: “${scene.mending}”`, scene.options, "Say this", "Choose one of the three first.", (way) => send({ do: "mend", way }));
    } else {
      const button = (text, content, primary) => h("button", { type: "button", class: primary ? "trd-primary" : "", onclick: () => send(content) }, text);
      next.append(h("div", { class: "trd-row" },
        scene.phase === "stopped" ? button("Back to that moment", { do: "back" }, true) : null,
        button("Begin again, by another way", { do: "meet", who: scene.key }, scene.phase === "done"),
        button("Somebody else", { do: "meet", who: scene.next })));
    }
    guard(next);
    // Only after somebody pressed something: a page that opens must not jump here.
    if (mine) {
      const target = fresh ? title : first || next.querySelector("input");
      if (fresh) title.setAttribute("tabindex", "-1");
      if (target) {
        target.focus({ preventScroll: true });
        target.scrollIntoView({ block: fresh || first ? "start" : "nearest" });
      }
    }
    mine = false;
  }

  function drawMessage() {
    const now = model.get("message");
    clearTimeout(pending);
    say(now.text || "", now.kind);
  }

  const drawResults = () => {
    const open = results.querySelector("details")?.open;
    results.innerHTML = model.get("results");
    if (open) results.querySelector("details")?.setAttribute("open", "");
    guard(results);
  };
  model.on("change:scene", draw);
  model.on("change:message", drawMessage);
  model.on("change:results", drawResults);
  draw();
  drawMessage();
  drawResults();
  return () => {
    clearTimeout(pending);
    model.off("change:scene", draw);
    model.off("change:message", drawMessage);
    model.off("change:results", drawResults);
  };
}

export default { render };
