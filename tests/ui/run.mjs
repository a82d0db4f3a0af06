// Checks, bundles and runs the tests of the pages' logic, in Node, without a browser: node run.mjs [name]
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const ui = join(here, "../../client/ui");
const { buildSync } = createRequire(join(ui, "package.json"))("esbuild");
const node = (...command) => spawnSync(process.execPath, command, { stdio: "inherit" }).status ?? 1;

if (node(join(ui, "node_modules/typescript/bin/tsc"), "--project", here) !== 0) process.exit(1);
const tests = readdirSync(here).filter((file) => file.endsWith(".test.ts") && file.includes(process.argv[2] ?? ""));
const folder = mkdtempSync(join(tmpdir(), "carnet-ui-"));
try {
  buildSync({
    absWorkingDir: here, nodePaths: [join(ui, "node_modules")], entryPoints: tests, outdir: folder, outExtension: { ".js": ".mjs" },
    bundle: true, platform: "node", format: "esm", target: "node18", sourcemap: "inline", logLevel: "warning",
  });
  process.exitCode = node("--enable-source-maps", "--test", ...tests.map((file) => join(folder, file.replace(/\.ts$/, ".mjs"))));
} finally {
  rmSync(folder, { recursive: true });
}
