// The chairside: a monitor, a pump, a person, and everything that can be done. Native controls, so
// that keyboard and screen reader work as on any page.
//
// Who keeps the time: Python does. This file asks for whole seconds, one request at a time, and
// draws what comes back; a slow course slows the clock and never skips a second. The curves only
// illustrate the numbers and run in the reader's own time.

// A page that is still starting answers late: first a word, and much later that nothing comes.
const MOMENT_MS = 900;
const PATIENCE_MS = 20000;
const MOMENT = "One moment …";
const GONE = "The course is not answering; time stands still. Press Start lesson at the top, then go on.";
const STARTING = "Still waiting: the page may not have finished starting. If nothing comes, press Start lesson at the top.";
/** What stays set or held, so that its button shows it. */
const SETTINGS = ["cuff_cycle", "position", "oxygen", "bag_mask", "rate", "quiet", "capnograph", "strip", "jaw_thrust", "larson", "restrain", "cannula_out"];
/** Milliseconds between requests and seconds in each, by speed. */
const PACE = { 1: [1000, 1], 4: [250, 1], 10: [300, 3] };
const STEPS = [[10, "10 s"], [60, "1 min"], [300, "5 min"]];
const TIME_KEYS = [
  ["t", "Time: go or stop"], ["1", "Speed 1×"], ["4", "Speed 4×"], ["0", "Speed 10×"], ["s", "Step 10 s"],
  [",", "Tab before"], [".", "Tab after"], ["o", "Order set"], ["v", "Read out what the chair shows"], ["k", "This list"],
];

// Each widget loads its own copy of this module, so a counter would repeat itself.
const unique = () => `tch-${Math.random().toString(36).slice(2, 10)}`;

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
  if (["INPUT", "SELECT", "BUTTON", "SUMMARY", "DIALOG"].includes(node.tagName) || node.hasAttribute("tabindex")) {
    node.setAttribute("data-lm-suppress-shortcuts", "true");
  }
}

// Python wrote this HTML and escaped every word of it.
function fill(node, html) {
  if (node.dataset.html === html) return;
  node.dataset.html = html;
  node.innerHTML = html;
  node.querySelectorAll("summary, [tabindex]").forEach(keep);
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// -- curves ------------------------------------------------------------------------------------

const bump = (phase, at, width, height) => height * Math.exp(-(((phase - at) / width) ** 2));
const SHAPES = {
  ecg: (p, now) => (now.rhythm.includes("junctional") ? 0 : bump(p, 0.16, 0.026, 0.13)) + bump(p, 0.285, 0.009, -0.12)
    + bump(p, 0.31, 0.011, 0.95) + bump(p, 0.34, 0.011, -0.22) + bump(p, 0.56, 0.05, 0.24),
  pleth: (p) => bump(p, 0.24, 0.11, 0.85) + bump(p, 0.52, 0.13, 0.38) + bump(p, 1.24, 0.11, 0.85),
  co2: (p) => (p < 0.1 ? p / 0.1 : p < 0.45 ? 1 + (p - 0.1) * 0.25 : p < 0.52 ? (0.52 - p) / 0.07 : 0),
};

/** Sweeping curves on a canvas; they run only while the clock does. */
function sweep(canvas, lanes, state) {
  const quiet = window.matchMedia("(prefers-reduced-motion: reduce)");
  const context = canvas.getContext("2d");
  let width = 0, height = 0, x = 0, beat = 0, breath = 0, last = 0, request = 0, drawn = "", switched = "";
  const value = (lane, now, b, r) => {
    if (lane.name === "ecg") return SHAPES.ecg(b, now);
    if (lane.name === "pleth") return now.spo2 == null ? (Math.random() - 0.5) * 0.7 + 0.3 : SHAPES.pleth(b) * (now.spo2 < 85 ? 0.6 : 1);
    return now.etco2 < 5 ? 0 : SHAPES.co2(r) * Math.min(1.2, now.etco2 / 42);
  };
  const on = (lane, now) => now.here && !now.gone && (lane.name === "pleth" || (lane.name === "ecg" ? now.strip : now.capno));
  const size = () => {
    const box = canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
    if (!box.width || (Math.round(box.width) === width && Math.round(box.height) === height)) return;
    width = Math.round(box.width);
    height = Math.round(box.height);
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    x = 0;
    drawn = switched = "";
  };
  const step = (now, dx, dt) => {
    const from = x;
    beat = (beat + dt * (now.hr || 0) / 60) % 1;
    breath = (breath + dt * (now.rr || 0) / 60) % 1;
    x += dx;
    context.fillStyle = "#0b1014";
    context.fillRect(from === 0 ? 0 : Math.ceil(from) + 1, 0, 14, height);
    lanes.forEach((lane, index) => {
      const high = height / lanes.length, base = high * (index + 1) - 7, room = high - 18;
      const y = on(lane, now) ? base - room * value(lane, now, beat, breath) : null;
      if (y != null && lane.y != null && from > 0) {
        context.strokeStyle = lane.ink;
        context.lineWidth = 1.8;
        context.beginPath();
        context.moveTo(from, lane.y);
        context.lineTo(x, y);
        context.stroke();
      }
      lane.y = y;
    });
    if (x >= width) x = 0;
  };
  const frame = (time) => {
    request = requestAnimationFrame(frame);
    const { now, moving } = state();
    const dt = Math.min(0.1, (time - last) / 1000);
    last = time;
    if (!now || canvas.offsetParent === null) return;
    size();
    if (!width) return;
    // What is switched on or off is seen at once, also while time stands.
    const lanesNow = [now.strip, now.capno, now.here, now.gone, width].join();
    if (quiet.matches || (!moving && lanesNow !== switched)) {
      // A still picture, drawn anew only when what it shows has changed.
      const key = [now.hr, now.spo2 == null, now.rr, lanesNow].join();
      switched = lanesNow;
      if (key === drawn) return;
      context.fillStyle = "#0b1014";
      context.fillRect(0, 0, width, height);
      x = 0;
      for (let at = 0; at < width; at += 1.5) step(now, 1.5, 1.5 / 70);
      drawn = quiet.matches ? key : "moved";
      return;
    }
    if (!moving) return;
    if (lanesNow !== switched && (now.gone || !now.here)) {
      context.fillStyle = "#0b1014";
      context.fillRect(0, 0, width, height);
    }
    switched = lanesNow;
    drawn = "moved";
    for (let left = dt; left > 0; left -= 0.008) step(now, Math.min(left, 0.008) * 70, Math.min(left, 0.008));
  };
  request = requestAnimationFrame(frame);
  return () => cancelAnimationFrame(request);
}

// -- the person --------------------------------------------------------------------------------

const PEOPLE = {
  reclined: ["38,22", "45,31 80,52 106,44 128,56", "M28 32 L76 62 L108 56 L134 68 M58 52 V80 M104 57 V80"],
  supine: ["24,48", "35,51 80,53 106,53 132,53", "M12 62 H140 M24 62 V80 M128 62 V80"],
  legs_up: ["24,54", "35,57 80,58 104,36 128,28", "M12 66 H140 M24 66 V80 M128 66 V80 M92 66 L128 38 V66"],
  lateral: ["26,46", "36,50 76,53 92,40 112,53", "M12 62 H140 M24 62 V80 M128 62 V80"],
  head_up: ["34,28", "41,37 76,54 106,54 132,54", "M26 36 L72 64 H140 M34 42 V80 M128 64 V80"],
  sit: ["66,14", "66,24 66,50 94,50 96,76", "M56 30 V80 M56 56 H92 V80"],
  standing: ["75,12", "75,22 75,48 73,64 73,81", "M50 82 H110"],
};

function figure(now) {
  if (now.gone) return '<svg viewBox="0 0 150 86" aria-hidden="true"><path d="M28 32 L76 62 L108 56 L134 68 M58 52 V80 M104 57 V80" class="tch-chairline"/></svg>';
  const [head, body, seat] = PEOPLE[now.position] || PEOPLE.reclined;
  const [x, y] = head.split(",").map(Number);
  const mask = now.oxygen === "off" ? "" : `<path d="M${x + 5} ${y - 4} l7 4 l-7 5 z" class="tch-mask"/><path d="M${x + 12} ${y} q14 -16 30 -20" class="tch-tube"/>`;
  return `<svg viewBox="0 0 150 86" aria-hidden="true"><path d="${seat}" class="tch-chairline"/>`
    + `<polyline points="${body}" class="tch-body"/><circle cx="${x}" cy="${y}" r="9" class="tch-head"/>${mask}</svg>`;
}

// -- the trend ---------------------------------------------------------------------------------

function trend(node, run, now) {
  const width = Math.max(180, node.clientWidth), height = 136;
  const left = 40, right = 10, top = 8, bottom = 24, low = 40, high = 220;
  const zero = run.started ?? 0;
  const first = Math.min(0, zero);
  const last = Math.max(now.t + 300, first + 3600);
  const x = (t) => left + (width - left - right) * (t - first) / (last - first);
  const y = (v) => top + (height - top - bottom) * (high - Math.min(high, Math.max(low, v))) / (high - low);
  const parts = [];
  for (const v of [60, 100, 140, 180, 220]) {
    parts.push(`<line x1="${left}" x2="${width - right}" y1="${y(v)}" y2="${y(v)}" class="tch-grid"/>`
      + `<text x="${left - 5}" y="${y(v) + 5}" text-anchor="end">${v}</text>`);
  }
  const span = (last - first) / 60, most = Math.max(4, (width - 60) / 62);
  const every = [5, 10, 20, 30, 60].find((m) => span / m <= most) || 60;
  for (let m = Math.ceil((first - zero) / 60 / every) * every; zero + m * 60 <= last; m += every) {
    const at = x(zero + m * 60);
    parts.push(`<line x1="${at}" x2="${at}" y1="${top}" y2="${height - bottom}" class="tch-grid"/>`
      + `<text x="${at}" y="${height - 8}" text-anchor="middle">${m}${m === 0 ? " min" : ""}</text>`);
  }
  // The pump as a bar along the bottom, as thick as it runs fast.
  let from = null, flow = 0;
  const bar = (to) => {
    if (from == null || !flow) return;
    const thick = Math.min(14, 6 * flow);
    parts.push(`<rect x="${x(from)}" width="${Math.max(1, x(to) - x(from))}" y="${height - bottom - thick}" height="${thick}" class="tch-flow"/>`);
  };
  if (zero < 0) { from = zero; flow = run.frames.length ? run.frames[0][3] : 0; }
  for (const f of run.frames) if (f[3] !== flow) { bar(f[0]); from = f[0]; flow = f[3]; }
  bar(now.t);
  const skip = Math.max(1, Math.floor(run.frames.length / 260));
  const curve = (column, name) => {
    let path = "", pen = false;
    for (let i = 0; i < run.frames.length; i += skip) {
      const f = run.frames[i];
      if (f[column] == null) { pen = false; continue; }
      path += `${pen ? "L" : "M"}${x(f[0]).toFixed(1)} ${y(f[column]).toFixed(1)}`;
      pen = true;
    }
    parts.push(`<path d="${path}" class="${name}"/>`);
  };
  curve(1, "tch-curve-spo2");
  curve(2, "tch-curve-hr");
  for (const [t, sbp, dbp] of run.readings) {
    const at = x(t);
    parts.push(`<path d="M${at - 5} ${y(sbp) - 7} L${at} ${y(sbp)} L${at + 5} ${y(sbp) - 7} M${at} ${y(sbp)} V${y(dbp)} `
      + `M${at - 5} ${y(dbp) + 7} L${at} ${y(dbp)} L${at + 5} ${y(dbp) + 7}" class="tch-nibp"/>`);
  }
  parts.push(`<line x1="${x(now.t)}" x2="${x(now.t)}" y1="${top}" y2="${height - bottom}" class="tch-nowline"/>`);
  const words = run.readings.slice(-3).map(([t, s, d]) => `${s}/${d} at minute ${Math.floor((t - zero) / 60)}`).join(", ");
  node.innerHTML = `<svg width="${width}" height="${height}" role="img" aria-label="Trend. Last pressures: ${words || "none"}.">${parts.join("")}</svg>`;
}

// -- the whole ---------------------------------------------------------------------------------

function render({ model, el }) {
  const spec = model.get("spec");
  const page = () => model.get("page");
  const empty = () => ({ frames: [], readings: [], started: null, lines: [] });
  let run = empty();
  let now = null;
  let number = null;
  let running = false, speed = 1;
  let pending = 0, queued = [], patience = null, moment = null, timer = null, lastAsked = 0;
  let told = false, refused = null;
  let keysOn = true, textOnly = false, inSight = true, goTo = null, last = null;

  // ---- time

  const halted = () => dialog.open || page().phase !== "run" || !now || now.over;
  function send(content) {
    pending += 1;
    model.send({ number: page().number, ...content });
    beat();
  }
  // Also for what Python answers with a new page, or with everything there is to draw.
  function beat() {
    clearTimeout(moment);
    clearTimeout(patience);
    // A clock that runs slowly is seen to do so.
    moment = setTimeout(() => say(MOMENT), running ? 4 * MOMENT_MS : MOMENT_MS);
    patience = setTimeout(() => { stopTime(); pending = 0; queued = []; say(GONE, "error"); }, PATIENCE_MS);
  }
  function arrived() {
    pending = Math.max(0, pending - 1);
    if (!pending) rested();
    if (status.textContent === MOMENT || status.textContent === GONE) say("");
  }
  function rested() {
    clearTimeout(moment);
    clearTimeout(patience);
  }
  function schedule() {
    clearTimeout(timer);
    if (halted()) queued = [];
    if (queued.length && !pending) { send({ do: "go", seconds: queued.shift(), at: now.t }); return; }
    if (!running || halted() || pending) return;
    const [every] = PACE[speed];
    timer = setTimeout(() => {
      if (!running || halted() || pending) return;
      lastAsked = performance.now();
      send({ do: "go", seconds: PACE[speed][1], at: now.t });
    }, Math.max(0, lastAsked + every - performance.now()));
  }
  function startTime() {
    if (page().phase !== "run" || !now || now.over) return;
    running = true;
    lastAsked = performance.now();
    drawTime();
    schedule();
  }
  function stopTime(why) {
    clearTimeout(timer);
    if (running && why) say(why);
    const ran = running;
    running = false;
    // A run is taken up again where its clock stood.
    if (ran && !now?.over && page().phase === "run") model.send({ do: "rest", number: page().number });
    drawTime();
  }
  function setSpeed(to) {
    speed = to;
    drawTime();
    schedule();
  }
  function step(seconds) {
    if (halted()) return;
    stopTime();
    // What is still under way comes first; a press is never lost.
    if (pending) queued.push(seconds);
    else send({ do: "go", seconds, at: now.t });
  }
  function act(button) {
    if (!now || now.over || page().phase !== "run") return;
    const against = now.sure[button.do] || [];
    if (button.sure || against.length) {
      const list = against.length ? [h("p", { class: "tch-against-head", text: "Before you go on:" }), h("ul", { class: "tch-against" }, against.map((text) => h("li", { text })))] : [];
      ask(button.name, [...list, h("p", { text: button.sure || "Go on all the same?" })], button.text, () => send({ do: "act", what: button.do, detail: button.detail }));
      return;
    }
    if (button.do === "resume") {
      ask(button.name, ordered("resume"), now.order ? `Read back: ${button.text}` : button.text, () => send({ do: "act", what: button.do, detail: button.detail }));
      return;
    }
    // A double click must not act twice.
    const at = performance.now();
    if (button.pressed && at - button.pressed < 350) return;
    button.pressed = at;
    send({ do: "act", what: button.do, detail: button.detail });
  }
  function hide() {
    if (running && (document.hidden || !inSight)) {
      stopTime("Time was stopped because the chair was out of sight. Press Go to go on.");
    }
  }

  // ---- dialogs: the clock halts while one is open

  const dialogBody = h("div", { class: "tch-dialog-body" });
  const dialogTitle = h("p", { class: "tch-dialog-title", id: unique() });
  const dialog = h("dialog", { class: "tch-dialog", "aria-labelledby": dialogTitle.id, tabindex: "-1", onclose: () => { drawTime(); schedule(); } },
    h("p", { class: "tch-halted", text: "The clock halts while this is open." }), dialogTitle, dialogBody);
  function open(title, children, wide = false) {
    if (dialog.open) return;
    clearTimeout(timer);
    dialogTitle.textContent = title;
    dialogBody.replaceChildren(...children);
    dialogBody.querySelectorAll("summary, [tabindex]").forEach(keep);
    dialog.classList.toggle("tch-dialog-wide", wide);
    dialog.showModal();
    dialog.scrollTop = 0;
    drawTime();
  }
  const close = () => dialog.close();
  const plain = (text, press, primary = false) => h("button", { type: "button", class: primary ? "tch-primary" : "", onclick: press }, text);
  function ask(title, children, yes, then) {
    open(title, [...children, h("div", { class: "tch-row" },
      plain(yes, () => { close(); then(); }, true), plain("Cancel", close))]);
  }
  function radios(legend, options, chosen) {
    const name = unique();
    return h("fieldset", { class: "tch-radios" }, h("legend", { text: legend }), options.map(([value, label]) => {
      const input = h("input", { type: "radio", name, value });
      input.checked = value === chosen;
      return h("label", {}, input, h("span", { text: label }));
    }));
  }
  const picked = (fieldset) => fieldset.querySelector("input:checked")?.value;
  // Who is at the chair to order it says so, and hears it read back.
  function ordered(what) {
    if (now?.order) return [h("p", { class: "tch-order" }, h("strong", { text: "Prescriber: " }), `“${now.order}”`)];
    return [h("p", { class: "tch-order", text: what === "resume"
      ? "No prescriber is at the chair. The order set says when an infusion may be resumed, and how fast."
      : "No prescriber is at the chair: nobody has ordered a drug but the order set." })];
  }
  function giveDialog(drug) {
    const drugs = radios("Drug", spec.drugs.drugs, drug), amounts = radios("Amount, against this clinic’s order", spec.drugs.amounts, null);
    const hint = h("p", { class: "tch-say tch-say-error", role: "status" });
    open("Give a drug", [
      h("p", { class: "trd-small", text: "No doses are printed: drugs stand by class, per local order. What the order set says of them is one press away." }),
      ...ordered("give"), drugs, amounts, hint,
      h("div", { class: "tch-row" }, plain(now?.order ? "Read back and give" : "Give", () => {
        const amount = picked(amounts);
        if (!amount) { hint.textContent = "Choose an amount first."; return; }
        const chosen = picked(drugs);
        close();
        send({ do: "act", what: "give", detail: { drug: chosen, amount } });
      }, true), plain("Cancel", close)),
      h("details", {}, h("summary", { text: "Order set" }), sheet()),
    ]);
  }
  function impressionDialog() {
    const list = radios("I think it is", spec.impressions, null);
    const hint = h("p", { class: "tch-say tch-say-error", role: "status" });
    open("Say what you think it is", [list, hint, h("div", { class: "tch-row" }, plain("Say it", () => {
      const what = picked(list);
      if (!what) { hint.textContent = "Choose one first."; return; }
      close();
      send({ do: "act", what: "impression", detail: { what } });
    }, true), plain("Cancel", close))]);
  }
  function sheet() {
    const node = h("div");
    fill(node, spec.orders);
    return node;
  }
  const orders = () => open("Order set of this clinic", [sheet(), h("div", { class: "tch-row" }, plain("Close", close, true))], true);
  function keyList() {
    const box = h("input", { type: "checkbox", onchange: () => { keysOn = box.checked; root.classList.toggle("tch-keys-on", keysOn); drawTime(); } });
    box.checked = keysOn;
    open("Keys", [
      h("p", { text: "They work only while the focus is inside this panel, and never in a text box." }),
      h("label", { class: "tch-switch" }, box, h("span", { text: "Keys are on" })),
      h("dl", { class: "tch-keylist" }, [...TIME_KEYS, ...spec.keys].map(([key, text]) =>
        h("div", {}, h("dt", {}, h("kbd", { text: key.toUpperCase() })), h("dd", { text })))),
      h("div", { class: "tch-row" }, plain("Close", close, true)),
    ]);
  }

  // ---- the door

  const notice = h("p", { class: "tch-say", role: "status" });
  const chooser = spec.graded ? null : doorChooser();
  function doorChooser() {
    const name = unique(), id = unique();
    const inputs = spec.catalogue.map((each) => {
      const input = h("input", { type: "radio", name, value: each.key, onchange: () => choose(each.key, "") });
      return { input, node: h("label", { class: "tch-scenario" }, input, h("span", {},
        h("strong", { text: each.title }), h("span", { class: "tch-purpose", text: each.purpose }), h("span", { class: "trd-small", text: each.tags }))) };
    });
    const seed = h("input", { id, type: "text", inputmode: "numeric", autocomplete: "off", size: 5 });
    const form = h("form", { class: "tch-variant", onsubmit: (event) => { event.preventDefault(); choose(current(), seed.value.trim()); seed.value = ""; } },
      h("label", { for: id, text: "Variant" }), seed, h("button", { type: "submit" }, "Change"),
      h("span", { class: "trd-small", text: "empty: one not run yet" }));
    // JupyterLab keeps the browser from doing this by itself.
    seed.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); form.requestSubmit(); } });
    const current = () => inputs.find((each) => each.input.checked)?.input.value || page().scenario;
    const shown = h("span", { class: "tch-count" });
    const fold = h("details", { class: "tch-fold" }, h("summary", {}, "Choose another session ", shown),
      h("div", {}, h("fieldset", { class: "tch-catalogue" }, h("legend", { class: "tch-away", text: "Session" }), inputs.map((each) => each.node)), form));
    return { node: fold, draw: () => {
      inputs.forEach((each) => { each.input.checked = each.input.value === page().scenario; });
      put(shown, `(${spec.catalogue.length})`);
    } };
  }
  // At the door an answer may take a while: the page may still be starting.
  function knock(content) {
    put(notice, MOMENT);
    clearTimeout(patience);
    patience = setTimeout(() => put(notice, STARTING), PATIENCE_MS);
    model.send(content);
  }
  const choose = (scenario, seed) => knock({ do: "choose", scenario, seed });
  const doorWho = h("p", { class: "tch-who", tabindex: "-1" });
  const doorPurpose = h("p", { class: "tch-purpose" });
  const doorBrief = h("div");
  const doorRules = h("div", { class: "tch-rules" });
  const take = plain("Take the chair", () => { goTo = "run"; knock({ do: "open", number: page().number }); }, true);
  const doorOrders = sheet();
  const door = h("div", { class: "tch-door" }, chooser?.node, doorWho, doorPurpose, doorBrief,
    h("div", { class: "tch-row" }, take, h("span", { class: "trd-small", text: "Time stands still until you press Go." })), notice, doorOrders, doorRules);

  // ---- the bar of time

  const clockText = h("span", { class: "tch-clock" });
  const phaseText = h("span", { class: "tch-phase" });
  const goButton = h("button", { type: "button", class: "tch-go tch-primary", onclick: () => (running ? stopTime() : startTime()) });
  const speeds = Object.keys(PACE).map(Number).map((each) => {
    const node = h("button", { type: "button", "aria-label": `Speed ${each} times`, onclick: () => setSpeed(each) }, `${each}×`);
    return { each, node };
  });
  const steps = STEPS.map(([seconds, text]) => h("button", { type: "button", "aria-label": `Step ${text}`, onclick: () => step(seconds) }, `+${text}`));
  const textButton = h("button", { type: "button", onclick: () => { textOnly = !textOnly; drawMode(); } }, "Text only");
  const bar = h("div", { class: "tch-bar", role: "group", "aria-label": "Time" },
    h("span", { class: "tch-clockbox" }, clockText, phaseText), goButton,
    h("span", { class: "tch-set", role: "group", "aria-label": "Step; stops at an alarm" }, steps));
  const speedSet = h("span", { class: "tch-set", role: "group", "aria-label": "Speed" }, speeds.map((each) => each.node));
  const helpSet = h("span", { class: "tch-set tch-help" }, plain("Order set", orders), plain("Keys", keyList), textButton);

  // ---- alarms

  const alarmText = h("p", { class: "tch-alarm-text", role: "alert" });
  const silence = h("button", { type: "button", onclick: () => act(silenceAction) }, "Silence 2 min ", h("kbd", { "aria-hidden": "true", text: "L" }));
  const silenceAction = { do: "silence", detail: {} };
  const alarmBar = h("div", { class: "tch-alarms" }, h("span", { class: "tch-alarm-mark", "aria-hidden": "true" }), alarmText, silence);
  // Stays in view while the hands are further down. It repeats what stands elsewhere.
  const shortNumbers = h("span", { class: "tch-short" }), newest = h("span", { class: "tch-newest" });
  const strip = h("div", { class: "tch-strip" }, bar, alarmBar, h("div", { class: "tch-nowline-words", "aria-hidden": "true" }, shortNumbers, newest));

  // ---- monitor

  const number_ = (label, name, unit) => {
    const value = h("dd", { class: "tch-value" }), under = name === "bp" ? h("dd", { class: "tch-under" }) : null;
    const node = h("div", { class: `tch-number tch-${name}` }, h("dt", {}, label, h("span", { text: unit })), value, under);
    return { node, value, under };
  };
  const hr = number_("HR", "hr", " /min"), spo2 = number_("SpO₂", "spo2", " %"), co2 = number_("CO₂", "co2", " mmHg"), bp = number_("NIBP", "bp", " mmHg");
  const lanes = [{ name: "ecg", ink: "#5ee07a" }, { name: "pleth", ink: "#5fd0f5" }, { name: "co2", ink: "#f2dc5d" }];
  const canvas = h("canvas", { "aria-hidden": "true" });
  const laneWords = [h("span"), h("span"), h("span")];
  const cuff = h("button", { type: "button", class: "tch-cuff", "aria-label": "Blood pressure now", onclick: () => act({ do: "bp", detail: { arm: "same" } }) }, "Cuff ", h("kbd", { "aria-hidden": "true", text: "B" }));
  bp.node.append(h("dd", { class: "tch-cuffs" }, cuff));
  const monitor = h("div", { class: "tch-monitor", role: "group", "aria-label": "Monitor" },
    h("div", { class: "tch-waves" }, canvas, h("div", { class: "tch-lanes", "aria-hidden": "true" }, laneWords)),
    h("dl", { class: "tch-numbers" }, hr.node, spo2.node, co2.node, bp.node));
  const trendPlot = h("div", { class: "tch-trendplot" });
  const trendBox = h("div", { class: "tch-trend" },
    h("p", { class: "tch-legend" }, h("span", { class: "tch-l-bp", text: "∨ ∧ pressure" }), h("span", { class: "tch-l-hr", text: "— heart rate" }),
      h("span", { class: "tch-l-spo2", text: "– – SpO₂" }), h("span", { class: "tch-l-pump", text: "▬ pump" })), trendPlot);

  // ---- person and pump

  const person = h("div", { class: "tch-figure" });
  const looks = h("p", { class: "tch-looks" }), says = h("p", { class: "tch-says" }), lies = h("p", { class: "tch-lies" }), people = h("p", { class: "tch-people" });
  const scores = h("p", { class: "tch-scores" });
  const personBox = h("div", { class: "tch-person", role: "group", tabindex: "0", "aria-label": "The person in the chair" },
    person, h("div", {}, looks, scores), h("div", { class: "tch-wide" }, says, lies, people));
  const pumpState = h("p", { class: "tch-pump-state" }), pumpRate = h("p", { class: "tch-pump-rate" }), pumpGiven = h("p", { class: "tch-pump-given" });
  const small = (what, detail, text, key, name) => h("button", { type: "button", "aria-label": name, onclick: () => act({ do: what, detail, name, text: name }) }, text, key ? " " : null, key ? h("kbd", { "aria-hidden": "true", text: key }) : null);
  const startButton = small("start", {}, "Start", "", "Start the infusion as ordered"), pauseButton = small("pause", {}, "Pause", "P", "Pause the pump"),
    stopButton = small("stop", {}, "Stop", "X", "Stop the pump for good"), readButton = small("pump_check", {}, "Read", "R", "Read pump, bag and weight against the order");
  const resumeButton = small("resume", { rate: "half" }, "Resume ½", "", "Resume: at half the rate");
  const interlock = h("ul", { class: "tch-interlock", "aria-label": "The pump starts after" });
  const pumpBox = h("div", { class: "tch-pump", role: "group", "aria-label": "Pump" },
    h("div", { class: "tch-lcd" }, pumpState, pumpRate, pumpGiven), interlock, h("div", { class: "tch-row" }, startButton, pauseButton, resumeButton, stopButton, readButton));

  // ---- the same in words

  const factList = h("dl", { class: "tch-facts" });
  const readingList = h("p", { class: "tch-readings" });
  const briefing = h("p");
  const words = h("div", { class: "tch-text", role: "group", "aria-label": "The chair in words" }, factList, readingList,
    h("div", { class: "tch-row" }, plain("Read it out", () => readOut())));
  const spoken = h("p", { class: "tch-away", role: "status" });
  function readOut() {
    // Emptied first, so that the same words are read again.
    spoken.textContent = "";
    setTimeout(() => { spoken.textContent = now ? now.facts.map(([a, b]) => `${a}: ${b}.`).join(" ") : ""; }, 60);
  }

  // ---- actions

  const marks = new Map(), settings = [];
  const tabs = spec.tabs.map((each) => {
    const panel = h("div", { class: "tch-tabpanel", role: "tabpanel", id: unique(), tabindex: "0" }, each.rows.map(row));
    const tab = h("button", { type: "button", role: "tab", id: unique(), "aria-controls": panel.id, onclick: () => pick(each.id) }, each.title);
    panel.setAttribute("aria-labelledby", tab.id);
    return { id: each.id, tab, panel };
  });
  function row(spec_) {
    const id = unique();
    return h("div", { class: `tch-actions tch-${spec_.kind}`, role: "group", "aria-labelledby": spec_.title ? id : null, "aria-label": spec_.title ? null : "Actions" },
      spec_.title ? h("p", { id, class: "tch-row-head", text: spec_.title }) : null, spec_.buttons.map(actionButton));
  }
  function actionButton(each) {
    if (each.dialog) {
      return h("button", { type: "button", "aria-haspopup": "dialog", onclick: () => (each.dialog === "give" ? giveDialog(each.choice) : impressionDialog()) }, each.text);
    }
    const tick = h("span", { class: "tch-tick", "aria-hidden": "true" });
    const node = h("button", { type: "button", "aria-label": each.name, onclick: () => act(each) }, h("span", { class: "tch-label", text: each.text }),
      each.key ? h("kbd", { "aria-hidden": "true", text: each.key.toUpperCase() }) : null,
      each.takes >= 15 ? h("span", { class: "tch-takes", text: `${each.takes} s` }) : null, tick);
    if (each.do === "check" || each.do === "baseline") marks.set(each.mark, { node, tick, name: each.name });
    if (SETTINGS.includes(each.do)) settings.push({ node, tick, do: each.do, value: Object.values(each.detail)[0] || "on" });
    return node;
  }
  function pick(id, focus = false) {
    for (const each of tabs) {
      const on = each.id === id;
      each.tab.setAttribute("aria-selected", on);
      each.tab.tabIndex = on ? 0 : -1;
      keep(each.tab);
      each.panel.hidden = !on;
      if (on && focus) each.tab.focus();
    }
  }
  const turn = (by) => pick(tabs[(tabs.findIndex((each) => !each.panel.hidden) + by + tabs.length) % tabs.length].id, true);
  const tabList = h("div", { class: "tch-tabs", role: "tablist", "aria-label": "What to do" }, tabs.map((each) => each.tab));
  tabList.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = tabs.findIndex((each) => each.tab === event.target);
    if (!move || at < 0) return;
    event.preventDefault();
    pick(tabs[(at + move + tabs.length) % tabs.length].id, true);
  });
  const status = h("p", { class: "tch-say", role: "status" });
  function say(text, kind = "") {
    status.className = `tch-say${kind === "error" ? " tch-say-error" : ""}`;
    put(status, text);
  }

  // ---- log

  const lines = h("div", { class: "tch-lines", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": "What happens" });
  const logPane = h("div", { class: "tch-log", tabindex: "0", role: "group", "aria-label": "What happens, newest at the bottom" }, lines);
  const leave = h("div", { class: "tch-leave" }, h("span", { text: "" }), plain("End the run", () => act({ do: "finish", detail: {}, name: "End the run", text: "End the run", sure: "Anything left to arrange or to chart? Nothing can be done after the end." })));


  const restart = plain("Begin anew", () => ask("Begin anew", [h("p", { text: spec.anew })], "Begin anew", () => { stopTime(); goTo = "door"; model.send({ do: "again" }); beat(); }));
  const chairTop = h("p", { class: "tch-who", tabindex: "-1" });
  const grid = h("div", { class: "tch-grid-top" }, h("div", { class: "tch-screen" }, monitor, trendBox), words, h("div", { class: "tch-side" }, personBox, pumpBox));
  const recall = plain("At the door", () => open("What you were told at the door", [briefing, h("div", { class: "tch-row" }, plain("Close", close, true))]));
  const chair = h("div", { class: "tch-run" }, h("div", { class: "tch-runhead" }, chairTop, h("span", { class: "tch-caution", text: spec.caution }), h("span", { class: "tch-foot" }, recall, restart)),
    h("div", { class: "tch-bar tch-bar-more" }, speedSet, helpSet), strip, grid, status,
    h("div", { class: "tch-grid-low" },
      h("div", { class: "tch-do" }, tabList, tabs.map((each) => each.panel)),
      h("div", { class: "tch-what" }, h("p", { class: "tch-pane-head", text: "What happens" }), logPane)),
    leave);

  // ---- after the run

  const outcome = h("div", { class: "tch-outcome", tabindex: "-1", role: "group", "aria-label": spec.graded ? "After the run" : "Debrief" });
  const boughtBox = h("div", { class: "tch-outcome-more", "aria-live": "polite" });
  const after = h("div", { class: "tch-row" },
    spec.graded ? null : plain("Next variant", () => { goTo = "door"; choose(page().scenario, ""); }, true),
    plain(spec.graded ? "Start a new run" : "Same variant again", () => { goTo = "door"; model.send({ do: "again" }); }));
  const done = h("div", { class: "tch-done" }, outcome, boughtBox, after);
  const results = h("div", { class: "tch-results" });
  const card = h("div");
  const head = spec.title ? h("div", { role: "heading", "aria-level": "4", class: "tch-title", text: spec.title }) : null;
  const caution = h("p", { class: "tch-caution", text: spec.caution }), lead = h("p", { class: "tch-lead", text: spec.lead });
  const root = h("section", { class: "trd-chair tch-keys-on", "aria-label": spec.title || "Simulated session" }, head,
    caution, lead, door, chair, done, results, card, dialog, spoken);
  el.append(root);

  // A key that is held presses once: every press costs time that cannot be taken back.
  root.addEventListener("keydown", (event) => {
    if (event.repeat && event.target.tagName === "BUTTON" && ["Enter", " "].includes(event.key)) event.preventDefault();
  }, true);
  root.addEventListener("keydown", (event) => {
    if (!keysOn || dialog.open || page().phase !== "run" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName)) return;
    const key = event.key.toLowerCase();
    const time = { t: () => goButton.click(), 1: () => setSpeed(1), 4: () => setSpeed(4), 0: () => setSpeed(10), s: () => step(10), o: orders, v: readOut, k: keyList, ",": () => turn(-1), ".": () => turn(1) }[key];
    const found = byKey.get(key);
    if (!time && !found) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat) return;
    if (time) time(); else act(found);
  });
  const byKey = new Map();
  for (const each of spec.tabs) for (const r of each.rows) for (const b of r.buttons) if (b.key) byKey.set(b.key, b);

  // ---- drawing

  function drawTime() {
    const halt = dialog.open;
    put(goButton, running ? "❚❚ Stop" : "▶ Go");
    goButton.append(" ", h("kbd", { "aria-hidden": "true", text: "T" }));
    goButton.setAttribute("aria-label", running ? "Stop time" : "Go: let time run");
    root.classList.toggle("tch-moving", running && !halt);
    for (const each of speeds) each.node.setAttribute("aria-pressed", String(each.each === speed));
    textButton.setAttribute("aria-pressed", String(textOnly));
  }
  function drawMode() {
    root.classList.toggle("tch-text-only", textOnly);
    drawTime();
    drawNow(true);
  }
  function drawNumbers() {
    const bad = Object.fromEntries(now.alarms.map((each) => [each.key, each]));
    const set = (box, value, under, key) => {
      put(box.value, value);
      if (box.under) put(box.under, under);
      const alarm = bad[key];
      box.node.classList.toggle("tch-urgent", Boolean(alarm?.urgent));
      box.node.classList.toggle("tch-warn", Boolean(alarm && !alarm.urgent));
      box.node.classList.toggle("tch-quiet", Boolean(alarm?.quiet));
    };
    set(hr, now.hr ?? "--", "", "hr");
    set(spo2, now.spo2 ?? "--", "", now.spo2 == null ? "signal" : "spo2");
    set(co2, now.capno ? now.etco2 ?? "--" : "off", "", "etco2");
    set(bp, now.here ? now.bp?.text ?? "--/--" : "--/--", (now.measuring ? "measuring … · " : now.bp ? `${now.bp.ago} ago · ` : "") + now.cycle.replace("cuff ", ""), "bp");
    const lane = now.gone ? ["", "Nobody is connected.", ""] : now.here
      ? [now.strip ? now.rhythm : "strip off", now.spo2 == null ? "no signal" : "", now.capno ? `breathing ${now.rr ?? "--"} /min` : "capnograph off"]
      : ["", "You are out of the room.", ""];
    lane.forEach((text, index) => put(laneWords[index], text));
  }
  function drawAlarms() {
    const urgent = now.alarms.some((each) => each.urgent), loud = now.alarms.some((each) => !each.quiet);
    alarmBar.className = `tch-alarms${now.alarms.length ? (urgent ? " tch-red" : " tch-yellow") : ""}${loud && now.alarms.length ? " tch-loud" : ""}`;
    put(alarmText, now.alarms.length ? now.alarms.map((each) => (each.urgent ? "‼ " : "! ") + each.text + (each.quiet ? " (silenced)" : "")).join(" · ") : "No alarm");
    silence.setAttribute("aria-disabled", String(!now.alarms.length));
  }
  function drawPerson() {
    fill(person, figure(now));
    put(looks, now.here ? now.looks || (now.gone ? now.phase : "") : "You are out of the room.");
    put(says, now.says);
    says.hidden = !now.says;
    const scored = Object.entries(now.scored).map(([name, [value, at]]) => `${name} ${value} at ${at}`).join(" · ");
    put(scores, scored || "MOAA/S, CADSS: not yet");
    lies.hidden = Boolean(now.gone);
    put(lies, now.facts.find(([name]) => name === "Lies")?.[1] || "");
    put(people, `At the chair: ${now.facts.find(([name]) => name === "People")?.[1] || "–"}`);
  }
  function drawPump() {
    const state = now.pump.state;
    pumpBox.dataset.state = state;
    put(pumpState, { running: "▶ ", paused: "❚❚ ", stopped: "■ ", complete: "■ ", before: "○ " }[state] + now.pump.words);
    put(pumpRate, `${now.pump.rate} mg/min`);
    put(pumpGiven, `${now.pump.given} mg given`);
    const held = document.activeElement;
    startButton.hidden = state !== "before";
    pauseButton.hidden = state === "before" || state === "paused";
    resumeButton.hidden = state !== "paused";
    stopButton.hidden = readButton.hidden = state === "before";
    pauseButton.setAttribute("aria-disabled", String(state !== "running"));
    stopButton.setAttribute("aria-disabled", String(state !== "running" && state !== "paused"));
    // A button that goes must not take the focus with it: the keys would go to JupyterLab.
    if (held?.hidden && pumpBox.contains(held)) (state === "paused" ? resumeButton : stopButton).focus();
    interlock.hidden = !now.interlock.length;
    const html = now.interlock.map(([name, met]) => `${met}${name}`).join();
    if (interlock.dataset.seen !== html) {
      interlock.dataset.seen = html;
      interlock.replaceChildren(...now.interlock.map(([name, met]) => h("li", { class: met ? "tch-met" : "" },
        h("span", { "aria-hidden": "true", text: met ? "✓ " : "○ " }), name, h("span", { class: "tch-away", text: met ? ": met" : ": missing" }))));
    }
  }
  function drawFacts() {
    if (factList.children.length !== now.facts.length) factList.replaceChildren(...now.facts.map(() => h("div", {}, h("dt"), h("dd"))));
    now.facts.forEach(([name, text], index) => { put(factList.children[index].children[0], name); put(factList.children[index].children[1], text); });
    const zero = run.started ?? 0;
    put(readingList, `Pressures so far: ${run.readings.map(([t, s, d]) => `${s}/${d} at minute ${Math.floor((t - zero) / 60)}`).join("; ") || "none"}.`);
  }
  function drawMarks() {
    for (const [key, { node, tick, name }] of marks) {
      const at = now.checked[key], on = at !== undefined;
      put(tick, on ? `✓ ${at}` : "");
      node.classList.toggle("tch-did", on);
      node.setAttribute("aria-label", on ? `${name} (done${at ? ` at ${at}` : ""})` : name);
    }
  }
  function drawSettings() {
    for (const { node, tick, do: what, value } of settings) {
      const on = now.set[what] === value;
      node.setAttribute("aria-pressed", String(on));
      put(tick, on ? "✓" : "");
    }
  }
  function drawStrip() {
    const pressure = now.bp ? `${now.bp.text} (${now.bp.ago})` : "--/--";
    put(shortNumbers, now.gone || !now.here ? "" : `HR ${now.hr ?? "--"} · SpO₂ ${now.spo2 ?? "--"} · BP ${pressure}`);
  }
  function drawNow(force = false) {
    if (!now) return;
    drawSettings();
    drawStrip();
    put(clockText, now.clock);
    put(phaseText, now.phase);
    drawAlarms();
    drawPump();
    drawMarks();
    if (textOnly) drawFacts();
    else {
      drawNumbers();
      if (force || run.drawn !== now.t) { run.drawn = now.t; trend(trendPlot, run, now); }
    }
    drawPerson();
    leave.hidden = !now.gone;
    put(leave.firstChild, now.gone ? `${now.phase}. Chart what is left, then end the run.` : "");
  }
  function addLines(added, fresh) {
    if (!added.length) return;
    const stay = !fresh && logPane.scrollHeight - logPane.scrollTop - logPane.clientHeight > 60;
    for (const [time, who, text, urgent] of added) {
      lines.append(h("div", { class: `tch-line tch-by-${who.toLowerCase()}${urgent ? " tch-line-urgent" : ""}` },
        h("span", { class: "tch-at", text: time }), h("span", {}, h("span", { class: "tch-by", text: `${who}: ` }), h("span", { text }))));
    }
    const [time, who, text, urgent] = added[added.length - 1];
    put(newest, `${time} ${who}: ${text}`);
    newest.classList.toggle("tch-newest-urgent", urgent);
    if (!stay) logPane.scrollTop = logPane.scrollHeight;
  }
  function drawPage() {
    const at = page();
    if (number !== at.number) {
      number = at.number;
      run = empty();
      run.readings = at.readings;
      now = null;
      running = false;
      speed = 1;
      lines.replaceChildren();
      put(newest, "");
      newest.className = "tch-newest";
      for (const each of tabs) each.panel.scrollTop = 0;
      pick(at.readings.length ? "watch" : "before");
      told = false;
      say("");
      boughtBox.dataset.html = boughtBox.innerHTML = "";
      put(doorWho, at.who || at.title);
      put(doorPurpose, at.purpose);
      fill(doorBrief, at.brief);
      fill(doorRules, at.rules);
      put(notice, at.notice);
      put(chairTop, at.who || at.title);
      put(briefing, at.briefing);
      chooser?.draw();
      if (at.phase === "run") { say(MOMENT); send({ do: "hello" }); }
    }
    // At the chair the room on the screen goes to the monitor.
    if (head) head.hidden = at.phase === "run";
    caution.hidden = at.phase === "run";
    lead.hidden = at.phase !== "door";
    if (at.phase !== "run") rested();
    door.hidden = at.phase !== "door";
    chair.hidden = at.phase !== "run";
    done.hidden = at.phase !== "done";
    fill(outcome, at.outcome);
    fill(boughtBox, at.bought);
    if (at.phase !== "run") { if (dialog.open) close(); stopTime(); }
    if (at.phase === "run" && goTo === "run") {
      goTo = null;
      chairTop.focus({ preventScroll: true });
      root.scrollIntoView({ block: "start" });
      pick(at.readings.length ? "watch" : "before");
    }
    if (at.phase === "door" && goTo === "door") { goTo = null; doorWho.focus({ preventScroll: true }); root.scrollIntoView({ block: "start" }); }
    if (at.phase === "done" && !done.dataset.seen) {
      done.dataset.seen = "yes";
      // A run that was finished before the page was opened must not draw the page to itself.
      if (last === "run") {
        outcome.focus({ preventScroll: true });
        outcome.scrollIntoView({ block: "start" });
      }
      if (!spec.graded && !at.bought) {
        boughtBox.innerHTML = "<p class='trd-small'>Working out what each action bought …</p>";
        model.send({ do: "bought" });
      }
    }
    if (at.phase !== "done") delete done.dataset.seen;
    last = at.phase;
  }
  function onMessage(content) {
    arrived();
    if (content.kind === "more") { more(content); return; }
    if (content.kind === "card") { fill(card, content.html); stopTime(); return; }
    if (content.kind === "error") { (page().phase === "run" ? (t) => say(t, "error") : (t) => put(notice, t))(content.text); schedule(); return; }
    if (content.kind !== "tick" || content.number !== page().number) return;
    if (content.whole) { run = empty(); lines.replaceChildren(); }
    const before = run.started;
    run.frames.push(...content.frames);
    run.readings = content.readings;
    run.started = content.started;
    now = content.now;
    addLines(content.lines, Boolean(content.whole));
    if (!content.whole && before == null && run.started != null) {
      lines.append(h("p", { class: "tch-zero", text: "From here the clock counts from the start of the infusion." }));
      logPane.scrollTop = logPane.scrollHeight;
    }
    if (content.unsaved) { say(content.unsaved, "error"); refused = null; }
    else if (content.refused) { say(content.refused, "error"); refused = { text: content.refused, at: performance.now() }; }
    else if (content.acted || status.dataset.unsaved) say("");
    // What was impossible then may be possible now.
    else if (refused && content.frames.length && performance.now() - refused.at > 6000) {
      if (status.textContent === refused.text) say("");
      refused = null;
    }
    status.dataset.unsaved = content.unsaved || "";
    if (content.whole && !told && page().resumed) { told = true; say(page().resumed); }
    if (content.stopped) {
      queued = [];
      if (speed !== 1) say("Back to 1×: something asks for your attention.");
      speed = 1;
    }
    if (now.over) stopTime();
    drawNow(true);
    drawTime();
    schedule();
  }
  function more(content) {
    if (content.number !== page().number || page().phase !== "done" || page().bought) return;
    boughtBox.innerHTML = `<p class='trd-small'>Working out what each action bought … ${content.done} done</p>`;
    setTimeout(() => model.send({ do: "bought" }), 60);
  }
  const drawResults = () => fill(results, model.get("results"));

  const stopSweep = sweep(canvas, lanes, () => ({ now, moving: running && !dialog.open }));
  const sight = new IntersectionObserver((entries) => { inSight = entries[entries.length - 1].isIntersecting; hide(); });
  sight.observe(root);
  const resize = new ResizeObserver(() => { if (now && !textOnly && page().phase === "run") trend(trendPlot, run, now); });
  resize.observe(trendBox);
  document.addEventListener("visibilitychange", hide);
  model.on("change:page", drawPage);
  model.on("change:results", drawResults);
  model.on("msg:custom", onMessage);
  pick("watch");
  drawTime();
  drawPage();
  drawResults();
  return () => {
    running = false;
    clearTimeout(timer);
    rested();
    stopSweep();
    sight.disconnect();
    resize.disconnect();
    document.removeEventListener("visibilitychange", hide);
    model.off("change:page", drawPage);
    model.off("change:results", drawResults);
    model.off("msg:custom", onMessage);
  };
}

export default { render };
