// Builds scripts, styles and icons into $OUT (by default the package's own static folder).
// Every output carries a hash of its content in its name; manifest.json tells Django the names.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.env.OUT ?? path.join(here, "../src/lucarne/static/dist"));

// hls.js is built from its own sources with the parts left out that we never use: DRM, captions, client data,
// steering, interstitials, playlist variables and MPEG-TS codecs. A quarter of the engine's weight.
const hls = path.join(here, "node_modules/hls.js");
const hlsVersion = JSON.parse(fs.readFileSync(path.join(hls, "package.json"), "utf8")).version;
const hlsParts = {
  ALT_AUDIO: true,
  SUBTITLES: false, // the page's own <track> elements are played by the browser
  MEDIA_CAPABILITIES: true,
  IFRAMES: false,
  EME_DRM: false,
  CMCD: false,
  CONTENT_STEERING: false,
  VARIABLE_SUBSTITUTION: false,
  M2TS_ADVANCED_CODECS: false,
  INTERSTITIALS: false,
};
const hlsLeftOut =
  /\/(eme-controller|cmcd-controller|content-steering-controller|interstitials-controller|interstitial-[a-z-]+|iframe-controller|transmuxer-worker)(\.ts)?$/;
const leanHls = {
  name: "lean-hls",
  setup({ onResolve }) {
    onResolve({ filter: /^hls\.js$/ }, () => ({ path: path.join(hls, "src/exports-default.ts") }));
    onResolve({ filter: hlsLeftOut }, ({ importer }) =>
      importer.startsWith(hls) ? { path: path.join(hls, "src/empty.js"), sideEffects: false } : undefined,
    );
    onResolve({ filter: /^@svta\/cml-cmcd$/ }, () => ({ path: path.join(hls, "src/empty.js") }));
  },
};

const result = await build({
  absWorkingDir: here,
  entryPoints: {
    app: "src/app.css",
    studio_style: "src/studio.css",
    theme: "src/theme.js",
    portal: "src/portal.js",
    player: "src/player.js",
    studio: "src/studio.js",
    statistics: "src/statistics.js",
    statistics_style: "src/statistics.css",
  },
  bundle: true,
  minify: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox128", "safari17.5"],
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "c/[name]-[hash]",
  assetNames: "a/[name]-[hash]",
  metafile: true,
  legalComments: "none",
  define: {
    ...Object.fromEntries(Object.entries(hlsParts).map(([part, isIn]) => [`__USE_${part}__`, String(isIn)])),
    __VERSION__: JSON.stringify(hlsVersion),
    __IN_WORKER__: "false",
    __HLS_WORKER_BUNDLE__: "undefined",
  },
  plugins: [leanHls],
  write: false,
});

// Replace the folder only once the build has succeeded.
fs.rmSync(out, { recursive: true, force: true });
for (const file of result.outputFiles) {
  fs.mkdirSync(path.dirname(file.path), { recursive: true });
  fs.writeFileSync(file.path, file.contents);
}

const outputs = result.metafile.outputs;
const nameOf = (key) => path.relative(out, path.resolve(here, key)).split(path.sep).join("/");
const gzipOf = (key) => gzipSync(fs.readFileSync(path.resolve(here, key)), { level: 9 }).length;
const entryName = (key) =>
  path.basename(key).replace(/-[A-Z0-9]{8}(?=\.)/, "").replace("_style.css", ".css");

const manifest = {};
for (const [key, output] of Object.entries(outputs)) {
  if (!output.entryPoint || key.includes("/c/")) continue;
  const imports = output.imports.filter((i) => i.kind === "import-statement");
  manifest[entryName(key)] = {
    file: nameOf(key),
    imports: imports.map((i) => nameOf(i.path)),
    gzip_bytes: gzipOf(key) + imports.reduce((sum, i) => sum + gzipOf(i.path), 0),
  };
}
const mark = fs.readFileSync(path.join(here, "src/brand/mark.svg"));
const markFile = `mark-${createHash("sha256").update(mark).digest("hex").slice(0, 8)}.svg`;
fs.writeFileSync(path.join(out, markFile), mark);
manifest["mark.svg"] = { file: markFile, imports: [], gzip_bytes: gzipSync(mark).length };
fs.writeFileSync(path.join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");

// The third-party notices travel with what they are about.
const carried = ["hls.js", "eventemitter3", "url-toolkit", "@svta/cml-id3", "@svta/cml-utils", "uplot"];
const notices = carried.map((name) => {
  const folder = path.join(here, "node_modules", name);
  const file = fs.readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const about = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  const text = file ? fs.readFileSync(path.join(folder, file), "utf8") : `License: ${about.license}\n`;
  return `${name} ${about.version}\n\n${text}`;
});
fs.writeFileSync(path.join(out, "LICENSES.txt"), notices.join("\n\n"));

// Budgets in gzip bytes: what a page loads before anybody touches it, and the lazy engine.
const budgets = { "app.css": 14_000, "player.js": 5_000, "portal.js": 3_000, "theme.js": 500 };
const lazyBudget = 185_000;
let failed = false;
for (const [name, limit] of Object.entries(budgets)) {
  const size = manifest[name].gzip_bytes;
  if (size > limit) {
    console.error(`${name} is ${size} bytes of gzip; its budget is ${limit}.`);
    failed = true;
  }
}
for (const key of Object.keys(outputs)) {
  const size = gzipOf(key);
  console.log(`${String(size).padStart(7)}  ${nameOf(key)}`);
  if (size > lazyBudget) {
    console.error(`${nameOf(key)} is ${size} bytes of gzip; the budget of a lazy part is ${lazyBudget}.`);
    failed = true;
  }
}
process.exitCode = failed ? 1 : 0;
