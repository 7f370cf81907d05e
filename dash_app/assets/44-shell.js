/* Shell: clock, ages, silence of the server, theme, menu, links, and what a person does. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const $ = (id) => document.getElementById(id);
  const SILENT_MS = 3000;
  const DAY_MS = 86400000;

  const ago = function (seconds) {
    if (seconds < 0) return "";
    if (seconds < 90) return Math.floor(seconds) + " s ago";
    if (seconds < 5400) return Math.floor(seconds / 60) + " min ago";
    return seconds < 172800 ? Math.floor(seconds / 3600) + " h ago" : "";
  };

  function tellTime(now) {
    if ($("clock")) $("clock").textContent = new Date(now).toISOString().slice(11, 19);
    const asOf = $("kpi-ago");
    if (asOf) {
      const ms = Number(asOf.dataset.asOf || 0);
      const old = ms && now - ms > DAY_MS; // a recording's bars are known by their day, not by their age
      asOf.textContent = old ? new Date(ms).toISOString().slice(0, 10) : ms ? ago((now - ms) / 1000) : "";
    }
  }

  function everySecond() {
    const now = Date.now();
    window.setTimeout(everySecond, 1000 - (now % 1000)); // with the second, not some time after it
    tellTime(now);
    markNav();
    if (sb.eachSecond) sb.eachSecond();
    if (!document.hidden && sb.sentAt) silence(now);
  }

  /** No answer for longer than a period explains: nothing on the page is live, and it says so. */
  function silence(now) {
    const silent = sb.waiting && now - sb.sentAt > SILENT_MS;
    document.documentElement.classList.toggle("sb-silent", silent);
    if (silent && !sb.silentSince) {
      sb.silentSince = sb.sentAt;
      sb.set("connection-word", { children: "No answer since " + new Date(sb.silentSince).toISOString().slice(11, 19) });
      sb.set("connection-lag", { children: "" });
      sb.set("connection-mark", { className: "sb-i sb-i-bad sb-bad-text" });
      sb.set("connection", { className: "sb-connection sb-bad-text" });
      ["connection-word", "connection-lag", "connection-mark", "connection"].forEach((id) => delete sb.shown[id]);
      delete sb.seen.shell;
    } else if (!silent) sb.silentSince = 0;
  }

  let pairHref = "";
  function markNav() {
    let kept = null;
    try { kept = window.sessionStorage.getItem("sb-pair"); } catch (refused) { kept = null; }
    if (kept && kept !== pairHref && document.getElementById("nav-pair")) { pairHref = kept; sb.set("nav-pair", { href: kept }); }
    const path = window.location.pathname;
    document.querySelectorAll(".sb-nav-link").forEach(function (link) {
      const href = new URL(link.href).pathname;
      const here = href === "/" ? path === "/" : path.startsWith("/" + href.split("/")[1]);
      link.classList.toggle("sb-on", here);
      if (here) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    });
  }

  function switchTheme() {
    const next = sb.theme() === "dark" ? "light" : "dark";
    document.documentElement.setAttribute("data-bs-theme", next);
    try { window.localStorage.setItem("sb-theme", next); } catch (refused) { /* then it holds for this page only */ }
    delete sb.seen.figure;
    sb.ask(null, false);
  }

  /* Orders go one after the other: Dash forgets the answer to one that another overtook. */
  const ORDER_MS = 15000; // without an answer for so long the next one goes
  const orders = [];
  let running = null, given = 0;
  /** `then` is told what came of it; it returns whether that has been said to the person. */
  const order = sb.order = function (fields, then) { orders.push({ fields: fields, then: then }); nextOrder(); };
  function nextOrder() {
    if (running || !orders.length) return;
    running = orders.shift();
    given += 1;
    running.nonce = Date.now() + "." + given;
    running.late = window.setTimeout(overdue, ORDER_MS);
    sb.set("act", { data: Object.assign({ nonce: running.nonce }, running.fields) });
  }

  function overdue() {
    const words = "The server does not answer: reload the page to see whether it was done.";
    const told = ended({ ok: false, kind: running.fields.kind, nonce: running.nonce, words: words });
    if (!told) sb.say(words, false);
  }

  /** The order that runs is done with; whether what came of it has been said. */
  function ended(done) {
    if (!running || running.nonce !== done.nonce) return false;
    const mine = running;
    window.clearTimeout(mine.late);
    running = null;
    window.setTimeout(nextOrder, 0);
    return Boolean(mine.then && mine.then(done));
  }

  function notice(words, ok) {
    const box = $("notice");
    if (!box) return "";
    box.classList.add("sb-on");
    box.classList.toggle("sb-refused", !ok);
    window.clearTimeout(sb.noticeTimer);
    sb.noticeTimer = window.setTimeout(() => box.classList.remove("sb-on"), ok ? 3000 : 8000);
    return words;
  }

  sb.say = (words, ok) => sb.set("notice", { children: notice(words, ok) });

  window.dash_clientside.spreadboard.acted = function (done) {
    if (!done) return window.dash_clientside.no_update;
    if (done.ok) sb.ask(null, false);
    if (ended(done)) return window.dash_clientside.no_update;
    const place = $({ thresholds: "threshold-note", watch: "add-note" }[done.kind]);
    if (!place) return notice(done.words, done.ok);
    place.textContent = done.words; // beside what was typed, and nowhere else
    place.classList.toggle("sb-refused", !done.ok);
    return window.dash_clientside.no_update;
  };

  async function copyLink() {
    const text = window.location.href;
    try { await navigator.clipboard.writeText(text); } catch (refused) {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.appendChild(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    sb.set("notice", { children: notice("Link copied: it shows a colleague exactly this view.", true) });
  }

  window.dash_clientside.spreadboard.filterRows = function (chosen) {
    sb.filter = chosen;
    sb.showWatch();
    return window.dash_clientside.no_update;
  };

  const value = (id) => ($(id) ? $(id).value : "");
  function toggle(button, target, name) {
    const open = target.classList.toggle(name);
    button.setAttribute("aria-expanded", String(open));
  }

  const clicks = {
    "theme-button": switchTheme,
    copy: copyLink,
    "menu-button": (b) => toggle(b, $("nav"), "sb-open"),
    change: (b) => toggle(b, $("pair-controls"), "sb-open"),
    "bars-newer": () => sb.turnBars(false),
    "bars-older": () => sb.turnBars(true),
    watch: (b) => (b.dataset.watched ? order({ kind: "unwatch", id: b.dataset.watched, by: sb.name() }) : order(Object.assign({}, sb.view, { kind: "watch", by: sb.name() }))),
    "threshold-apply": () => order({ kind: "thresholds", entry: value("threshold-entry"), exit: value("threshold-exit") }),
    "add-open": (b) => { const box = $("add-box"); box.hidden = !box.hidden; b.setAttribute("aria-expanded", String(!box.hidden)); },
    add: () => order({
      kind: "watch", by: sb.name(), y: value("add-y"), x: value("add-x"), timeframe: value("add-timeframe"),
      window: value("add-window"), z_window: value("add-z-window"),
    }),
    "feed-all": function (b) {
      const all = sb.view && sb.view.feed === "all";
      b.textContent = all ? "All instruments" : "Worst three";
      sb.set("view", { data: Object.assign({}, sb.view, { feed: all ? "" : "all" }) });
    },
  };

  const POPPED = "details:is(.sb-export, .sb-made)[open]"; // what lies over the page until one looks elsewhere
  document.addEventListener("click", function (event) {
    const summary = event.target.closest("#checks-summary");
    if (summary) { event.preventDefault(); summary.parentElement.classList.toggle("sb-all"); return; }
    const tab = event.target.closest("[role=tab][data-tab]");
    if (tab) { sb.openTab(tab.dataset.tab); return; }
    const button = event.target.closest("button[id]");
    if (button && clicks[button.id]) clicks[button.id](button);
    document.querySelectorAll(POPPED).forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    if (!event.target.closest(".sb-menu, .sb-nav") && $("nav")) $("nav").classList.remove("sb-open");
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") document.querySelectorAll(POPPED).forEach(function (menu) {
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    });
    const tab = event.target.closest && event.target.closest("[role=tab]");
    if (tab && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      const next = event.key === "ArrowRight" ? tab.nextElementSibling : tab.previousElementSibling;
      if (next) { next.focus(); next.click(); }
    }
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { sb.waiting = false; if (sb.view) sb.ask(null, false); } });
  everySecond();

  /* The bar comes after this script: its clock is filled before it is painted, and an age with its time. */
  const coming = new MutationObserver(function () { if ($("clock")) { coming.disconnect(); tellTime(Date.now()); markNav(); } });
  coming.observe(document.documentElement, { childList: true, subtree: true });
  sb.tellTime = () => tellTime(Date.now());
})();
