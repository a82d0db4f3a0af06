// Bundles the pages: node build.mjs OUTPUT. esbuild and not Vite: one dependency, milliseconds, and it runs on Debian 12's Node 18.
// Beside the bundle it leaves ui.d, from which the build knows on which sources the pages depend.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const output = resolve(process.argv[2] ?? "");
if (!process.argv[2]) throw new Error("usage: node build.mjs OUTPUT");

const tsc = join(here, "node_modules/typescript/bin/tsc");
let listed;
try {
  listed = execFileSync(process.execPath, [tsc, "--project", here, "--listFiles", "--pretty", "false"], { encoding: "utf8" });
} catch (error) {
  process.stderr.write(error.stdout.split("\n").filter((line) => !line.startsWith("/")).join("\n"));
  process.exit(1);
}
const sources = listed.split("\n").filter((file) => file.startsWith(join(here, "src")));

mkdirSync(output, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  outdir: output,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2020", "chrome87", "firefox78"],
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
for (const name of ["index.html", "icon.svg"]) copyFileSync(join(here, "src", name), join(output, name));

const bundled = Object.keys(metafile.inputs).map((file) => resolve(here, file)).filter((file) => !file.includes("node_modules"));
const all = [...new Set([...sources, ...bundled, ...["index.html", "icon.svg"].map((name) => join(here, "src", name))])];
writeFileSync(join(output, "..", "ui.d"), `${join(output, "app.js")}: ${all.map((file) => file.replace(/ /g, "\\ ")).join(" ")}\n`);
const kilobytes = (name) => Math.round(readFileSync(join(output, name)).length / 1024);
console.log(`app.js ${kilobytes("app.js")} KB, app.css ${kilobytes("app.css")} KB`);
