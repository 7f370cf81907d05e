/* The alerts page: a target is added, or one that is kept is said anew; what its messages will look like. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const $ = (id) => document.getElementById(id);
  const FIELDS = { name: "target-name", url: "target-url", per_minute: "target-rate", template: "target-template" };
  const EXAMPLES = "mailto://…, slack://…, tgram://…, https://…";
  let edited = null; // the target that the form speaks of, none for a new one

  const value = (id) => $(id).value;

  function say(words, ok) {
    $("target-add-note").textContent = words;
    $("target-add-note").classList.toggle("sb-refused", !ok);
  }

  /** What was refused is marked where it stands; nothing is where `field` is none. */
  function mark(field) {
    Object.entries(FIELDS).forEach(function ([name, id]) {
      if (name === field) $(id).setAttribute("aria-invalid", "true");
      else $(id).removeAttribute("aria-invalid");
    });
    if (FIELDS[field]) $(FIELDS[field]).focus();
  }

  function preview(words) {
    $("target-preview").textContent = words;
    $("target-preview").hidden = !words;
  }

  function fill(target) {
    edited = target;
    $("target-title").textContent = target ? "Target " + target.name : "A new target";
    sb.set("target-name", { value: target ? target.name : "" });
    sb.set("target-url", { value: "" });
    sb.set("target-rate", { value: target ? String(target.per_minute) : "" });
    sb.set("target-template", { value: target ? target.template : "" });
    sb.set("target-everything", { value: target ? target.everything : true });
    sb.set("target-url", { placeholder: target ? "as it is: " + target.address : EXAMPLES });
    say("", true);
    mark(null);
    preview("");
  }

  function show(shown) {
    $("target-box").hidden = !shown;
    $("target-open").setAttribute("aria-expanded", String(shown));
    if (!shown) return;
    $("target-box").scrollIntoView({ block: "nearest" });
    $("target-name").focus();
  }

  function keep() {
    const of = edited;
    const fields = { name: value("target-name"), url: value("target-url"), per_minute: value("target-rate"),
      template: value("target-template"), everything: $("target-everything").checked ? "yes" : "no" };
    if (!of || fields.url) say("Reading the address …", true);
    sb.order(Object.assign(of ? { kind: "target", id: of.id } : { kind: "add-target" }, fields), function (done) {
      if (!$("target-box") || edited !== of) return false;
      mark(done.ok ? null : done.field);
      if (done.ok) fill(null);
      if (done.ok && of) { show(false); return false; }
      say(done.words, done.ok);
      return true;
    });
  }

  function ask() {
    sb.order({ kind: "preview-target", template: value("target-template") }, function (done) {
      if (!$("target-box")) return false;
      mark(done.ok ? null : done.field);
      say(done.ok ? "" : done.words, done.ok);
      preview(done.ok ? done.words : "");
      return true;
    });
  }

  const clicks = {
    "target-open": function () { if (edited || $("target-box").hidden) { fill(null); show(true); } else show(false); },
    "target-add": keep,
    "target-preview-ask": ask,
    "target-leave": function () { fill(null); show(false); $("target-open").focus(); },
  };
  document.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (!button || !$("target-box")) return;
    const target = button.dataset.editTarget && (sb.targets || []).find((each) => each.id === button.dataset.editTarget);
    if (target) { fill(target); show(true); }
    else if (clicks[button.id]) clicks[button.id]();
  });
})();
