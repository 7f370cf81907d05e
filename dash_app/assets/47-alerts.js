/* The alerts page: filters ↔ address, rules edited where they stand, one more rule, what is deleted. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const $ = (id) => document.getElementById(id);
  const functions = window.dash_clientside.spreadboard;
  const no = () => window.dash_clientside.no_update;
  const page = () => document.querySelector(".sb-page-alerts");
  const CELL = "input[data-field]"; // a field of a rule or of a target

  /* What the log shows */
  functions.alertsView = function (show, pair, kind) {
    const root = page();
    const asked = { pair: root.dataset.sbPairs ? pair || "any" : root.dataset.pair || "any", kind: kind || "any", show: show || "all" };
    const query = new URLSearchParams(Object.keys(asked).filter((name) => !["any", "all"].includes(asked[name])).map((name) => [name, asked[name]]));
    const text = query.toString();
    sb.writeAddress(root, "/alerts", text ? "?" + text : "");
    root.dataset.addressed = "1";
    ["csv", "xlsx"].forEach((form) => sb.set("alerts-" + form, { href: "/export/alerts." + form + (text ? "?" + text : "") }));
    sb.set("view", { data: Object.assign({ page: "alerts", before: "" }, asked) });
    return no();
  };

  sb.appliers.log_pairs = function (pairs) {
    const list = $("log-pair"), root = page();
    if (!list || !root) return;
    const wanted = (root.dataset.sbPairs ? list.value : root.dataset.pair) || "any";
    const known = wanted !== "any" && !pairs.some((each) => each.value === wanted) ? [{ value: wanted, label: wanted }] : [];
    root.dataset.sbPairs = "1";
    offer("log-pair", [{ value: "any", label: "any" }].concat(pairs, known), wanted);
  };

  /** A list's options, left alone where they are the same: somebody may have it open. */
  function offer(id, options, chosen) {
    const text = (all) => JSON.stringify([...all].map((each) => [each.value, each.label]));
    if (text($(id).options) === text(options) && $(id).value === chosen) return;
    sb.set(id, { options: options, value: chosen });
  }

  const turn = (before) => sb.set("view", { data: Object.assign({}, sb.view, { before: before }) });

  /* Rules and targets in their rows */
  let known = { kinds: [], targets: [] };
  let held = null; // rows that came while somebody is in a field

  const editing = () => Boolean(document.activeElement && document.activeElement.closest("#rules " + CELL));
  sb.appliers.rules = function (part) {
    known = part;
    sb.targets = part.targets;
    held = part.rows;
    if (!editing()) show();
    const list = $("rule-pair"), pairs = part.pairs;
    offer("rule-pair", pairs, pairs.some((each) => each.value === list.value) ? list.value : pairs.length ? pairs[0].value : null);
    sb.ruleForm.take(part);
  };

  function show() {
    if (!held) return;
    sb.set("rules", { data: held });
    held = null;
  }

  const written = (cell) => (cell.type === "checkbox" ? (cell.checked ? "yes" : "no") : cell.value.trim());
  const stands = (cell) => (cell.type === "checkbox" ? (cell.defaultChecked ? "yes" : "no") : cell.defaultValue);

  /** What differs in the row of a field goes out together: levels may be possible only with each other. */
  function save(cell) {
    const name = cell.dataset.rule ? "rule" : "target", id = cell.dataset[name];
    const row = [...document.querySelectorAll(CELL + "[data-" + name + '="' + id + '"]')];
    const changed = row.filter((each) => written(each) !== stands(each));
    row.filter((each) => !changed.includes(each)).forEach(pass);
    if (!changed.length) return;
    const fields = Object.fromEntries(changed.map((each) => [each.dataset.field, written(each)]));
    sb.order(Object.assign({ kind: name, id: id }, fields), function (done) {
      if (done.ok) changed.forEach((each) => { pass(each); settle(each, fields[each.dataset.field]); });
      else refuse(changed.find((each) => each.dataset.field === done.field) || cell, done.words);
      return !done.ok;
    });
  }

  function settle(cell, value) {
    if (cell.type === "checkbox") cell.defaultChecked = value === "yes";
    else cell.defaultValue = value;
  }

  function refuse(cell, words) {
    pass(cell);
    if (cell.type === "checkbox") cell.checked = cell.defaultChecked; // it shows what holds
    if (!cell.isConnected) { sb.say(words, false); return; }
    const box = document.createElement("span");
    box.className = "sb-cell-refused";
    box.id = "refused-" + (cell.dataset.rule || cell.dataset.target) + "-" + cell.dataset.field;
    box.setAttribute("role", "alert");
    box.textContent = words;
    cell.after(box);
    cell.setAttribute("aria-invalid", "true");
    cell.setAttribute("aria-describedby", box.id);
  }

  function pass(cell) {
    cell.removeAttribute("aria-invalid");
    cell.removeAttribute("aria-describedby");
    if (cell.nextElementSibling && cell.nextElementSibling.className === "sb-cell-refused") cell.nextElementSibling.remove();
  }

  function putBack(cell) {
    cell.value = cell.defaultValue;
    pass(cell);
  }

  /* The table's own keys would take arrows, tabs and pasted text from the fields in it. */
  ["keydown", "paste", "copy", "cut"].forEach((name) => document.addEventListener(name, function (event) {
    const cell = event.target.closest && event.target.closest(CELL);
    if (!cell) return;
    event.stopPropagation();
    if (event.key === "Enter") save(cell);
    if (event.key === "Escape") putBack(cell);
  }, true));
  document.addEventListener("change", function (event) {
    const cell = event.target.closest(CELL);
    if (cell) save(cell);
  });
  document.addEventListener("focusout", () => window.setTimeout(() => { if (held && $("rules") && !editing()) show(); }, 0));

  functions.kindChosen = function () { window.setTimeout(() => { if (page()) sb.ruleForm.kindChosen(); }, 0); return no(); };

  /* What is asked about before it is done */
  let sure = null;
  function ask(fields, words) {
    sure = fields;
    $("sure").hidden = !fields;
    $("sure-words").textContent = words;
    if (fields) { $("sure").scrollIntoView({ block: "nearest" }); $("sure-keep").focus(); }
  }

  const clicks = Object.assign({}, sb.ruleForm.clicks, {
    "log-older": (b) => turn(b.dataset.before || ""),
    "log-newest": () => turn(""),
    "sure-keep": () => ask(null, ""),
    "sure-delete": function () { const fields = sure; ask(null, ""); sb.order(fields); },
  });
  const presses = Object.assign({}, sb.ruleForm.presses, {
    deleteRule: (id, b) => ask({ kind: "delete-rule", id: id }, "Delete the rule " + b.dataset.words + "? Its alerts stay."),
    deleteTarget: (id, b) => ask({ kind: "delete-target", id: id }, "Delete the target " + b.dataset.words + "? What it has not got yet is given up."),
    testTarget: (id) => sb.order({ kind: "test-target", id: id }),
    endSilence: (id) => sb.order({ kind: "end-silence", id: id }),
  });
  document.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (!button || !page()) return;
    const name = Object.keys(presses).find((each) => button.dataset[each]);
    if (name) presses[name](button.dataset[name], button);
    else if (clicks[button.id]) clicks[button.id](button);
  });
})();
