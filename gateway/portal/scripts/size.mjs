/** Prints what each page costs on first load, gzipped, and fails when one is over the limit. Run after `npm run build`. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KIB = 350;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const sizes = new Map();
function size(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length);
  return sizes.get(file);
}

/** A chunk and all it cannot start without. */
function needed(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const other of manifest[key].imports ?? []) needed(other, seen);
  return seen;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
// A language is loaded before the first page is drawn; the larger one counts.
const language = ["src/i18n/zh-CN/index.ts", "src/i18n/en/index.ts"].sort(
  (a, b) => size(manifest[b].file) - size(manifest[a].file),
)[0];
const frame = [entry, language, "src/imports/ImportWatch.tsx"];
// Pages about talent wait for their texts too.
const talent = [language.replace("index.ts", "talent.ts")];
const aboutTalent = /^src\/(growth|jobs|skills|matching|pools|placements|fairness)\//;
const pages = Object.keys(manifest).filter((key) => /^src\/.*Page\.tsx$/.test(key));
const kib = (bytes) => bytes / 1024;
const costs = pages
  .map((page) => {
    const keys = new Set(
      [...frame, ...(aboutTalent.test(page) ? talent : []), page].flatMap((key) => [...needed(key)]),
    );
    return {
      page,
      kib: kib(
        [...new Set([...keys].map((key) => manifest[key].file))]
          .filter((file) => file.endsWith(".js"))
          .reduce((sum, file) => sum + size(file), 0),
      ),
    };
  })
  .sort((a, b) => b.kib - a.kib);

for (const { page, kib: cost } of costs) console.log(`${cost.toFixed(1).padStart(7)} KiB  ${page}`);
const over = costs.filter(({ kib: cost }) => cost > LIMIT_KIB);
console.log(`first load at most ${costs[0].kib.toFixed(1)} KiB of script, limit ${LIMIT_KIB} KiB`);
if (over.length > 0) process.exit(1);
