// What every page needs: tables and fragments by htmx, menus, forms, and charts and maps when there are any.
import htmx from "htmx.org/dist/htmx.esm.js";
import { prepareForms } from "./forms.js";
import { listen } from "./live.js";
import { prepareMenus } from "./menus.js";

document.documentElement.classList.add("js");
window.htmx = htmx;

async function preparePictures(root) {
  const { chartSrc, mapSrc } = document.body.dataset;
  const charts = root.querySelectorAll("[data-chart]:not([data-ready])");
  const maps = root.querySelectorAll("[data-map]:not([data-ready])");
  if (charts.length) (await import(chartSrc)).drawCharts(charts);
  if (maps.length) (await import(mapSrc)).drawMaps(maps);
}

function prepare(root) {
  prepareForms(root);
  preparePictures(root);
  listen(root);
}

function keepFocus(event) {
  const id = event.detail.requestConfig?.elt?.id;
  if (id && document.activeElement === document.body) document.getElementById(id)?.focus();
}

prepareMenus();
document.addEventListener("htmx:afterSettle", keepFocus);
htmx.onLoad(prepare);
