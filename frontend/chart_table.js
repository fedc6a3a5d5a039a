// The table behind a chart: one row per moment, newest first.
import { cityTime } from "./city_time.js";
import { el } from "./dom.js";

export function asTable(data, words) {
  const moments = new Map();
  data.series.forEach((line, index) => {
    for (const [at, value, flag, note] of line.points) {
      const row = moments.get(at) ?? { values: {}, flags: [] };
      row.values[index] = value;
      if (flag) row.flags.push(note ? `${flag} ${note}` : flag);
      moments.set(at, row);
    }
  });
  const heads = [words.wordsTime, ...data.series.map((line) => (line.unit ? `${line.name} (${line.unit})` : line.name)), words.wordsFlag];
  const rows = [...moments].sort(([a], [b]) => b - a).map(([at, row]) => tableRow(at, row, data.series.length));
  return el("table", { class: "yz-plain-table" },
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...rows));
}

function tableRow(at, row, count) {
  const values = Array.from({ length: count }, (_, index) => el("td", {}, String(row.values[index] ?? "—")));
  return el("tr", {}, el("th", { scope: "row" }, cityTime(at)), ...values, el("td", {}, row.flags.join("; ")));
}
