/* Tables: rows merged by id, cells that changed flash once, nothing moves. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  let bars = [], features = [];
  let watch = null;
  let live = {};
  let shownPrices = {};

  sb.appliers.bars = function (part) {
    bars = merged(bars, part);
    sb.set("bars", { data: bars });
    const last = Math.min(part.first + bars.length, part.total);
    const range = part.total ? (part.first + 1) + "–" + last + " of " + part.total.toLocaleString("en-US") : "none yet";
    sb.set("bars-range", { children: "newest first · " + range });
    sb.pages = { first: part.first, size: part.size, total: part.total };
    if (part.new && part.new.length) flashCell("bars", 0, "close");
  };

  sb.appliers.features = function (part) {
    features = merged(features, part);
    sb.set("features", { data: features });
  };

  /** Rows newest first: all of them, or those that came before the ones that are there. */
  function merged(kept, part) {
    if (part.rows) return part.rows;
    return part.new.concat(kept.filter((row) => !part.new.some((n) => n.id === row.id))).slice(0, part.size);
  }

  sb.appliers.watch = function (rows) { watch = rows; showWatch(); };
  sb.appliers.live = function (prices) { live = prices; showWatch(); };

  function showWatch() {
    if (!watch) return;
    const chosen = sb.filter || "all";
    const rows = watch
      .filter((row) => chosen === "all" || row[chosen === "signal" ? "signal_row" : "look"])
      .map((row) => Object.assign({}, row, { price_y: (live[row.id] || ["", ""])[0], price_x: (live[row.id] || ["", ""])[1] }));
    sb.set("watchlist", { data: rows });
    const before = shownPrices;
    shownPrices = {};
    rows.forEach(function (row, index) {
      [["price_y", row.price_y], ["price_x", row.price_x], ["z", row.z]].forEach(function (cell) {
        const key = row.id + cell[0];
        shownPrices[key] = cell[1];
        if (before[key] !== undefined && before[key] !== cell[1]) flashCell("watchlist", index, cell[0]);
      });
    });
  }
  sb.showWatch = showWatch;

  function flashCell(table, row, column) {
    window.requestAnimationFrame(() => window.requestAnimationFrame(function () {
      sb.flash(document.querySelector('#' + table + ' td[data-dash-row="' + row + '"][data-dash-column="' + column + '"]'));
    }));
  }

  /* A table would take these keys from the links and buttons in its cells: Tab leads on, Enter presses. */
  const TAKEN = ["Tab", "Enter", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
  document.addEventListener("keydown", function (event) {
    const inside = event.target.closest && event.target.closest(".dash-spreadsheet-container :is(a, button)");
    if (inside && TAKEN.includes(event.key)) event.stopPropagation();
  }, true);
})();
