/* The browser's half of a refresh: request → gate → (server) → answer applied. */
(function () {
  "use strict";
  const WAIT_MS = 10000; // an unanswered tick blocks the next ones for so long
  const UNSEEN_MS = 10000; // between two looks of a hidden page that may sound
  const SETTLE_MS = 100; // an answer that came is applied within so long; then it was "nothing new"
  const PAINT_MS = 250; // a window that paints nothing gets its figure after so long
  const NARROW = window.matchMedia("(max-width: 575.98px)");
  const sb = (window.spreadboard = {
    view: null, id: 0, seen: {}, sentAt: 0, sentId: -1, waiting: false, shown: {}, appliers: {},
  });
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const no = () => clientside.no_update;

  sb.theme = () => document.documentElement.getAttribute("data-bs-theme");
  sb.set = function (id, props) { clientside.set_props(id, props); };
  /** What was left out of an address is said until the address is another. */
  sb.forgetAddressNote = function () {
    if (document.getElementById("address-note")) sb.set("address-note", { style: { display: "none" } });
  };

  /** Ask anew, keeping nothing (`fresh`) or what is known. */
  sb.ask = function (view, fresh) {
    if (view) sb.view = view;
    sb.id += 1;
    if (fresh) { sb.seen = {}; sb.shown = {}; }
    sb.set("request", { data: { id: sb.id } });
  };
  NARROW.addEventListener("change", () => { delete sb.seen.figure; sb.ask(null, false); });

  /** What a view is about, whichever part of it is open. */
  const subject = (view) => JSON.stringify(Object.assign({}, view, { tab: "", bars: "" }));

  const functions = {
    /** A page's view changed. A page that has just come starts from nothing. */
    request: function (content, view) {
      const page = document.querySelector(".sb-page");
      const fresh = page && !page.dataset.sbSeen;
      if (fresh) {
        page.dataset.sbSeen = "1";
        sb.seen = {};
        sb.shown = {};
        sb.view = null;
      }
      if (!view || (!fresh && JSON.stringify(view) === JSON.stringify(sb.view))) return no();
      if (subject(view) !== subject(sb.view)) {
        sb.seen = {}; // versions are those of one subject
        sb.shown = {}; // and a person may have typed over what was set
      }
      sb.view = view;
      sb.id += 1;
      return { id: sb.id };
    },

    /** Lets a tick through when the last was answered and applied, or is old, and somebody can see the page. */
    gate: function (n, request) {
      if (!request || !sb.view) return no();
      const now = Date.now();
      const asked = sb.sentId !== sb.id;
      const unseen = document.hidden && !(sb.sound && now - sb.sentAt > UNSEEN_MS); // whoever wants to hear of alerts is told
      if (!asked && (unseen || (sb.waiting && now - sb.sentAt < WAIT_MS))) return no();
      sb.sentAt = now;
      sb.waiting = true;
      sb.sentId = sb.id;
      return {
        n: n || 0, id: String(sb.id), page: sb.view.page, view: sb.view, seen: sb.seen,
        theme: sb.theme(), narrow: NARROW.matches,
      };
    },

    /** A tick was answered. One with nothing new is known only by that no answer is applied. */
    settled: function (busy) {
      sb.busy = busy;
      const sent = sb.sentAt;
      const free = () => { if (!sb.busy && !sb.drawing && sb.sentAt === sent) sb.waiting = false; };
      if (!busy && sb.waiting) window.setTimeout(free, SETTLE_MS);
      return no();
    },

    /** Puts an answer on the page, unless another view was asked for since: numbers are painted before the figure. */
    apply: function (answer) {
      if (!isCurrent(answer)) return no(); // the newer question is on its way
      const names = Object.keys(answer.sections);
      put(answer, names.filter((name) => !DRAWN.includes(name)));
      const drawn = DRAWN.filter((name) => names.includes(name));
      sb.drawing = drawn.length > 0;
      const free = () => { sb.drawing = false; if (isCurrent(answer)) sb.waiting = false; }; // else it led to a new question
      if (!sb.drawing) { free(); return no(); }
      afterPaint(function () {
        if (isCurrent(answer)) put(answer, drawn);
        free();
      });
      return no();
    },
  };
  const DRAWN = ["figure", "events", "breaks", "alerts", "open"]; // in this order: marks are put on the figure that they came with
  const isCurrent = (answer) => answer && answer.id === String(sb.id);

  /** Put sections on the page; those that are on it are seen, the others are to come whole. */
  function put(answer, names) {
    names.forEach(function (name) {
      if (!isCurrent(answer)) return; // putting a section may lead to a new question: what is left comes with that
      const section = answer.sections[name];
      const kept = Object.keys(section).map((kind) => !sb.appliers[kind] || sb.appliers[kind](section[kind], name) !== false);
      if (!isCurrent(answer)) return;
      if (kept.every(Boolean)) sb.seen[name] = answer.seen[name];
      else delete sb.seen[name];
    });
    if (names.includes("head")) document.querySelector(".sb-page").dataset.sbFilled = "1"; // it has numbers to show
    window.setTimeout(sb.tellTime, 0); // once what was set stands on the page
  }

  /** Once the browser has painted what it has; at once where it paints nothing. */
  function afterPaint(draw) {
    let done = false;
    const once = () => { if (!done) { done = true; draw(); } };
    if (document.hidden) { once(); return; }
    window.requestAnimationFrame(() => window.setTimeout(once, 0));
    window.setTimeout(once, PAINT_MS);
  }

  clientside.spreadboard = Object.assign(clientside.spreadboard || {}, functions);

  const FLASH = new Set(["kpi-y", "kpi-x", "kpi-z", "kpi-spread", "kpi-beta"]);
  sb.flash = function (element) {
    if (!element) return;
    element.classList.remove("sb-flash");
    void element.offsetWidth; // restarts the animation
    element.classList.add("sb-flash");
  };

  /** Component properties by id; only those that differ from what is shown are touched. */
  sb.appliers.props = function (props) {
    Object.keys(props).forEach(function (id) {
      const text = JSON.stringify(props[id]);
      const before = sb.shown[id];
      if (before === text) return;
      sb.shown[id] = text;
      sb.set(id, props[id]);
      if (before && FLASH.has(id)) sb.flash(document.getElementById(id));
    });
  };

  sb.appliers.settings = function (settings) {
    sb.set("interval", { interval: settings.refresh });
    [["threshold-entry", settings.entry], ["threshold-exit", settings.exit]].forEach(function (field) {
      const input = document.getElementById(field[0]);
      if (input && field[1] !== undefined && document.activeElement !== input) sb.set(field[0], { value: field[1] });
    });
  };
})();
