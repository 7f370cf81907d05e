/* The market page: controls ↔ address; its figure whole, or with what came since; the readout under the pointer. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const MOST_POINTS = 2000; // then the figure is asked for whole again
  const LINES = ["sma", "ema", "vwap", "upper", "lower", "rate", "volume", "part", "hatched"];
  const PRICES = ["open", "high", "low", "close"];
  const page = () => document.querySelector(".sb-page-market");
  const text = (value) => (value === null || value === undefined ? "" : String(value).trim());

  /* Controls and address */
  function query(view) {
    const search = new URLSearchParams(["timeframe", "sma", "ema", "bollinger", "vwap"].map((key) => [key, view[key]]));
    if (view.show !== "normal") search.set("show", view.show);
    return "?" + search.toString();
  }

  function writeAddress(view) {
    if (!view.instrument) return;
    const path = "/market/" + encodeURIComponent(view.instrument).replace(/%3A/g, ":");
    if (sb.writeAddress(page(), path, query(view))) sb.set("nav-market", { href: path + query(view) });
  }

  window.dash_clientside.spreadboard.marketView = function (
    instrument, timeframe, smaOn, sma, emaOn, ema, bollingerOn, bollinger, vwapOn, show
  ) {
    const view = {
      page: "market", instrument: text(instrument), timeframe: text(timeframe), sma: smaOn ? text(sma) : "off",
      ema: emaOn ? text(ema) : "off", bollinger: bollingerOn ? text(bollinger) : "off", vwap: vwapOn ? "on" : "off",
      show: text(show), bars: "0",
    };
    writeAddress(view);
    if (view.instrument) page().dataset.addressed = "1";
    sb.set("view", { data: view });
    return window.dash_clientside.no_update;
  };

  /* The figure */
  let figure = null, open = null, waiting = false;
  const trace = (uid) => figure.data.find((t) => t.uid === uid);
  const plot = () => document.querySelector("#market-figure .js-plotly-plot");

  function show() {
    if (waiting) return;
    waiting = true;
    Promise.resolve().then(function () {
      waiting = false;
      if (!page()) return;
      markOpen();
      writeIndicators();
      sb.set("market-figure", { figure: { data: figure.data, layout: parted(figure.layout) } });
    });
  }

  function replace(uid, changes) {
    figure.data = figure.data.map((t) => (t.uid === uid ? Object.assign({}, t, changes) : t));
  }

  sb.appliers.chart = function (whole) {
    figure = whole;
    show();
    listen();
  };

  sb.appliers.chart_delta = function (delta) {
    if (!figure || !trace("candles")) return false;
    const rows = delta.rows, x = trace("candles").x;
    const seam = rows.t.length ? rows.t[0] : Infinity;
    const kept = x.map((t, i) => [t, i]).filter((p) => p[0] >= delta.range[0] && p[0] < seam).map((p) => p[1]);
    const times = kept.map((i) => x[i]).concat(rows.t);
    const joined = (old, name) => kept.map((i) => old[i]).concat(rows[name]);
    const candles = { x: times };
    PRICES.forEach((name) => { candles[name] = joined(trace("candles")[name], name); });
    replace("candles", candles);
    LINES.forEach((uid) => replace(uid, { x: times, y: joined(trace(uid).y, uid) }));
    replace("band", outline(times, trace("lower").y, trace("upper").y));
    const layout = Object.assign({}, figure.layout, { annotations: delta.annotations, shapes: delta.shapes });
    layout.xaxis = Object.assign({}, layout.xaxis, { range: delta.range });
    Object.keys(delta.axes).forEach((name) => { layout[name] = Object.assign({}, layout[name], delta.axes[name]); });
    figure.layout = layout;
    show();
    return times.length <= MOST_POINTS;
  };

  sb.appliers.chart_open = function (mark) {
    open = mark;
    if (figure && trace("open")) show();
  };

  /** The open bar's last price; the panel makes room for it. */
  function markOpen() {
    const x = trace("candles").x, last = x.length ? x[x.length - 1] : -Infinity;
    const there = open && open.price !== null && open.t >= last;
    replace("open", { x: there ? [open.t] : [], y: there ? [open.price] : [] });
    const range = figure.layout.yaxis.range;
    if (!there || !range || (open.price > range[0] && open.price < range[1])) return;
    const room = 0.03 * (range[1] - range[0]);
    const wider = [Math.min(range[0], open.price - room), Math.max(range[1], open.price + room)];
    figure.layout = Object.assign({}, figure.layout, { yaxis: Object.assign({}, figure.layout.yaxis, { range: wider }) });
  }

  /** The area between two lines, split where either is unknown: the lower edge back. */
  function outline(times, low, high) {
    const x = [], y = [];
    let run = [];
    const close = function () {
      if (!run.length) return;
      if (x.length) { x.push(null); y.push(null); }
      run.forEach((i) => { x.push(times[i]); y.push(high[i]); });
      run.reverse().forEach((i) => { x.push(times[i]); y.push(low[i]); });
      run = [];
    };
    times.forEach((t, i) => { if (low[i] === null || high[i] === null) close(); else run.push(i); });
    close();
    return { x: x, y: y };
  }

  /** Words in the right margin parted where those of one axis would cover each other: the price stays. */
  function parted(layout) {
    const box = document.getElementById("figure-box");
    if (!box || !box.clientHeight) return layout;
    const height = box.clientHeight - layout.margin.t - layout.margin.b, shift = new Map();
    const words = layout.annotations.filter((a) => a.name === "last" || a.name === "level");
    new Set(words.map((a) => a.yref)).forEach(function (ref) {
      const axis = layout["yaxis" + ref.slice(1)], mine = words.filter((a) => a.yref === ref);
      if (mine.length < 2 || !axis.range) return;
      const scale = ((axis.domain[1] - axis.domain[0]) * height) / (axis.range[1] - axis.range[0]);
      const heights = sb.labels.part(mine.map((a) => ({ y: -a.y * scale, held: a.name === "last" })), sb.labels.HEIGHT + 1);
      mine.forEach((a, i) => shift.set(a, -a.y * scale - heights[i]));
    });
    const annotations = layout.annotations.map((a) => (shift.get(a) ? Object.assign({}, a, { yshift: shift.get(a) }) : a));
    return Object.assign({}, layout, { annotations: annotations });
  }

  let pointed = null; // the time of the candle under the pointer

  /** The indicators' values at the candle under the pointer, else at the last one, for where the figure has no room. */
  function writeIndicators() {
    const box = document.getElementById("indicators"), meta = figure.layout.meta, x = trace("candles").x;
    if (!box || !x.length) return;
    const at = x.indexOf(pointed), i = at < 0 ? x.length - 1 : at;
    const written = (v) => (v === null || v === undefined ? "–" : v.toLocaleString("en-US", { minimumFractionDigits: meta.digits, maximumFractionDigits: meta.digits }));
    const entries = meta.indicators.map((each) => [each[1], each[0].split(" ").map((uid) => written(trace(uid).y[i])).join(" – ").replace("– – –", "–")]);
    if (entries.length) entries.push(["at the close of", new Date(x[i]).toISOString().slice(11, 19)]);
    const parts = [];
    entries.forEach(function (entry) {
      const row = document.createElement("div");
      ["dt", "dd"].forEach((tag, k) => { row.appendChild(document.createElement(tag)).textContent = entry[k]; });
      parts.push(row);
    });
    box.replaceChildren.apply(box, parts);
  }

  /* Readout: what stands under the pointer, beside the panels' titles. */
  const grouped = (v) => v.toLocaleString("en-US", { maximumFractionDigits: 8 });
  const NAMES = { sma: "SMA", ema: "EMA", vwap: "VWAP", upper: "upper", lower: "lower" };

  function readout(event) {
    const box = document.getElementById("readout"), graph = plot();
    if (!box || !graph || !figure || !event.points || !event.points.length) return;
    const at = event.points[0].x, ms = typeof at === "number" ? at : Date.parse(at.replace(" ", "T") + "Z");
    const candles = trace("candles"), i = candles.x.indexOf(ms);
    box.textContent = "";
    pointed = ms;
    writeIndicators();
    if (i < 0) return;
    const value = (uid) => { const t = trace(uid); return t && t.y[i] !== null && t.y[i] !== undefined ? grouped(t.y[i]) : ""; };
    const top = [new Date(ms).toISOString().slice(11, 19)];
    if (value("part")) top.push("trades missing");
    if (candles.close[i] === null) top.push("gap");
    else PRICES.forEach((name) => top.push(name[0].toUpperCase() + " " + grouped(candles[name][i])));
    if (box.clientWidth > 700) Object.keys(NAMES).forEach((uid) => { if (value(uid)) top.push(NAMES[uid] + " " + value(uid)); });
    const size = graph._fullLayout._size;
    [["yaxis", top], ["yaxis2", [value("volume")]], ["yaxis3", [value("rate")]]].forEach(function (panel) {
      const line = document.createElement("div");
      line.style.top = size.t + (1 - figure.layout[panel[0]].domain[1]) * size.h - 17 + "px";
      line.style.right = size.r + "px";
      panel[1].filter(Boolean).forEach(function (words) {
        const span = document.createElement("span");
        span.textContent = words;
        line.appendChild(span);
      });
      if (line.childElementCount) box.appendChild(line);
    });
  }

  function listen() {
    window.setTimeout(function () {
      const graph = plot();
      if (!graph || !graph.on || graph.sbReadout) return;
      graph.sbReadout = true;
      graph.on("plotly_hover", readout);
      graph.on("plotly_unhover", function () {
        document.getElementById("readout").textContent = "";
        pointed = null;
        writeIndicators();
      });
    }, 300);
  }
})();
