/* The timeline of a pair: its entries, what somebody decides about it, and notes. All words are put in as text. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const $ = (id) => document.getElementById(id);
  let shown = null; // what the server told last
  let sure = null; // the note that somebody is about to delete

  sb.appliers.timeline = function (told) {
    if (!$("timeline")) return false;
    shown = told;
    show();
    if ($("note-by") && !$("note-by").value && sb.name()) sb.set("note-by", { value: sb.name() });
    return true;
  };

  function made(tag, name, text) {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  }

  function button(text, data) {
    const element = made("button", "sb-link", text);
    element.type = "button";
    Object.assign(element.dataset, data);
    return element;
  }

  function show() {
    if (!shown || !$("timeline")) return;
    $("timeline").replaceChildren(...shown.rows.map(entry));
    $("timeline-decisions").replaceChildren(...shown.decisions.map(function (each) {
      const element = button(each.label, { decide: each.stage });
      element.className = "sb-control";
      return element;
    }));
  }

  function entry(row) {
    const item = made("li", "sb-entry sb-entry-" + row.kind);
    const when = made("time", "", row.when);
    when.title = row.title;
    const what = made("span", "sb-entry-what"), mark = made("span", row.icon);
    mark.setAttribute("aria-hidden", "true");
    what.append(mark, made("b", "", row.head), " ", made("span", "sb-entry-text", row.text));
    item.append(when, what, made("span", "sb-entry-by", row.by));
    item.append(row.kind === "note" && row.by === sb.name() ? deletion(row) : made("span"));
    return item;
  }

  function deletion(row) {
    const box = made("span", "sb-entry-do");
    if (sure !== row.id) { box.append(button("Delete", { deleteNote: row.id })); return box; }
    box.append("Delete this note? ", button("Delete", { deleteSurely: row.id }), " ", button("Keep", { keepNote: row.id }));
    return box;
  }

  /** Ask anew what is mine: the name may have changed. */
  function ask(id) {
    sure = id;
    show();
    const keep = document.querySelector("[data-keep-note]");
    if (keep) keep.focus();
  }

  function addNote() {
    const by = $("note-by").value.trim(), note = $("note-text").value.trim(), place = $("note-add-note");
    sb.remember(by);
    sb.order({ kind: "add-note", y: sb.view.y, x: sb.view.x, by: by, note: note }, function (done) {
      if (!$("note-add-note")) return false;
      place.textContent = done.ok ? "" : done.words;
      place.classList.toggle("sb-refused", !done.ok);
      if (done.ok) sb.set("note-text", { value: "" });
      show();
      return true;
    });
  }

  document.addEventListener("click", function (event) {
    const element = event.target.closest("button");
    if (!element || !$("timeline")) return;
    const data = element.dataset;
    if (element.id === "note-add") addNote();
    else if (data.decide) {
      const words = "Holds from the next bar on. The timeline keeps your name and your reason, given as the note.";
      sb.askWho(Object.assign({}, sb.view, { kind: "stage", stage: data.decide }), element.textContent, words, "Decide");
    } else if (data.deleteNote) ask(Number(data.deleteNote));
    else if (data.keepNote) ask(null);
    else if (data.deleteSurely) {
      sure = null;
      sb.order({ kind: "delete-note", id: data.deleteSurely, by: sb.name() });
      show();
    }
  });
  document.addEventListener("change", function (event) {
    if (event.target.id === "note-by") { sb.remember(event.target.value.trim()); show(); }
  });
  document.addEventListener("keydown", function (event) {
    if (event.target.id === "note-text" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) addNote();
  });
})();
