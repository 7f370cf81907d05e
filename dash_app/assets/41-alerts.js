/* Alerts of the pair: a short stroke at the foot of the panel that shows what was judged; notes hang from the top of the
   prices. The readout says which. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const HEIGHT = 9; // px of a stroke
  const REACH = 5; // px from a stroke within which the readout names it
  let marks = [];

  sb.appliers.alerts = function (found) {
    marks = found;
    sb.redraw();
  };

  function drawn(layout, box) {
    const range = layout.xaxis.range.map(sb.time);
    const strokes = marks.filter((mark) => mark.t >= range[0] && mark.t <= range[1] && layout[mark.panel]).map(function (mark) {
      const domain = layout[mark.panel].domain, foot = mark.note ? domain[1] - HEIGHT / box.height : domain[0];
      return {
        type: "line", name: "alert", xref: "x", x0: mark.t, x1: mark.t, yref: "paper", y0: foot, y1: foot + HEIGHT / box.height,
        line: { width: 2, color: mark.colour },
      };
    });
    return strokes.length ? Object.assign({}, layout, { shapes: layout.shapes.concat(strokes) }) : layout;
  }

  /** What the readout says at a time, to `msPerPx`: panel → words, of the last alert where there are several. */
  function said(ms, msPerPx) {
    const near = marks.filter((mark) => Math.abs(mark.t - ms) <= REACH * msPerPx);
    return new Map(near.sort((a, b) => a.t - b.t).map((mark) => [mark.panel, mark.says]));
  }

  sb.alertMarks = { drawn: drawn, said: said };
})();
