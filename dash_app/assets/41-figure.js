/* The figure: whole, or with what came since; the open bar; the readout under the pointer. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const MOST_POINTS = 2000; // then the figure is asked for whole again, with its points chosen anew
  const LINES = ["y", "x", "spread", "z", "beta"];
  let figure = null;
  let open = null;
  let reach = {};

  const trace = (uid) => figure.data.find((t) => t.uid === uid);
  let waiting = false;
  /** One drawing for all that one answer brings. */
  function show() {
    if (waiting) return;
    waiting = true;
    Promise.resolve().then(function () {
      waiting = false;
      sb.set("figure", { figure: { data: figure.data, layout: figure.layout } });
    });
  }

  sb.appliers.figure = function (whole) {
    figure = whole;
    keepReach();
    markOpen();
    show();
    sb.readoutReset();
  };

  sb.appliers.delta = function (delta) {
    if (!figure || !trace("beta")) return false;
    const rows = delta.rows, start = delta.range[0];
    const seam = rows.t.length ? rows.t[0] : Infinity;
    const x = trace("y").x, kept = x.map((t, i) => [t, i]).filter((p) => p[0] >= start && p[0] < seam).map((p) => p[1]);
    const times = kept.map((i) => x[i]).concat(rows.t);
    const changed = {};
    LINES.forEach(function (uid) {
      const old = trace(uid).y;
      changed[uid] = { x: times, y: kept.map((i) => old[i]).concat(rows[uid]) };
    });
    changed.band = band(trace("band"), rows, start, seam);
    replace(changed);
    const layout = Object.assign({}, figure.layout, { annotations: delta.annotations });
    layout.xaxis = Object.assign({}, layout.xaxis, { range: delta.range });
    Object.keys(delta.axes).forEach((name) => { layout[name] = Object.assign({}, layout[name], delta.axes[name]); });
    figure.layout = layout;
    keepReach();
    markOpen();
    show();
    return times.length <= MOST_POINTS;
  };

  /** Marks, areas beyond the thresholds, holding periods and gaps, when something happened. */
  sb.appliers.events = function (events) {
    if (!figure || !trace("beta")) return false;
    replace(events.traces);
    figure.layout = Object.assign({}, figure.layout, { shapes: events.shapes });
    show();
    return true;
  };

  function replace(changed) {
    figure.data = figure.data.map((t) => (changed[t.uid] ? Object.assign({}, t, changed[t.uid]) : t));
  }

  sb.appliers.open = function (mark) {
    open = mark;
    if (!figure || !trace("open-y")) return;
    markOpen();
    show();
  };

  /** The z panel grows in a session, and never shrinks. */
  function keepReach() {
    const axis = figure.layout.yaxis4;
    if (!axis || !axis.range) return;
    const key = figure.layout.uirevision, before = reach[key];
    if (before && before.range[1] > axis.range[1]) Object.assign(axis, before);
    else reach = { [key]: { range: axis.range, tickvals: axis.tickvals, ticktext: axis.ticktext } };
  }

  function markOpen() {
    [["open-y", "y"], ["open-x", "x"]].forEach(function (pair) {
      const t = trace(pair[0]);
      if (!t) return;
      const value = open && open[pair[1]];
      const last = trace("y").x[trace("y").x.length - 1];
      const there = value !== null && value !== undefined && open.t > last;
      const copy = Object.assign({}, t, { x: there ? [open.t] : [], y: there ? [value] : [] });
      figure.data[figure.data.indexOf(t)] = copy;
    });
  }

  /** The band is closed outlines: upper edge forth, lower edge back. New rows lengthen the last one. */
  function band(old, rows, start, seam) {
    const segments = [];
    let xs = [], ys = [];
    old.x.concat([null]).forEach(function (t, i) {
      if (t !== null && t !== undefined) { xs.push(t); ys.push(old.y[i]); return; }
      const half = xs.length / 2;
      const points = [];
      for (let k = 0; k < half; k++) {
        if (xs[k] >= start && xs[k] < seam) points.push([xs[k], ys[k], ys[2 * half - 1 - k]]);
      }
      if (points.length) segments.push(points);
      xs = []; ys = [];
    });
    let current = segments.length ? segments[segments.length - 1] : null;
    rows.t.forEach(function (t, i) {
      if (rows.low[i] === null || rows.high[i] === null) { current = null; return; }
      if (!current) { current = []; segments.push(current); }
      current.push([t, rows.high[i], rows.low[i]]);
    });
    const x = [], y = [];
    segments.forEach(function (points, n) {
      if (n) { x.push(null); y.push(null); }
      points.forEach((p) => { x.push(p[0]); y.push(p[1]); });
      points.slice().reverse().forEach((p) => { x.push(p[0]); y.push(p[2]); });
    });
    return { x: x, y: y };
  }

  /* Readout: the values under the pointer stand beside the panels' titles, never over the newest point. */
  const PANELS = {
    y: (v, t) => short(t) + "  " + grouped(v), x: (v) => grouped(v), spread: (v) => signed(v, 1), z: (v) => signed(v, 2),
    beta: (v) => v.toFixed(4), correlation: (v) => v.toFixed(3), r_squared: (v) => v.toFixed(3),
  };
  const short = (t) => new Date(t).toISOString().slice(11, 19);
  const grouped = (v) => v.toLocaleString("en-US", { maximumFractionDigits: 8 });
  const signed = (v, d) => (v < 0 ? "−" : "+") + Math.abs(v).toFixed(d);

  function readout(event) {
    const box = document.getElementById("readout");
    const graph = plot();
    if (!box || !graph || !event.points || !event.points.length) return;
    const at = event.points[0].x, ms = typeof at === "number" ? at : Date.parse(at.replace(" ", "T") + "Z");
    const size = graph._fullLayout._size;
    const found = new Map();
    figure.data.forEach(function (t) {
      if (!PANELS[t.name] || t.mode !== "lines" || !t.x) return;
      const index = t.x.indexOf(ms);
      if (index < 0 || t.y[index] === null) return;
      const name = "yaxis" + (t.yaxis || "y").slice(1);
      const axis = figure.layout[name];
      const top = axis.overlaying ? figure.layout.yaxis.domain[1] : axis.domain[1];
      const text = PANELS[t.name](t.y[index], ms);
      const parts = found.get(top) || [];
      parts[t.name === "y" ? "unshift" : "push"]({ name: t.name, text: text });
      found.set(top, parts);
    });
    box.textContent = "";
    found.forEach(function (parts, top) {
      const line = document.createElement("div");
      line.style.top = size.t + (1 - top) * size.h - 17 + "px";
      line.style.right = size.r + "px";
      parts.forEach(function (part) {
        const span = document.createElement("span");
        span.textContent = part.text;
        span.className = "sb-read-" + part.name;
        line.appendChild(span);
      });
      box.appendChild(line);
    });
  }
  const plot = () => document.querySelector("#figure .js-plotly-plot");
  sb.readoutReset = function () {
    window.setTimeout(function () {
      const graph = plot();
      if (!graph || !graph.on || graph.sbReadout) return;
      graph.sbReadout = true;
      graph.on("plotly_hover", readout);
      graph.on("plotly_unhover", () => { document.getElementById("readout").textContent = ""; });
    }, 300);
  };
})();
