// What ECharts is told: axes by unit, gaps left open, limits as lines, flags as marks. All text is drawn on the canvas (no inline style).
import { CITY_OFFSET, cityTime } from "./city_time.js";
import { colours } from "./theme_values.js";

const SMALL = 560;

export function options(data, width, zoom) {
  const theme = colours();
  const units = [...new Set(data.series.map((line) => line.unit))].slice(0, 2);
  const axisOf = (unit) => Math.max(0, units.indexOf(unit));
  const small = width < SMALL;
  return {
    useUTC: true,
    animation: false,
    color: theme.series,
    textStyle: { fontFamily: theme.font, color: theme.ink, fontSize: 12 },
    grid: { left: 8, right: units.length > 1 ? 8 : 16, top: units.some(Boolean) ? 56 : 40, bottom: small ? 12 : 44, containLabel: true },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: theme.soft }, data: data.series.map((line) => line.name) },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: theme.raised, borderColor: theme.line,
      textStyle: { color: theme.ink, fontFamily: theme.font, fontSize: 12 }, formatter: (items) => tip(items, data),
    },
    xAxis: {
      type: "time", min: data.from ? data.from + CITY_OFFSET : null, max: data.to ? data.to + CITY_OFFSET : null,
      axisLine: { lineStyle: { color: theme.strongLine } }, axisLabel: { color: theme.soft, hideOverlap: true, formatter: timeLabel },
      splitLine: { show: false },
    },
    yAxis: units.map((unit, index) => valueAxis(unit, index, theme)),
    dataZoom: [
      { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseMove: false, moveOnMouseWheel: false, start: zoom?.start, end: zoom?.end },
      ...(small ? [] : [slider(theme, zoom)]),
    ],
    series: data.series.flatMap((line, index) => [
      valueSeries(line, axisOf(line.unit), data.limits.filter((limit) => belongs(limit, line, data, index)), theme, small),
      flagSeries(line, axisOf(line.unit), data.limits.filter((limit) => belongs(limit, line, data, index)), theme, small),
    ]),
  };
}

// A limit is drawn once: on the first series of its unit, or on the first of all where it names none.
function belongs(limit, line, data, index) {
  const first = limit.unit ? data.series.findIndex((each) => each.unit === limit.unit) : 0;
  return index === first && line;
}

function valueAxis(unit, index, theme) {
  return {
    type: "value", name: unit, scale: true, position: index ? "right" : "left", alignTicks: true,
    nameTextStyle: { color: theme.soft, align: index ? "right" : "left" },
    axisLabel: { color: theme.soft }, splitLine: { show: !index, lineStyle: { color: theme.line } },
  };
}

function slider(theme, zoom) {
  return {
    type: "slider", height: 18, bottom: 10, brushSelect: false, moveHandleSize: 0, showDetail: true, start: zoom?.start, end: zoom?.end, borderColor: theme.line, fillerColor: "rgba(90,150,170,0.16)",
    backgroundColor: theme.sunken, dataBackground: { lineStyle: { color: theme.line }, areaStyle: { color: theme.line } },
    textStyle: { color: theme.soft, fontSize: 11 }, labelFormatter: (value) => cityTime(value - CITY_OFFSET).slice(5),
    handleStyle: { color: theme.surface, borderColor: theme.strongLine },
  };
}

function valueSeries(line, axis, limits, theme, small) {
  return {
    name: line.name, type: line.shape === "bar" ? "bar" : "line", step: line.shape === "step" ? "end" : false, yAxisIndex: axis,
    data: withGaps(line), connectNulls: false, showSymbol: line.points.length < 60, symbolSize: 4, lineStyle: { width: 1.75 }, sampling: "minmax",
    markLine: limits.length ? limitLines(limits, theme, small) : undefined,
  };
}

function limitLines(limits, theme, small) {
  return {
    silent: true, symbol: "none",
    data: limits.map((limit) => ({
      yAxis: limit.value, lineStyle: { color: theme.tones.critical, type: "dashed", width: 1.5 },
      label: { formatter: limitName(limit, small), position: "insideEndTop", backgroundColor: theme.surface, padding: [1, 3], color: theme.tones.critical, fontWeight: 600 },
    })),
  };
}

// A narrow picture has no room for the name of a limit beside its value.
function limitName(limit, small) {
  const value = `${limit.value}${limit.unit ? ` ${limit.unit}` : ""}`;
  return small ? value : `${limit.name} ${value}`;
}

// Flags stand on their points; an unseen point above each limit keeps its line in the picture.
function flagSeries(line, axis, limits, theme, small) {
  const first = line.points[0]?.[0] + CITY_OFFSET;
  const room = limits.map((limit) => ({ value: [first, limit.value * 1.08], symbolSize: 0, flag: "" }));
  const data = line.points.flatMap((point, at) => {
    const again = at > 0 && line.points[at - 1][2] === point[2]; // a run of the same flag bears its letter once
    return point[2] ? [{ value: [point[0] + CITY_OFFSET, point[1] ?? 0], flag: again ? "" : point[2] }] : [];
  });
  return {
    name: line.name, type: "scatter", yAxisIndex: axis, data: [...data, ...room], symbol: "diamond", symbolSize: small ? 8 : 12, z: 5, labelLayout: { hideOverlap: true }, tooltip: { show: false },
    itemStyle: { color: theme.surface, borderColor: theme.tones.warning, borderWidth: 2 },
    label: { show: true, position: "top", formatter: (item) => item.data.flag, color: theme.tones.warning, fontWeight: 700 },
  };
}

// Points further apart than the gap are not joined: an empty one is put between them.
function withGaps(line) {
  const found = [];
  let before = null;
  for (const [at, value] of line.points) {
    if (line.gap && before !== null && at - before > line.gap) found.push([before + 1 + CITY_OFFSET, null]);
    found.push([at + CITY_OFFSET, value]);
    before = at;
  }
  return found;
}

function timeLabel(shifted) {
  const text = cityTime(shifted - CITY_OFFSET);
  return text.endsWith("00:00") ? text.slice(5, 10) : text.slice(11);
}

function tip(items, data) {
  if (!items.length) return "";
  const at = items[0].value[0] - CITY_OFFSET;
  const rows = data.series.flatMap((line) => {
    const point = line.points.find((each) => each[0] === at);
    if (!point) return [];
    const flag = point[2] ? `  ◆ ${point[2]}${point[3] ? ` ${point[3]}` : ""}` : "";
    return [`${line.name}  ${point[1] ?? "—"} ${line.unit}${flag}`];
  });
  return [cityTime(at), ...rows].join("\n");
}
