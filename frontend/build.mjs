// Bundles our scripts, styles, icons and the font of printed papers into src/yuzhou/ui/static/ui/dist/.
import { context, build } from "esbuild";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { icons } from "./icons.mjs";

const target = new URL("../src/yuzhou/ui/static/ui/dist/", import.meta.url).pathname;
const modules = new URL("../node_modules/", import.meta.url).pathname;
const fonts = ["NotoSansHans-Regular.otf", "NotoSansHans-Bold.otf"];

const options = {
  entryPoints: {
    theme: "frontend/theme.js",
    desk: "frontend/desk.js",
    chart: "frontend/chart.js",
    map: "frontend/map.js",
    "map-worker": "maplibre-gl/dist/maplibre-gl-worker.mjs",
    style: "frontend/css/style.css",
    "map-style": "frontend/css/map.css",
  },
  bundle: true,
  format: "esm",
  minify: true,
  target: ["es2021", "chrome87", "firefox90", "safari15"],
  outdir: target,
  loader: { ".woff2": "file", ".svg": "dataurl" },
  legalComments: "linked",
  logLevel: "info",
};

async function writeIcons() {
  const nodes = JSON.parse(await readFile(`${modules}@tabler/icons/tabler-nodes-outline.json`, "utf8"));
  const missing = icons.filter((name) => !nodes[name]);
  if (missing.length) throw new Error(`no such icons: ${missing.join(", ")}`);
  const attributes = (all) => Object.entries(all).map(([key, value]) => ` ${key}="${value}"`).join("");
  const symbol = (name) =>
    `<symbol id="${name}" viewBox="0 0 24 24">${nodes[name].map(([tag, all]) => `<${tag}${attributes(all)}/>`).join("")}</symbol>`;
  await writeFile(`${target}icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${icons.map(symbol).join("")}</svg>\n`);
}

async function copyFonts() {
  await mkdir(`${target}fonts`, { recursive: true });
  for (const font of fonts) await copyFile(`${modules}@embedpdf/fonts-sc/fonts/${font}`, `${target}fonts/${font}`);
  await copyFile(`${modules}@embedpdf/fonts-sc/LICENSE`, `${target}fonts/LICENSE`);
}

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await Promise.all([writeIcons(), copyFonts()]);
if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  await build(options);
}
