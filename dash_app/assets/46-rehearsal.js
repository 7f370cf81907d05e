/* What a rehearsal found, in words and a table. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const SHOWN = 12;
  const ENOUGH = 10; // alerts of which fewer say too little for a share of them to be told
  const MARKS = { above: "short", below: "long" };

  const minus = (words) => words.replace("-", "−");
  const number = (value, digits) => minus(value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  const signed = (value, digits) => (value < 0 ? "−" : "+") + number(Math.abs(value), digits);
  const some = (value) => (value === 0 || value >= 100 ? number(value, 0) : number(value, value >= 10 ? 1 : 2));
  const bars = (count) => number(count, 0) + (count === 1 ? " bar" : " bars");
  const ofSpread = (kind) => ["z", "spread"].includes(kind.kind.split(" ")[0]); // above is a short spread, below a long one
  const ofZ = (kind) => kind.kind.split(" ")[0] === "z"; // what they say has an outcome
  const times = (count) => number(count, 0) + (count === 1 ? " time" : " times");

  function element(name, content, className) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...[].concat(content));
    return made;
  }

  /** A bar's close; with its date where that is not the last bar's. */
  function moment(close, end) {
    if (close.slice(0, 10) === end.slice(0, 10)) return close.slice(11, 19);
    return new Date(close).toLocaleDateString("en-GB", { day: "2-digit", month: "short", timeZone: "UTC" }) + " " + close.slice(11, 16);
  }

  const span = (found) => moment(found.start, found.end) + " to " + moment(found.end, found.end) + " UTC";

  /* The same words as in the log. */
  function followed(outcome, unit) {
    if (!outcome) return "";
    if (outcome.ending === "under way") return "under way";
    const ended = (outcome.ending === "reverted" ? "back after " : "not within ") + bars(outcome.bars);
    if (outcome.favourable === null || outcome.adverse === null) return ended;
    const size = Math.max(outcome.favourable, outcome.adverse);
    const digits = unit === "bp" ? 1 : size < 1 ? 4 : size < 100 ? 2 : 0;
    return ended + ", +" + number(outcome.favourable, digits) + " / −" + number(outcome.adverse, digits) + (unit === "bp" ? " bp" : " in price");
  }

  function value(alert, kind) {
    if (alert.value === null) return "unknown";
    if (ofZ(kind)) return signed(alert.value, 2);
    return minus(String(Number(alert.value.toPrecision(4)))) + (kind.unit ? " " + kind.unit : "");
  }

  function fact(name, figure, words) {
    return element("div", [element("span", name, "sb-dim"), element("b", figure), element("span", words)]);
  }

  function hits(found, fired) {
    const its = found.hits, open = fired.filter((alert) => alert.outcome && alert.outcome.ending === "under way").length;
    const counted = number(its.hits, 0) + " of " + number(its.n, 0);
    const where = " within " + bars(found.horizon) + (open ? ", " + number(open, 0) + " under way" : "");
    if (its.n < ENOUGH) return fact("z came back", its.n ? counted : "–", (its.n ? "too few to tell a share," : "none over,") + where);
    const percent = (share) => number(100 * share, 0);
    return fact("z came back", percent(its.rate) + " %", "(" + percent(its.low) + "–" + percent(its.high) + "), " + counted + where);
  }

  function facts(found, fired, kind) {
    const over = "over " + bars(found.bars) + ", " + span(found);
    const parts = [
      fact("would have fired", times(found.fired), over),
      fact("a day", some(found.per_day), "(" + some(found.per_day_low) + "–" + some(found.per_day_high) + "), 95 % interval"),
    ];
    if (ofZ(kind)) parts.push(hits(found, fired));
    return element("div", parts, "sb-rehearsal-facts");
  }

  function row(alert, found, kind) {
    const side = MARKS[alert.event];
    const mark = element("span", "", ofSpread(kind) ? "sb-i sb-i-" + side + " sb-" + side + "-text" : "sb-i sb-i-bell sb-dim");
    const what = element("td", [mark, " " + alert.event]);
    const cells = [element("td", moment(alert.bar_close, found.end)), what, element("td", value(alert, kind), "sb-num")];
    if (ofZ(kind)) cells.push(element("td", followed(alert.outcome, found.unit)));
    else cells.push(element("td", alert.z === null ? "" : signed(alert.z, 2), "sb-num"));
    return element("tr", cells);
  }

  function table(found, fired, kind) {
    const last = ofZ(kind) ? element("th", "what followed") : element("th", "z", "sb-num");
    const head = element("tr", [element("th", "bar close, UTC"), element("th", "what"), element("th", "value", "sb-num"), last]);
    const shown = fired.slice(-SHOWN).reverse();
    const caption = fired.length > SHOWN ? "The last " + SHOWN + " of " + number(fired.length, 0) + ", newest first" : "Newest first";
    return element("table", [element("caption", caption), element("thead", head), element("tbody", shown.map((alert) => row(alert, found, kind)))]);
  }

  /** What the call answered about a rule of a kind, as an element. */
  sb.rehearsed = function (found, kind) {
    if (!found.start) return element("p", "No bars are kept of this pair yet.", "sb-note");
    if (!found.bars) return element("p", "Nothing could be judged: at no bar kept, " + span(found) + ", is it known what the rule judges.", "sb-note");
    const fired = found.alerts.filter((alert) => alert.event !== "clear");
    const parts = [facts(found, fired, kind)];
    if (fired.length) parts.push(table(found, fired, kind));
    parts.push(element("p", "Judged as if the rule had stood from the first of these bars on; nothing is saved.", "sb-dim"));
    return element("div", parts);
  };
})();
