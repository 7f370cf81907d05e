/* The browser's half of a refresh: request → gate → (server) → answer applied. */
(function () {
  "use strict";
  const WAIT_MS = 10000; // an unanswered tick blocks the next ones for so long
  const NARROW = window.matchMedia("(max-width: 575.98px)");
  const sb = (window.spreadboard = {
    view: null, id: 0, seen: {}, sentAt: 0, sentId: -1, waiting: false, shown: {}, appliers: {},
  });
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const no = () => clientside.no_update;

  sb.theme = () => document.documentElement.getAttribute("data-bs-theme");
  sb.set = function (id, props) { clientside.set_props(id, props); };

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
      if (subject(view) !== subject(sb.view)) sb.seen = {}; // versions are those of one subject
      sb.view = view;
      sb.id += 1;
      return { id: sb.id };
    },

    /** Lets a tick through when the last was answered or is old, and somebody can see the page. */
    gate: function (n, request, busy) {
      if (!request || !sb.view) return no();
      const now = Date.now();
      const asked = sb.sentId !== sb.id;
      if (!busy) sb.waiting = false;
      if (!asked && (document.hidden || (busy && now - sb.sentAt < WAIT_MS))) return no();
      sb.sentAt = now;
      sb.waiting = true;
      sb.sentId = sb.id;
      return {
        n: n || 0, id: String(sb.id), page: sb.view.page, view: sb.view, seen: sb.seen,
        theme: sb.theme(), narrow: NARROW.matches,
      };
    },

    /** Puts an answer on the page, unless another view was asked for since. */
    apply: function (answer) {
      sb.waiting = false;
      if (!answer || answer.id !== String(sb.id)) return no();
      const order = Object.keys(answer.sections).sort((a, b) => (b === "figure") - (a === "figure"));
      order.forEach(function (name) {
        const section = answer.sections[name];
        Object.keys(section).forEach(function (kind) {
          const applier = sb.appliers[kind];
          if (applier && applier(section[kind], name) === false) delete answer.seen[name];
        });
      });
      Object.assign(sb.seen, answer.seen);
      return no();
    },
  };
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
