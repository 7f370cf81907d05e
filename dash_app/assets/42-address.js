/* The address of a page follows its controls, and the controls follow "back" and "forward". */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const here = () => window.location.pathname + window.location.search;
  let heard = here(); // what Dash's own location took note of last: it sees no entry that the page adds
  let shown = heard;

  /**
   * The address says what `page` shows; a change adds an entry to the history, so that "back" undoes it.
   * Returns whether the address is another now.
   */
  sb.writeAddress = function (page, path, query) {
    if (page.dataset.sbLeft || decodeURI(here()) === decodeURI(path + query)) return false;
    const first = !page.dataset.addressed;
    window.history[first ? "replaceState" : "pushState"]({}, "", path + query);
    shown = here();
    if (!first) sb.forgetAddressNote();
    return true;
  };

  /** Somebody went elsewhere: the page on the screen has no say any more, a new one comes from the server. */
  function left() {
    const now = here();
    if (now === shown) return; // a place on the same page
    shown = now;
    const page = document.querySelector(".sb-page");
    if (page) page.dataset.sbLeft = "1";
    if (now === heard) sb.set("_pages_location", { search: window.location.search });
    heard = now;
  }
  window.addEventListener("popstate", left, true);
  window.addEventListener("_dashprivate_pushstate", left, true);
})();
