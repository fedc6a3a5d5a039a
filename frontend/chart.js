// Charts over time. Data: {series: [{name, unit, gap, decimals, shape, points: [[ms, value, flag?, note?], …]}], limits, from, to}.
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, DataZoomComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { options } from "./chart_options.js";
import { asTable } from "./chart_table.js";
import { el } from "./dom.js";

use([
  LineChart, BarChart, ScatterChart, GridComponent, TooltipComponent, LegendComponent, DataZoomComponent, MarkLineComponent, AriaComponent,
  CanvasRenderer,
]);
const words = document.body.dataset;

export function drawCharts(figures) {
  for (const figure of figures) {
    figure.dataset.ready = "";
    new TimeChart(figure).load();
  }
}

class TimeChart {
  constructor(figure) {
    this.figure = figure;
    this.canvas = figure.querySelector(".yz-chart-canvas");
    this.table = figure.querySelector(".yz-chart-table");
    this.toggle = figure.querySelector("[data-chart-toggle]");
    this.toggle.addEventListener("click", () => this.switchView());
    figure.addEventListener("yz-refresh", () => this.load());
    document.addEventListener("yz-theme", () => this.data && this.draw());
    new ResizeObserver(() => this.chart?.resize()).observe(this.canvas);
  }

  async load() {
    try {
      const response = await fetch(this.figure.dataset.chart, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(response.status);
      this.data = await response.json();
    } catch {
      if (!this.data) this.say(words.wordsFailed, true);
      return;
    }
    if (this.data.series.some((line) => line.points.length)) this.draw();
    else this.say(words.wordsEmpty);
  }

  draw() {
    const zoom = this.chart?.getOption()?.dataZoom?.[0];
    this.chart?.dispose();
    this.canvas.replaceChildren();
    this.chart = init(this.canvas, null, { renderer: "canvas" });
    this.chart.setOption(options(this.data, this.canvas.clientWidth, zoom));
    this.canvas.setAttribute("aria-label", this.summary());
    this.toggle.hidden = false;
    if (!this.table.hidden) this.fillTable();
  }

  summary() {
    const title = this.figure.querySelector("figcaption span").textContent;
    const parts = this.data.series.map((line) => {
      const values = line.points.map((point) => point[1]).filter((value) => value !== null);
      return values.length ? `${line.name} ${Math.min(...values)}–${Math.max(...values)} ${line.unit}` : line.name;
    });
    return [title, ...parts].join("; ");
  }

  say(text, again = false) {
    this.chart?.dispose();
    this.chart = null;
    this.toggle.hidden = true;
    const box = el("div", { class: "yz-message" }, el("p", {}, text));
    if (again) {
      const button = el("button", { type: "button", class: "btn" }, words.wordsAgain);
      button.addEventListener("click", () => this.load());
      box.append(button);
    }
    this.canvas.removeAttribute("role");
    this.canvas.replaceChildren(box);
  }

  switchView() {
    const toTable = this.table.hidden;
    this.table.hidden = !toTable;
    this.canvas.hidden = toTable;
    this.toggle.querySelector("span").textContent = toTable ? words.wordsChart : words.wordsTable;
    if (toTable) this.fillTable();
    else this.chart?.resize();
  }

  fillTable() {
    this.table.replaceChildren(asTable(this.data, words));
  }
}
