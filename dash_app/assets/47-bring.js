/* Bringing data: a file is shown before anything of it is kept; the server reads it, the browser holds it meanwhile. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const $ = (id) => document.getElementById(id);
  const MOST_BYTES = 10 * 1024 * 1024;
  const CALL = "/api/v1/uploads";
  let held = null; // { name, blob } of the file that is shown
  let leaving = ""; // the upload that is about to be deleted

  function say(words, refused) {
    sb.set("bring-state", { children: words, className: "sb-note sb-form-note" + (refused ? " sb-refused" : "") });
  }

  /** The answer of a call as JSON; throws what it refused, in its words. */
  async function call(path, options) {
    let answer;
    try { answer = await fetch(CALL + path, options); } catch (failed) { throw new Error("The server does not answer: try again in a moment."); }
    const text = await answer.text();
    let body = null;
    try { body = text ? JSON.parse(text) : {}; } catch (other) { body = {}; } // a proxy's own words
    if (!answer.ok) throw new Error(body.detail || "Not done: the server answers " + answer.status + ".");
    return body;
  }

  function form(fields) {
    const form = new FormData();
    form.append("file", held.blob, held.name);
    Object.keys(fields).forEach((name) => { if (fields[name]) form.append(name, fields[name]); });
    return { method: "POST", body: form };
  }

  /** One thing after the other: what was begun for another file, or on a page that was left, is passed over. */
  async function doing(words, work) {
    const of = held;
    say(words, false);
    try { await work(); } catch (refused) { if (held === of && $("bring-box")) say(refused.message, true); }
  }

  window.dash_clientside.spreadboard.bringFile = function (contents, name) {
    if (!contents) return window.dash_clientside.no_update;
    const raw = atob(contents.slice(contents.indexOf(",") + 1));
    $("bring-box").hidden = true;
    $("bring-box").dataset.named = "";
    sb.set("bring-file", { contents: null }); // so that the same file can be chosen again
    if (raw.length > MOST_BYTES) {
      held = null;
      say(name + " has " + (raw.length / 1024 / 1024).toFixed(1) + " MB, and at most 10 MB are taken: cut it into parts, or compress it with gzip.", true);
      return window.dash_clientside.no_update;
    }
    held = { name: name, blob: new Blob([Uint8Array.from(raw, (c) => c.charCodeAt(0))]) };
    read("");
    return window.dash_clientside.no_update;
  };

  function read(zone) {
    const of = held;
    doing("Reading " + held.name + " …", async function () {
      const preview = await call("/preview", form({ zone: zone }));
      if (held === of && $("bring-box")) show(preview);
    });
  }

  /* What a preview says */
  const stamp = (ms) => new Date(ms).toISOString().replace("T", " ").replace(/\.000Z$|Z$/, "");
  const plain = (value) => (value === null || value === undefined ? "" : String(value));
  const NAMES = { time_ms: "time", trade_id: "trade id", quantity: "size", side: "aggressor" };
  const WRITTEN = {
    time_ms: stamp,
    trade_id: (id) => (id < 0 ? "" : String(id)),
    side: (side) => ["", "bought", "sold"][side] || "",
  };

  function show(preview) {
    say("", false);
    $("bring-box").hidden = false;
    $("bring-box").dataset.zone = preview.needs_zone ? "asked" : "";
    facts([
      ["file", preview.file_name],
      ["holds", preview.rows.toLocaleString("en-US") + (preview.kind === "ticks" ? " trades" : " bars")],
      ["from", stamp(Date.parse(preview.first)) + (preview.needs_zone ? "" : " UTC")],
      ["to", stamp(Date.parse(preview.last)) + (preview.needs_zone ? "" : " UTC")],
      ["finest bars", preview.timeframe],
      ["columns", Object.keys(preview.columns).map((meaning) => preview.columns[meaning] + (preview.columns[meaning] === meaning ? "" : " as " + meaning)).join(", ")],
    ].concat(preview.symbols.length > 1 ? [["instruments", preview.symbols.join(", ")]] : []));
    const names = preview.head.length ? Object.keys(preview.head[0]) : [];
    sb.set("bring-head", {
      columns: names.map((name) => ({ id: name, name: NAMES[name] || name, type: "text" })),
      data: preview.head.map((row) => Object.fromEntries(names.map((name) => [name, (WRITTEN[name] || plain)(row[name])]))),
    });
    report(preview);
    sb.set("bring-accept", { disabled: preview.needs_zone });
    sb.set("bring-name", { value: preview.symbols[0], disabled: preview.symbols.length > 1 });
  }

  function facts(entries) {
    const parts = entries.map(function (entry) {
      const row = document.createElement("div");
      row.appendChild(document.createElement("dt")).textContent = entry[0];
      row.appendChild(document.createElement("dd")).textContent = entry[1];
      return row;
    });
    $("bring-what").replaceChildren(...parts);
  }

  /** What was cleaned, by reason; and the first lines that were left out. */
  function report(preview) {
    const counts = Object.keys(preview.problem_counts);
    const total = counts.reduce((sum, what) => sum + preview.problem_counts[what], 0);
    const words = preview.notes.map((note) => note.charAt(0).toUpperCase() + note.slice(1) + ".");
    if (total) words.push(total.toLocaleString("en-US") + " line" + (total > 1 ? "s" : "") + " left out:");
    const lines = words.concat(counts.map((what) => preview.problem_counts[what].toLocaleString("en-US") + " × " + what));
    $("bring-report").replaceChildren(...(lines.length ? lines : ["Every line can be used."]).map(function (line) {
      const p = document.createElement("p");
      p.textContent = line;
      return p;
    }));
    sb.set("bring-problems", { data: preview.problems.map((p) => ({ line: p.line.toLocaleString("en-US"), what: p.what, value: p.value })) });
    $("bring-box").classList.toggle("sb-no-problems", !preview.problems.length);
  }

  /* Accepting, leaving, deleting */
  function accept() {
    const of = held;
    if (!held) return;
    const zone = $("bring-box").dataset.named || "";
    doing("Keeping it …", async function () {
      const kept = await call("", form({ zone: zone, symbol: $("bring-name").value.trim() }));
      if (!$("bring-box")) return;
      if (held === of) leave();
      const names = kept.items ? kept.items.map((each) => each.instrument) : [kept.instrument];
      say("Kept: " + names.join(", ") + ". The Market and Pair pages offer it.", false);
      sb.ask(null, false);
    });
  }

  function leave() {
    held = null;
    $("bring-box").hidden = true;
    $("bring-box").dataset.named = "";
    say("", false);
  }

  function ask(symbol) {
    leaving = symbol;
    $("uploads-sure").hidden = !symbol;
    $("uploads-sure-words").textContent = symbol ? "Delete upload:" + symbol + " with all its bars? Pairs with it then have no data." : "";
    if (symbol) $("uploads-keep").focus();
  }

  function remove() {
    const symbol = leaving;
    ask("");
    doing("", async function () {
      await call("/" + encodeURIComponent(symbol), { method: "DELETE" });
      if (!$("bring-box")) return;
      say("Deleted: upload:" + symbol + ".", false);
      sb.ask(null, false);
    });
  }

  function readAgain() {
    const zone = $("bring-zone").value.trim();
    if (!held || !zone) return;
    $("bring-box").dataset.named = zone;
    read(zone);
  }

  const clicks = {
    "bring-accept": accept, "bring-cancel": leave, "bring-again": readAgain,
    "uploads-delete": remove, "uploads-keep": () => ask(""),
  };
  document.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.deleteUpload) ask(button.dataset.deleteUpload);
    else if (clicks[button.id]) clicks[button.id]();
  });
})();
