/* The data page: controls ↔ address, the link to what is taken along, what is followed. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const functions = window.dash_clientside.spreadboard;
  const page = () => document.querySelector(".sb-page-data");
  const no = () => window.dash_clientside.no_update;

  functions.dataView = function (timeframe, span) {
    const view = { page: "data", timeframe: timeframe || "1m", span: span || "24h" };
    sb.writeAddress(page(), "/data", "?" + new URLSearchParams([["timeframe", view.timeframe], ["span", view.span]]));
    page().dataset.addressed = "1";
    sb.set("view", { data: view });
    return no();
  };

  /* Taking along */
  const HOUR_MS = 3600000;
  const HOURS = { "1h": 1, "6h": 6, "24h": 24, "7d": 168 };
  const TIME = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?$/;
  let ends = {}; // instrument → the time up to which its bars are settled
  let asked = null;

  sb.appliers.choices = function (part) {
    ends = part.ends;
    const names = part.options.map((option) => option.value);
    ["take-y", "take-x"].forEach((id, place) => offer(id, part.options, names[place] || names[0]));
    offer("follow-venue", part.venues.map((venue) => ({ value: venue, label: venue })), part.venues[0]);
    if (!asked) return;
    const made = link(asked);
    [["take-link", "href"], ["take-about", "href"], ["take-note", "children"]].forEach((at, i) => sb.set(at[0], { [at[1]]: made[i] }));
  };

  /** A list's options, left alone where they are the same: somebody may have it open. What was chosen stays in it. */
  function offer(id, options, first) {
    const list = document.getElementById(id), there = [...list.options].map((option) => option.value);
    if (JSON.stringify(there) === JSON.stringify(options.map((option) => option.value))) return;
    sb.set(id, Object.assign({ options: options }, options.some((option) => option.value === list.value) ? {} : { value: first }));
  }

  functions.takeLink = function (kind, y, x, timeframe, span, from, to, format) {
    asked = { kind: kind, y: y, x: x, timeframe: timeframe, span: span, from: from, to: to, format: format };
    return link(asked);
  };

  const none = (words) => [undefined, undefined, words];
  /** The addresses of a file and of its provenance, and what is to be said; none where a field cannot be. */
  function link(a) {
    const form = document.getElementById("take-form");
    if (form) { form.dataset.kind = a.kind; form.dataset.time = a.span; }
    const pair = a.kind === "spread" || a.kind === "features";
    if (!a.y || (pair && !a.x)) return none("");
    if (pair && a.y === a.x) return none("A pair has two instruments: choose another one to set it against.");
    const query = new URLSearchParams();
    if (a.kind !== "ticks") query.set("timeframe", a.timeframe);
    if (a.span === "own") {
      const times = [["start", utc(a.from)], ["end", utc(a.to)]];
      if (times.some((time) => time[1] === null)) return none("Write times in UTC, as 2026-11-21 08:00; what is left open has no limit.");
      if (times[0][1] && times[1][1] && times[0][1] >= times[1][1]) return none("The beginning is to lie before the end.");
      times.forEach((time) => { if (time[1]) query.set(time[0], time[1]); });
    } else if (ends[a.y]) {
      if (HOURS[a.span]) query.set("start", iso(ends[a.y] - HOURS[a.span] * HOUR_MS));
      query.set("end", iso(ends[a.y])); // so that file and provenance are of the same rows
    }
    const name = (instrument) => encodeURIComponent(instrument).replace(/%3A/g, ":");
    const path = "/api/v1/exports/" + a.kind + "/" + name(a.y) + (pair ? "/" + name(a.x) : "");
    return [path + "." + a.format + "?" + query, path + ".provenance.json?" + query, ""];
  }

  /* Following */
  let orders = 0, listed = "";
  function order(kind, instrument) {
    orders += 1;
    sb.set("act", { data: { kind: kind, instrument: instrument, nonce: "data" + Date.now() + "." + orders } });
  }

  function follow() {
    const symbol = document.getElementById("follow-symbol").value.trim();
    if (symbol) order("follow", document.getElementById("follow-venue").value + ":" + symbol);
  }

  /** What the venue trades, once somebody is about to choose of it. */
  async function listSymbols() {
    const venue = document.getElementById("follow-venue").value;
    const offered = document.getElementById("follow-symbols");
    if (!venue || (venue === listed && offered.childElementCount)) return;
    listed = venue;
    try {
      const answer = await fetch("/api/v1/venues/" + encodeURIComponent(venue) + "/symbols");
      const symbols = (await answer.json()).items;
      const options = symbols.map(function (each) { const option = document.createElement("option"); option.value = each.symbol; return option; });
      offered.replaceChildren(...options);
    } catch (failed) { listed = ""; } // it can be typed all the same, and is asked for again
  }

  document.addEventListener("focusin", (event) => { if (event.target.id === "follow-symbol") listSymbols(); });
  document.addEventListener("keydown", (event) => { if (event.target.id === "follow-symbol" && event.key === "Enter") follow(); });
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-follow], [data-unfollow], #follow-add");
    if (!button) return;
    if (button.id) follow();
    else order(button.dataset.follow ? "follow" : "unfollow", button.dataset.follow || button.dataset.unfollow);
  });

  const iso = (ms) => new Date(ms).toISOString().slice(0, 19) + "Z";
  /** A time as it was typed, in the API's words; "" where nothing was, null where it is none. */
  function utc(text) {
    const typed = (text || "").trim(), found = TIME.exec(typed);
    if (!typed) return "";
    const ms = found ? Date.parse(found[1] + "T" + (found[2] || "00:00") + "Z") : NaN;
    return Number.isNaN(ms) ? null : iso(ms);
  }
})();
