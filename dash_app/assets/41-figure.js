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
      const box = panelBox();
      let layout = asChosen(figure.layout);
      if (box && trace("spread")) layout = sb.alertMarks.drawn(sb.breaks.drawn(layout, box, textWidth), box);
      drawn = box;
      const data = box && trace("labels") ? figure.data.map((t) => (t.uid === "labels" ? labelled(t, layout, box) : t)) : figure.data;
      sb.set("figure", { figure: { data: data, layout: box ? parted(layout, box) : layout } });
    });
  }

  /** Once more, with what else is to be on it. */
  sb.redraw = function () { if (figure && trace("spread")) show(); };

  /* Ranges that a person chose stay while bars come, until a double click gives them back. */
  let chosen = { of: "", axes: {} };
  let given = 0; // how often they were given back: Plotly then forgets what it remembers of them
  let giving = false;

  function asChosen(layout) {
    const own = Object.assign({}, layout, { uirevision: layout.uirevision + "|" + given });
    if (chosen.of !== layout.uirevision) return own;
    Object.keys(chosen.axes).forEach(function (name) {
      if (own[name]) own[name] = Object.assign({}, own[name], { range: chosen.axes[name], autorange: false });
    });
    return own;
  }

  function chose(change) {
    const full = plot()._fullLayout;
    const axes = Object.keys(change).map((key) => (/^([xy]axis\d*)\.(range|autorange)/.exec(key) || [])[1]).filter(Boolean);
    if (!figure || !axes.length) return;
    if (giving || chosen.of !== figure.layout.uirevision) chosen = { of: figure.layout.uirevision, axes: {} };
    if (giving) given += 1;
    else axes.forEach((name) => { chosen.axes[name] = full[name].range.slice(); });
    giving = false;
    show();
  }

  /* Words on the figure, placed by pixels. */
  const MARKS = { short: "short", long: "long", exit: "" };
  let drawn = null; // the size that the words were placed for

  function panelBox() {
    const box = document.getElementById("figure-box"), margin = figure.layout.margin;
    if (!box || !box.clientWidth) return null;
    return { width: box.clientWidth - margin.l - margin.r, height: box.clientHeight - margin.t - margin.b };
  }

  let ruler = null;
  function textWidth(text) {
    ruler = ruler || document.createElement("canvas").getContext("2d");
    ruler.font = "11px " + window.getComputedStyle(document.body).fontFamily;
    return Math.ceil(ruler.measureText(text).width);
  }

  /** The trace of z values beside entries: those that have room, where they have it. */
  function labelled(labels, layout, box) {
    const x = layout.xaxis.range.map(time), zs = layout.yaxis4.range, domain = layout.yaxis4.domain;
    const height = (domain[1] - domain[0]) * box.height;
    const px = (t) => ((t - x[0]) / (x[1] - x[0])) * box.width;
    const py = (z) => ((zs[1] - z) / (zs[1] - zs[0])) * height;
    const marks = [];
    Object.keys(MARKS).forEach(function (uid) {
      const t = trace(uid), hue = t.marker.color;
      t.x.forEach(function (at, i) {
        const text = MARKS[uid] && t.text ? t.text[i] : "";
        marks.push({ x: px(at), y: py(t.y[i]), text: text, wide: text ? textWidth(text) : 0, up: uid === "short", hue: hue });
      });
    });
    const z = trace("z"), line = { x: z.x.map(px), y: z.y.map((v) => (v === null ? null : py(v))) };
    const found = sb.labels.place(marks, line, levels().map(py), box.width, height);
    return Object.assign({}, labels, {
      x: found.map((f) => x[0] + (f.x / box.width) * (x[1] - x[0])),
      y: found.map((f) => zs[1] - (f.y / height) * (zs[1] - zs[0])),
      text: found.map((f) => f.text),
      textfont: Object.assign({}, labels.textfont, { color: found.map((f) => f.mark.hue) }),
    });
  }

  /** Levels across the z panel, the outermost first. */
  function levels() {
    const across = figure.layout.shapes.filter((s) => s.type === "line" && s.yref === "y4").map((s) => s.y0);
    return across.sort((a, b) => Math.abs(b) - Math.abs(a));
  }

  /** The layout with the words in the right margin parted where those of one axis would cover each other. */
  function parted(layout, box) {
    const room = sb.labels.HEIGHT + 1, shift = new Map();
    const words = layout.annotations.filter((a) => a.name === "last" || a.name === "level");
    new Set(words.map((a) => a.yref)).forEach(function (ref) {
      const axis = layout["yaxis" + ref.slice(1)], mine = words.filter((a) => a.yref === ref);
      if (mine.length < 2 || !axis.range) return;
      const scale = ((axis.domain[1] - axis.domain[0]) * box.height) / (axis.range[1] - axis.range[0]);
      const heights = sb.labels.part(mine.map((a) => ({ y: -a.y * scale, held: a.name === "last" })), room);
      mine.forEach((a, i) => shift.set(a, -a.y * scale - heights[i]));
    });
    const annotations = layout.annotations.map((a) => (shift.get(a) ? Object.assign({}, a, { yshift: shift.get(a) }) : a));
    return Object.assign({}, layout, { annotations: annotations });
  }

  /** After Plotly drew: in a window of another size words are placed anew. */
  function drew() {
    const box = figure && panelBox();
    if (box && (!drawn || box.width !== drawn.width || box.height !== drawn.height)) show();
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
    const ms = time(event.points[0].x);
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
    const range = graph._fullLayout.xaxis.range.map(time), spread = trace("spread") && figure.layout.yaxis3.domain[1];
    const near = spread ? sb.breaks.said(ms, (range[1] - range[0]) / size.w) : "";
    if (near) found.set(spread, [{ name: "break", text: near }].concat(found.get(spread) || []));
    if (spread) sb.alertMarks.said(ms, (range[1] - range[0]) / size.w).forEach(function (text, panel) {
      const top = figure.layout[panel].domain[1];
      found.set(top, [{ name: "alert", text: text }].concat(found.get(top) || []));
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
  const time = sb.time = (at) => (typeof at === "number" ? at : Date.parse(at.replace(" ", "T") + "Z")); // Plotly writes dates so
  const plot = () => document.querySelector("#figure .js-plotly-plot");
  const DRAWN_MS = 50; // Plotly itself comes with the first figure, so the graph is there somewhat later
  sb.readoutReset = function (tries) {
    window.setTimeout(function () {
      const graph = plot();
      if (!graph || !graph.on) { if ((tries || 0) < 200) sb.readoutReset((tries || 0) + 1); return; }
      if (graph.sbReadout) return;
      graph.sbReadout = true;
      graph.on("plotly_afterplot", drew);
      graph.on("plotly_doubleclick", () => { giving = true; });
      graph.on("plotly_relayout", chose);
      graph.on("plotly_hover", readout);
      graph.on("plotly_unhover", () => { document.getElementById("readout").textContent = ""; });
    }, DRAWN_MS);
  };
})();
