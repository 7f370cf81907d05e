/* The data page: controls ↔ address. */
(function () {
  "use strict";
  const sb = window.spreadboard;
  const page = () => document.querySelector(".sb-page-data");
  const no = () => window.dash_clientside.no_update;

  window.dash_clientside.spreadboard.dataView = function (timeframe, span) {
    const view = { page: "data", timeframe: timeframe || "1m", span: span || "24h" };
    sb.writeAddress(page(), "/data", "?" + new URLSearchParams([["timeframe", view.timeframe], ["span", view.span]]));
    page().dataset.addressed = "1";
    sb.set("view", { data: view });
    return no();
  };
})();
