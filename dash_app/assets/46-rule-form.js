/* The rule form of the alerts page: one more rule, or other words for one that stands; rehearsed before it is saved. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const $ = (id) => document.getElementById(id);
  const FIELDS = {
    fire: "rule-fire", clear: "rule-clear", pending_bars: "rule-pending", cooldown_bars: "rule-cooldown",
    keep_bars: "rule-keep", min_correlation: "rule-correlation",
  };
  const NAMES = Object.keys(FIELDS);
  const LENGTHS = ["pending_bars", "cooldown_bars", "keep_bars"];
  const CALL = "/api/v1/rules/rehearsal";
  let known = { kinds: [], paths: {} };
  let edited = null; // the rule that stands: its id, kind, words and the address of its pair
  let asked = 0;

  const label = (id) => $(id).closest("label");
  const text = (name) => $(FIELDS[name]).value.trim();
  const kind = () => known.kinds.find((each) => each.kind === (edited ? edited.kind : $("rule-kind").value));

  /** Names, placeholders and the button as they suit the kind, and whether the rule stands. */
  function refresh() {
    const its = kind();
    if (!its) return;
    ["fire", "clear"].forEach((name) => sb.set(FIELDS[name], { placeholder: its[name] || "needed" }));
    sb.set(FIELDS.min_correlation, { placeholder: its.min_correlation });
    label(FIELDS.min_correlation).hidden = !its.min_correlation;
    ["rule-pair", "rule-kind"].forEach((id) => { label(id).hidden = Boolean(edited); });
    sb.set("rule-unit", { children: its.judges + (its.unit ? ", " + its.unit : "") });
    sb.set("rule-of", { children: edited ? edited.words : "" });
    sb.set("rule-add", { children: edited ? "Save" : "Add" });
    sb.set("rule-rehearse", { disabled: !its.rehearsed, title: its.rehearse_words });
  }

  function fill(values) {
    NAMES.forEach((name) => sb.set(FIELDS[name], { value: values[name] || "" }));
  }

  function say(words, ok) {
    $("rule-add-note").textContent = words;
    $("rule-add-note").classList.toggle("sb-refused", !ok);
  }

  function show(rule) {
    edited = rule;
    $("rule-box").hidden = false;
    $("rehearsal").hidden = true;
    asked += 1;
    say("", true);
    refresh();
    $("rule-open").setAttribute("aria-expanded", String(!rule));
  }

  function close() {
    $("rule-box").hidden = true;
    $("rule-open").setAttribute("aria-expanded", "false");
    if (!edited) { $("rule-open").focus(); return; }
    const button = document.querySelector('#rules [data-rehearse="' + edited.id + '"]');
    if (button) button.focus();
  }

  function openNew() {
    if (!$("rule-box").hidden && !edited) { close(); return; }
    if (edited) fill({});
    show(null);
  }

  /** The words of a rule as they stand in its row, or are typed there, rehearsed at once. */
  function openRule(button) {
    const id = button.dataset.rehearse, values = {};
    document.querySelectorAll('#rules input[data-rule="' + id + '"][data-field]').forEach((cell) => { values[cell.dataset.field] = cell.value.trim(); });
    show({ id: id, kind: button.dataset.kind, words: button.dataset.words, path: button.closest("tr").querySelector("a.sb-pair").href });
    fill(values);
    $("rule-box").scrollIntoView({ block: "nearest" });
    $("rule-rehearse").focus();
    rehearse(values);
  }

  const typed = () => Object.fromEntries(NAMES.filter((name) => name !== "min_correlation" || kind().min_correlation).map((name) => [name, text(name)]));

  function save() {
    const fields = edited
      ? Object.assign({ kind: "rule", id: edited.id }, typed())
      : Object.assign({ kind: "add-rule", watched: $("rule-pair").value, rule_kind: $("rule-kind").value }, typed());
    sb.order(fields, function (done) {
      if (!$("rule-add-note")) return false;
      say(done.words, done.ok);
      if (done.ok && !edited) fill({});
      return true;
    });
  }

  /** The body of the call; throws where a field holds no number. */
  function body(values) {
    const path = edited ? edited.path : known.paths[$("rule-pair").value];
    if (!path) throw new Error("Choose a pair that is watched.");
    const address = new URL(path, window.location.href);
    const [y, x] = address.pathname.split("/").slice(-2).map(decodeURIComponent);
    const pair = Object.fromEntries([...address.searchParams].map(([name, value]) => [name, ["window", "z_window", "beta"].includes(name) ? Number(value) : value]));
    const words = {};
    NAMES.filter((name) => values[name]).forEach(function (name) {
      const number = Number(values[name].replace("−", "-"));
      if (!Number.isFinite(number)) throw new Error("The parameter " + name + " cannot be " + values[name] + ": give a number.");
      words[name] = number;
    });
    return Object.assign({ y: y, x: x, kind: kind().kind }, pair, words);
  }

  async function rehearse(values) {
    const box = $("rehearsal"), number = asked += 1;
    const tell = (part) => { if (number === asked && $("rehearsal")) $("rehearsal").replaceChildren(part); };
    box.hidden = false;
    say("", true); // an earlier refusal is not of these words
    box.setAttribute("aria-busy", "true");
    try {
      const found = await ask(body(values));
      tell(sb.rehearsed(found, kind()));
    } catch (refused) {
      const words = document.createElement("p");
      words.className = "sb-note sb-refused";
      words.textContent = refused.message;
      tell(words);
    }
    if (number === asked) box.removeAttribute("aria-busy");
  }

  async function ask(given) {
    let answer;
    try {
      answer = await fetch(CALL, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given) });
    } catch (failed) { throw new Error("The server does not answer: try again in a moment."); }
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(found.detail || "The server could not rehearse it (" + answer.status + ").");
    return found;
  }

  sb.ruleForm = {
    take: function (part) { known = part; refresh(); },
    kindChosen: function () { refresh(); $("rehearsal").hidden = true; asked += 1; },
    clicks: { "rule-open": openNew, "rule-add": save, "rule-close": close, "rule-rehearse": () => rehearse(typed()) },
    presses: { rehearse: (_id, button) => openRule(button) },
  };
  document.addEventListener("keydown", function (event) {
    const box = event.target.closest && event.target.closest("#rule-box");
    if (!box) return;
    if (event.key === "Enter" && event.target.tagName === "INPUT" && !$("rule-rehearse").disabled) rehearse(typed());
    if (event.key === "Escape") close();
  });
})();
