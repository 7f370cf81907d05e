/* The dialog: who acknowledges or silences, with what note; which targets a rule has. The name stays in this browser. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const $ = (id) => document.getElementById(id);
  let asked = null; // what is ordered once it is answered

  const remembered = sb.name = function () { try { return window.localStorage.getItem("sb-name") || ""; } catch (refused) { return ""; } };
  const remember = sb.remember = function (name) { try { window.localStorage.setItem("sb-name", name); } catch (refused) { /* then it is asked again */ } };

  /** `kind` is who, silence or targets: what the dialog asks for. */
  function ask(fields, kind, title, words, doing) {
    asked = fields;
    $("ask").dataset.kind = kind;
    $("ask-title").textContent = title;
    $("ask-words").textContent = words;
    $("ask-refused").textContent = "";
    sb.set("ask-do", { children: doing, disabled: false });
    sb.set("ask-by", { value: remembered() });
    sb.set("ask-note", { value: "" });
    if (!$("ask").open) $("ask").showModal();
    const first = kind === "targets" ? "ask-do" : kind === "silence" ? "ask-minutes" : remembered() ? "ask-note" : "ask-by";
    window.setTimeout(() => $(first).focus(), 0);
  }

  sb.askWho = (fields, title, words, doing) => ask(fields, "who", title, words, doing);

  function offerTargets(chosen) {
    $("ask-targets").replaceChildren(...(sb.targets || []).map(function (target) {
      const label = document.createElement("label"), box = document.createElement("input");
      box.type = "checkbox";
      box.value = target.id;
      box.checked = chosen.includes(target.id);
      label.append(box, " " + target.name);
      return label;
    }));
  }

  function answer() {
    const kind = $("ask").dataset.kind, fields = Object.assign({}, asked);
    if (kind === "targets") fields.targets = [...$("ask-targets").querySelectorAll(":checked")].map((box) => box.value).join(",");
    else {
      fields.by = $("ask-by").value.trim();
      fields.note = $("ask-note").value.trim();
      remember(fields.by);
    }
    if (kind === "silence") { fields.scope = $("ask-scope").value; fields.minutes = $("ask-minutes").value; }
    sb.set("ask-do", { disabled: true });
    const of = asked;
    sb.order(fields, function (done) {
      if (asked !== of || !$("ask").open) return false;
      if (done.ok) { leave(); return false; }
      sb.set("ask-do", { disabled: false });
      $("ask-refused").textContent = done.words;
      return true;
    });
  }

  function leave() {
    asked = null;
    $("ask").close();
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (!button) return;
    const data = button.dataset;
    if (data.acknowledge) ask({ kind: "acknowledge", id: data.acknowledge }, "who", "Acknowledge", data.words || "", "Acknowledge");
    else if (button.id === "acknowledge-all") {
      const many = data.ids.split(",").length;
      ask({ kind: "acknowledge", id: data.ids }, "who", "Acknowledge all shown", many + (many > 1 ? " alerts" : " alert"), "Acknowledge");
    } else if (data.silence) ask({ kind: "silence", id: data.silence }, "silence", "Silence", data.words + ". Alerts stay in the log; nobody is told.", "Silence");
    else if (data.ruleTargets) {
      offerTargets((data.chosen || "").split(","));
      ask({ kind: "rule-targets", id: data.ruleTargets }, "targets", "Who is told", data.words + ". With none chosen: the targets for all rules.", "Keep");
    } else if (button.id === "ask-do") answer();
    else if (button.id === "ask-leave") leave();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.closest && event.target.closest("#ask input:not([type=checkbox]), #ask select")) {
      event.preventDefault();
      answer();
    }
  });
})();
