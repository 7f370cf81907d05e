/* Chooses the theme before anything is painted. */
(function () {
  "use strict";
  var kept = null;
  try { kept = window.localStorage.getItem("sb-theme"); } catch (refused) { kept = null; }
  document.documentElement.setAttribute("data-bs-theme", kept === "light" ? "light" : "dark");
})();
