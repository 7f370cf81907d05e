/* Breaks that tests put a date on: a thin line through the spread panel, its name beside the panel's title. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const NEAR = 6; // px between words, and from a line to its name
  const REACH = 5; // px from a line within which the readout names it
  const PANEL = "yaxis3";
  let marks = [];

  sb.appliers.breaks = function (found) {
    marks = found;
    sb.redraw();
  };

  /**
   * Left edges in px for names of so `wide` at `at`, in a row of `width` of which [0, `taken`] is taken: each beside
   * its own line, as many as have room without covering another; null for those that have none.
   */
  function places(names, width, taken) {
    let best = { placed: -1 };
    const apart = (left, right, used) => used.every((u) => left >= u[1] + NEAR || right <= u[0] - NEAR);
    (function next(i, lefts, used, off) {
      const placed = used.length - 1;
      if (i === names.length) {
        if (placed > best.placed || (placed === best.placed && off < best.off)) best = { placed: placed, off: off, lefts: lefts };
        return;
      }
      const name = names[i];
      [0.5, 0, 1].forEach(function (share) { // of the name to the left of its line
        const left = name.at - share * name.wide + (share - 0.5) * -4, right = left + name.wide;
        if (left < 0 || right > width || !apart(left, right, used)) return;
        next(i + 1, lefts.concat(left), used.concat([[left, right]]), off + Math.abs(share - 0.5));
      });
      next(i + 1, lefts.concat(null), used, off);
    })(0, [], [[-NEAR, taken]], 0);
    return best.lefts;
  }

  function drawn(layout, box, textWidth) {
    const range = layout.xaxis.range.map(sb.time), domain = layout[PANEL].domain;
    const px = (t) => ((t - range[0]) / (range[1] - range[0])) * box.width;
    const shown = marks.filter((mark) => mark.t >= range[0] && mark.t <= range[1]);
    if (!shown.length) return layout;
    const title = layout.annotations.find((a) => a.yref === "paper" && a.x === 0 && a.y === domain[1]);
    const taken = title ? textWidth(title.text.replace(/<[^>]*>/g, "")) : 0;
    const names = shown.map((mark) => ({ at: px(mark.t), wide: textWidth(mark.name) }));
    const lefts = places(names, box.width, taken);
    const lines = shown.map((mark) => ({
      type: "line", xref: "x", x0: mark.t, x1: mark.t, yref: "paper", y0: domain[0], y1: domain[1], layer: "below",
      line: { width: 1, color: mark.colour, dash: "4px,3px" },
    }));
    const words = [];
    shown.forEach(function (mark, i) {
      if (lefts[i] === null) return;
      words.push({
        xref: "x", yref: "paper", x: mark.t, y: domain[1], xanchor: "left", yanchor: "bottom", xshift: lefts[i] - names[i].at,
        yshift: 1, showarrow: false, text: mark.name, hovertext: mark.hover, hoverlabel: mark.box, name: "break",
        font: { size: 11, color: mark.colour },
      });
    });
    return Object.assign({}, layout, { shapes: layout.shapes.concat(lines), annotations: layout.annotations.concat(words) });
  }

  /** What the readout says of a break at a time, to `msPerPx`; blank where there is none. */
  function said(ms, msPerPx) {
    return marks.filter((mark) => Math.abs(mark.t - ms) <= REACH * msPerPx).map((mark) => mark.says).join(" · ");
  }

  sb.breaks = { drawn: drawn, places: places, said: said };
})();
