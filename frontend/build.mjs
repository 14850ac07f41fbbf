// Builds the launcher, the widget, the console and the look of the help centre; refuses what grew over its budget.
// `node build.mjs [--outdir=DIR]` writes into DIR exactly the files listed below, which is what the wheel carries.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DEFAULT_OUTDIR = join(HERE, "../contactcenter/web/assets");

// What a visitor of a host site pays: the launcher on every page view, the widget after the first click.
const BUDGETS = [
  { name: "launcher", files: ["launcher.js"], bytes: 3 * 1024 },
  { name: "widget", files: ["widget.js", "widget.css"], bytes: 30 * 1024 },
  { name: "help", files: ["help.css"], bytes: 4 * 1024 },
  { name: "console", files: ["console.js", "console.css"], bytes: 80 * 1024 },
];

const outdir = resolve(argument("outdir") ?? DEFAULT_OUTDIR);
mkdirSync(outdir, { recursive: true });
await bundle();
process.exitCode = report() ? 0 : 1;

function argument(name) {
  const prefix = `--${name}=`;
  return process.argv.find((word) => word.startsWith(prefix))?.slice(prefix.length);
}

async function bundle() {
  const result = await build({
    absWorkingDir: HERE,
    entryPoints: {
      launcher: "src/launcher/launcher.ts",
      widget: "src/widget/main.tsx",
      console: "src/console/main.tsx",
      help: "src/help/help.css",
    },
    outdir,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2022", "chrome100", "firefox100", "safari16"],
    jsx: "automatic",
    jsxImportSource: "preact",
    charset: "utf8",
    legalComments: "none",
    write: false,
  });
  for (const file of result.outputFiles) writeFileSync(file.path, file.contents);
}

function report() {
  let fits = true;
  for (const { name, files, bytes } of BUDGETS) {
    const size = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(outdir, file)), { level: 9 }).length, 0);
    console.log(`${name.padEnd(9)} ${kib(size)} of ${kib(bytes)} gzipped (${files.join(" + ")})`);
    if (size <= bytes) continue;
    fits = false;
    console.error(`${name} is ${kib(size - bytes)} over its budget: make it smaller, or argue for more in build.mjs`);
  }
  return fits;
}

function kib(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
