// How the map looks: the city's boundaries in the page's colours, and one mark for each tone, different in colour and in shape.
import { colours } from "./theme_values.js";

const CLUSTER_FROM = 300;
const SIZE = 44;
const NAME = document.documentElement.lang === "en" ? ["coalesce", ["get", "name_en"], ["get", "name"]] : ["get", "name"];
const tones = ["good", "busy", "notice", "warning", "critical", "quiet"];

export function baseStyle(districts, layers, tiles) {
  const theme = colours();
  const sources = areaSources("districts", districts);
  const drawn = [{ id: "ground", type: "background", paint: { "background-color": theme.sunken } }];
  if (tiles) {
    sources.tiles = { type: "raster", tiles: [tiles], tileSize: 256 };
    drawn.push({ id: "tiles", type: "raster", source: "tiles" });
  }
  drawn.push(...areaLayers("districts", theme, tiles ? 0.15 : 1));
  for (const layer of layers) {
    if (layer.kind === "areas") Object.assign(sources, areaSources(layer.id, layer.data));
    const cluster = layer.kind === "points" && layer.data.features.length > CLUSTER_FROM;
    sources[layer.id] ??= { type: "geojson", data: layer.data, ...(cluster ? { cluster, clusterRadius: 40, clusterMaxZoom: 11 } : {}) };
    drawn.push(...(layer.kind === "areas" ? areaLayers(layer.id, theme, 0.4) : pointLayers(layer.id, theme)));
  }
  return { version: 8, sources, layers: drawn };
}

export function layersFor(layers) {
  return layers.filter((layer) => layer.kind === "points").flatMap((layer) => [layer.id, `${layer.id}-clusters`]);
}

// Names stand on points of their own: an area that is cut into tiles would get one name in each.
function areaSources(id, data) {
  return { [id]: { type: "geojson", data }, [`${id}-names`]: { type: "geojson", data: namePoints(data) } };
}

export function namePoints(data) {
  const features = data.features.filter((feature) => feature.geometry).map((feature) => ({
    type: "Feature", properties: feature.properties, geometry: { type: "Point", coordinates: middle(feature.geometry) },
  }));
  return { type: "FeatureCollection", features };
}

// The centre of gravity of the largest ring.
function middle({ type, coordinates }) {
  const rings = type === "MultiPolygon" ? coordinates.map((polygon) => polygon[0]) : [coordinates[0]];
  const [, x, y] = rings.map(gravity).reduce((best, each) => (Math.abs(each[0]) > Math.abs(best[0]) ? each : best));
  return [x, y];
}

function gravity(ring) {
  let [area, x, y] = [0, 0, 0];
  for (let i = 0; i < ring.length - 1; i += 1) {
    const cross = ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
    area += cross;
    x += (ring[i][0] + ring[i + 1][0]) * cross;
    y += (ring[i][1] + ring[i + 1][1]) * cross;
  }
  return area ? [area / 2, x / (3 * area), y / (3 * area)] : [0, ...ring[0]];
}

function areaLayers(source, theme, opacity) {
  return [
    { id: `${source}-fill`, type: "fill", source, paint: { "fill-color": theme.surface, "fill-opacity": opacity } },
    { id: `${source}-line`, type: "line", source, paint: { "line-color": theme.strongLine, "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.7, 11, 1.6] } },
    {
      id: `${source}-name`, type: "symbol", source: `${source}-names`, layout: { "text-field": NAME, "text-size": 12, "text-font": ["sans-serif"], "text-padding": 3, "text-variable-anchor": ["center", "top", "bottom", "left", "right"], "text-radial-offset": 0.6, "text-justify": "auto" },
      paint: { "text-color": theme.soft, "text-halo-color": theme.surface, "text-halo-width": 1.4 },
    },
  ];
}

function pointLayers(source, theme) {
  return [
    {
      id: `${source}-clusters`, type: "circle", source, filter: ["has", "point_count"],
      paint: { "circle-color": theme.brand, "circle-radius": ["step", ["get", "point_count"], 12, 20, 16, 100, 22], "circle-opacity": 0.85 },
    },
    {
      id: `${source}-counts`, type: "symbol", source, filter: ["has", "point_count"],
      layout: { "text-field": ["get", "point_count_abbreviated"], "text-size": 12, "text-font": ["sans-serif"] }, paint: { "text-color": theme.surface },
    },
    {
      id: source, type: "symbol", source, filter: ["!", ["has", "point_count"]],
      layout: {
        "icon-image": ["concat", "mark-", ["coalesce", ["get", "tone"], "quiet"]], "icon-allow-overlap": true,
        "symbol-sort-key": ["match", ["coalesce", ["get", "tone"], "quiet"], "critical", 5, "warning", 4, "busy", 3, "notice", 2, "good", 1, 0],
      },
    },
  ];
}

export function addMarks(map) {
  const theme = colours();
  for (const tone of tones) if (!map.hasImage(`mark-${tone}`)) map.addImage(`mark-${tone}`, mark(tone, theme), { pixelRatio: 2 });
}

function mark(tone, theme) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  pen.lineJoin = "round";
  pen.lineWidth = 5;
  pen.strokeStyle = theme.surface;
  pen.fillStyle = theme.tones[tone];
  outline(pen, tone);
  pen.stroke();
  pen.fill();
  return pen.getImageData(0, 0, SIZE, SIZE);
}

// Good is a disc, warning a triangle, critical a diamond, busy a square, notice a pentagon, quiet a small disc.
function outline(pen, tone) {
  const corners = { warning: [3, 17, -90], critical: [4, 18, -90], busy: [4, 16, -45], notice: [5, 15, -90] }[tone];
  pen.beginPath();
  if (!corners) {
    pen.arc(SIZE / 2, SIZE / 2, tone === "good" ? 13 : 9, 0, 2 * Math.PI);
    return;
  }
  const [count, radius, turn] = corners;
  for (let corner = 0; corner < count; corner += 1) {
    const angle = ((turn + (corner * 360) / count) * Math.PI) / 180;
    pen.lineTo(SIZE / 2 + radius * Math.cos(angle), SIZE / 2 + radius * Math.sin(angle) + (count === 3 ? 3 : 0));
  }
  pen.closePath();
}
