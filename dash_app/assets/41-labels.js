/* Where words stand on the figure, in pixels: z values beside entries, and values in the right margin. */
(function () {
  "use strict";
  const HEIGHT = 12; // of a line of figures, 11 px
  const MARK = 6, NEAR = 2; // half a mark, and the distance kept from other words
  const FAR = 44; // a label further from its mark than this would seem to be another's
  const STEP = 3;

  /** Lowest and highest y of a line (ascending x, null where it is broken) between two x; null where there is none. */
  function reach(line, left, right) {
    let low = Infinity, high = -Infinity;
    const take = (y) => { low = Math.min(low, y); high = Math.max(high, y); };
    let from = 0, to = line.x.length;
    while (from < to) { const middle = (from + to) >> 1; if (line.x[middle] < left) from = middle + 1; else to = middle; }
    for (let i = Math.max(from - 1, 0); i < line.x.length - 1 && line.x[i] <= right; i++) {
      const a = line.y[i], b = line.y[i + 1];
      if (a === null || b === null) continue;
      const at = (x) => a + ((b - a) * (x - line.x[i])) / (line.x[i + 1] - line.x[i] || 1);
      if (line.x[i + 1] < left) continue;
      take(at(Math.max(line.x[i], left)));
      take(at(Math.min(line.x[i + 1], right)));
    }
    return low <= high ? [low, high] : null;
  }

  /** Centres to try for the label of a mark, the nearest to its left first. Up is away from zero for a short entry. */
  function centres(mark, width, height) {
    const beside = width / 2 + MARK + NEAR;
    const found = [];
    for (let dy = -FAR; dy <= FAR; dy += STEP) {
      const away = Math.sign(dy) === (mark.up ? -1 : 1) || dy === 0 ? 0 : 6; // the other way the line comes from
      found.push([Math.abs(dy) + away, -beside, dy], [Math.abs(dy) + away + 9, beside, dy]);
      if (Math.abs(dy) >= MARK + HEIGHT / 2 + NEAR) found.push([Math.abs(dy) + away + 2, 0, dy]);
    }
    return found.filter((each) => each[0] <= FAR).sort((a, b) => a[0] - b[0])
      .map((each) => ({ x: mark.x + each[1], y: mark.y + each[2] }))
      .filter((at) => at.x >= width / 2 && at.y >= HEIGHT / 2 && at.y <= height - HEIGHT / 2);
  }

  /**
   * Where labels can stand on a panel of `width` × `height` px without covering anything, the newest first.
   * `marks`: {x, y, text, up, wide}, the `wide` px of the text; those without text are only in the way. `levels`:
   * y of the lines across, the first two of them bounding the areas beyond the thresholds. `line`: {x, y} of the
   * series. Gives {text, x, y, mark} by centre; a label that finds no room is left out.
   */
  function place(marks, line, levels, width, height) {
    const placed = [];
    const clear = function (at, wide) {
      const left = at.x - wide / 2, right = at.x + wide / 2, top = at.y - HEIGHT / 2, bottom = at.y + HEIGHT / 2;
      if (right > width || levels.some((y) => y > top - 1 && y < bottom + 1)) return false;
      if (marks.some((m) => m.x + MARK > left && m.x - MARK < right && m.y + MARK > top && m.y - MARK < bottom)) return false;
      if (placed.some((p) => Math.abs(p.x - at.x) < (p.wide + wide) / 2 + NEAR && Math.abs(p.y - at.y) < HEIGHT + 1)) return false;
      const drawn = reach(line, left - NEAR, right + NEAR);
      if (!drawn) return true;
      const upper = Math.min(levels[0], levels[1]), lower = Math.max(levels[0], levels[1]);
      const low = drawn[1] > lower ? Math.min(drawn[0], lower) : drawn[0];
      const high = drawn[0] < upper ? Math.max(drawn[1], upper) : drawn[1];
      return bottom < low - NEAR || top > high + NEAR;
    };
    marks.filter((m) => m.text && m.x >= 0 && m.x <= width).sort((a, b) => b.x - a.x).forEach(function (mark) {
      const at = centres(mark, mark.wide, height).find((each) => clear(each, mark.wide));
      if (at) placed.push({ text: mark.text, wide: mark.wide, x: at.x, y: at.y, mark: mark });
    });
    return placed;
  }

  /** Heights for words of one column so that none covers another: the one that is `held` stays, the others give way. */
  function part(items, room) {
    const order = items.map((item, i) => ({ y: item.y, held: item.held, i: i })).sort((a, b) => a.y - b.y);
    const held = order.findIndex((item) => item.held);
    const anchor = held >= 0 ? held : order.length >> 1;
    for (let k = anchor - 1; k >= 0; k--) order[k].y = Math.min(order[k].y, order[k + 1].y - room);
    for (let k = anchor + 1; k < order.length; k++) order[k].y = Math.max(order[k].y, order[k - 1].y + room);
    const heights = [];
    order.forEach((item) => { heights[item.i] = item.y; });
    return heights;
  }

  window.spreadboard.labels = { place: place, part: part, HEIGHT: HEIGHT };
})();
