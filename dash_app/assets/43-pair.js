/* The pair page's view: controls ↔ address. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const page = () => document.querySelector(".sb-page-pair");

  function query(view) {
    const keys = ["timeframe", "window", "z_window", "method", "scale", "field"];
    if (view.method === "fixed") keys.push("beta");
    const search = new URLSearchParams(keys.map((key) => [key, view[key]]));
    if (view.show !== "normal") search.set("show", view.show);
    if (view.tab !== "overview") search.set("tab", view.tab);
    return "?" + search.toString();
  }

  function writeAddress(view) {
    if (!view.y || !view.x) return;
    const leg = (name) => encodeURIComponent(name).replace(/%3A/g, ":");
    const path = "/pair/" + leg(view.y) + "/" + leg(view.x);
    if (!sb.writeAddress(page(), path, query(view))) return;
    try { window.sessionStorage.setItem("sb-pair", path + query(view)); } catch (refused) { /* then the link leads to the first pair */ }
  }

  const text = (value) => (value === null || value === undefined ? "" : String(value).trim());

  window.dash_clientside.spreadboard.pairView = function (y, x, timeframe, method, beta, window_, zWindow, scale, field, show) {
    const root = page();
    const view = {
      page: "pair", y: text(y), x: text(x), timeframe: text(timeframe), method: text(method), beta: text(beta),
      window: text(window_), z_window: text(zWindow), scale: text(scale), field: text(field), show: text(show),
      tab: root.dataset.tab || "overview", bars: "0",
    };
    const betaField = document.getElementById("beta-field");
    if (betaField) betaField.style.display = view.method === "fixed" ? "" : "none";
    const zWindowField = document.getElementById("z-window-field");
    if (zWindowField) zWindowField.style.display = view.method === "kalman" ? "none" : "";  // its z is the innovation
    writeAddress(view);
    if (view.y && view.x) root.dataset.addressed = "1";
    return view;
  };

  window.dash_clientside.spreadboard.swapLegs = function (clicks, y, x) {
    return clicks && y && x ? [x, y] : [window.dash_clientside.no_update, window.dash_clientside.no_update];
  };

  sb.changeView = function (changes) {
    const view = Object.assign({}, sb.view, changes);
    sb.set("view", { data: view });
    return view;
  };

  sb.openTab = function (tab) {
    const root = page();
    if (!root || !sb.view) return;
    root.dataset.tab = tab;
    root.querySelectorAll("[data-tab][role=tab]").forEach(function (button) {
      const on = button.dataset.tab === tab;
      button.classList.toggle("sb-on", on);
      button.setAttribute("aria-selected", String(on));
    });
    writeAddress(sb.changeView({ tab: tab, bars: "0" }));
    window.setTimeout(() => window.dispatchEvent(new Event("resize")), 0);
  };

  sb.turnBars = function (older) {
    const pages = sb.pages;
    if (!pages || !sb.view) return;
    const now = Math.floor(pages.first / pages.size), last = Math.floor(Math.max(pages.total - 1, 0) / pages.size);
    const next = Math.min(Math.max(now + (older ? 1 : -1), 0), last);
    if (next !== now) sb.changeView({ bars: String(next) });
  };
})();
