// The points of a map as a list that can be searched, and the legend with its counts.
import { el } from "./dom.js";

const words = document.body.dataset;

export class MapList {
  constructor(section, show) {
    this.section = section;
    this.showOnMap = show;
    this.details = section.querySelector(".yz-map-list");
    this.items = section.querySelector("[data-map-items]");
    this.search = section.querySelector("[data-map-search]");
    this.search.addEventListener("input", () => this.draw());
  }

  fill(layers) {
    const features = layers.filter((layer) => layer.kind === "points").flatMap((layer) => layer.data.features);
    this.features = features.sort((a, b) => rank(b) - rank(a) || a.properties.name.localeCompare(b.properties.name, "zh"));
    this.draw();
    for (const legend of this.section.querySelectorAll("[data-legend]")) this.count(legend, layers[legend.dataset.legend].data.features);
  }

  count(legend, features) {
    const total = legend.querySelector("[data-total]");
    if (total) total.textContent = features.length;
    for (const entry of legend.querySelectorAll("[data-state]")) {
      const count = features.filter((feature) => feature.properties.state === entry.dataset.state).length;
      entry.hidden = !count;
      entry.querySelector("[data-count]").textContent = count;
    }
  }

  draw() {
    const wanted = this.search.value.trim().toLowerCase();
    const found = this.features.filter((feature) => text(feature).includes(wanted)).slice(0, 200);
    this.items.replaceChildren(...found.map((feature) => el("li", {}, ...this.parts(feature))));
    if (!found.length) this.items.replaceChildren(el("li", {}, words.wordsNone));
  }

  parts(feature) {
    const { name, url, label, tone, detail } = feature.properties;
    return [
      url ? el("a", { href: url }, name) : el("span", {}, name),
      label ? el("span", { class: `yz-state yz-tone-${tone}` }, label) : null,
      detail ? el("span", { class: "yz-quiet" }, detail) : null,
    ];
  }

  card(feature) {
    const { name, url, label, tone, detail } = feature.properties;
    return el("div", { class: "yz-popup" },
      el("p", { class: "yz-popup-name" }, name),
      label ? el("p", {}, el("span", { class: `yz-state yz-tone-${tone}` }, label)) : null,
      detail ? el("p", { class: "yz-quiet" }, detail) : null,
      url ? el("p", {}, el("a", { class: "btn btn-sm", href: url }, words.wordsOpen)) : null);
  }

  open() {
    this.details.open = true;
  }
}

const order = ["quiet", "good", "notice", "busy", "warning", "critical"];
const rank = (feature) => order.indexOf(feature.properties.tone);
const text = ({ properties }) => `${properties.name} ${properties.label ?? ""} ${properties.detail ?? ""}`.toLowerCase();
