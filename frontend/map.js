// Maps of the city: boundaries, areas and points from GeoJSON, with a legend and a list of the same points.
import * as maplibregl from "maplibre-gl";
import { el } from "./dom.js";
import { MapList } from "./map_list.js";
import { addMarks, baseStyle, layersFor } from "./map_style.js";

const words = document.body.dataset;

function addStyleSheet() {
  if (document.querySelector("link[data-map-css]")) return;
  document.head.append(el("link", { rel: "stylesheet", href: words.mapCss, "data-map-css": "" }));
}

export function drawMaps(sections) {
  addStyleSheet();
  maplibregl.setWorkerUrl(new URL(words.mapWorker, location.href).href);
  for (const section of sections) {
    section.dataset.ready = "";
    new CityMap(section).start();
  }
}

const empty = () => ({ type: "FeatureCollection", features: [] });

class CityMap {
  constructor(section) {
    this.section = section;
    this.canvas = section.querySelector(".yz-map-canvas");
    this.layers = [...section.querySelectorAll("template[data-layer]")].map((each, index) => ({ id: `layer-${index}`, ...each.dataset }));
    this.list = new MapList(section, (feature) => this.show(feature));
    section.addEventListener("yz-refresh", () => this.load());
    document.addEventListener("yz-theme", () => this.map?.setStyle(this.style()));
  }

  async start() {
    this.districts = this.section.dataset.districts ? await this.fetch(this.section.dataset.districts) : empty();
    await this.load();
    this.canvas.replaceChildren();
    try {
      this.open();
    } catch {
      this.canvas.replaceChildren(el("p", { class: "yz-message" }, words.wordsNomap));
      this.list.open();
    }
  }

  async fetch(url) {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(response.status);
      return await response.json();
    } catch {
      this.failed = true;
      return empty();
    }
  }

  async load() {
    const found = await Promise.all(this.layers.map((layer) => this.fetch(layer.layer)));
    this.layers.forEach((layer, index) => (layer.data = found[index]));
    this.list.fill(this.layers);
    if (this.map) for (const layer of this.layers) this.map.getSource(layer.id)?.setData(layer.data);
  }

  style() {
    return baseStyle(this.districts, this.layers, this.section.dataset.tiles);
  }

  open() {
    this.map = new maplibregl.Map({
      container: this.canvas, style: this.style(), bounds: this.bounds(), fitBoundsOptions: { padding: 28, maxZoom: 12 }, attributionControl: false,
      dragRotate: false, pitchWithRotate: false, touchPitch: false, cooperativeGestures: matchMedia("(pointer: coarse)").matches, maxZoom: 17,
      locale: { "NavigationControl.ZoomIn": words.wordsZoomin, "NavigationControl.ZoomOut": words.wordsZoomout, "Map.Title": this.section.getAttribute("aria-label"),
        "CooperativeGesturesHandler.MobileHelpText": words.wordsTwofingers, "Popup.Close": words.wordsClose },
    });
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
    this.map.touchZoomRotate.disableRotation();
    this.map.on("style.load", () => addMarks(this.map));
    for (const id of layersFor(this.layers)) {
      this.map.on("click", id, (event) => this.clicked(event.features[0]));
      this.map.on("mouseenter", id, () => (this.map.getCanvas().style.cursor = "pointer"));
      this.map.on("mouseleave", id, () => (this.map.getCanvas().style.cursor = ""));
    }
  }

  clicked(feature) {
    if (feature.properties.cluster) this.map.easeTo({ center: feature.geometry.coordinates, zoom: this.map.getZoom() + 2 });
    else this.show(feature);
  }

  bounds() {
    const boxes = new maplibregl.LngLatBounds();
    const points = this.layers.filter((layer) => layer.kind === "points").flatMap((layer) => layer.data.features);
    const features = this.districts.features.length ? this.districts.features : points;
    for (const feature of features) eachPosition(feature.geometry?.coordinates, (position) => boxes.extend(position));
    return boxes.isEmpty() ? new maplibregl.LngLatBounds([105.28, 28.16], [110.2, 32.2]) : boxes;
  }

  show(feature) {
    if (!this.map) return;
    this.popup?.remove();
    const at = feature.geometry.coordinates;
    this.popup = new maplibregl.Popup({ maxWidth: "18rem", focusAfterOpen: true }).setLngLat(at).setDOMContent(this.list.card(feature)).addTo(this.map);
    this.map.easeTo({ center: at, zoom: Math.max(this.map.getZoom(), 9) });
  }
}

function eachPosition(coordinates, act) {
  if (!coordinates) return;
  if (typeof coordinates[0] === "number") act(coordinates);
  else for (const inner of coordinates) eachPosition(inner, act);
}
