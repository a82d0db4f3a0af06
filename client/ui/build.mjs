// Bundles the pages: node build.mjs OUTPUT. esbuild and not Vite: one dependency, milliseconds, and it runs on Debian 12's Node 18.
// Beside the bundle it leaves ui.d, from which the build knows on which sources the pages depend.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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

// Words of pages stay out of app.js: each language has a script of its own, and a page loads one.
const languages = ["fr", "nl", "en"];
const words_folder = join(here, "src/words/pages");
const words_files = readdirSync(words_folder);
const set_of = /^export const (\w+) = \{ fr, nl, en \};$/m;
function name_of(path) {
  const found = readFileSync(path, "utf8").match(set_of);
  if (!found) throw new Error(`${path} does not end with "export const nameWords = { fr, nl, en };"`);
  return found[1];
}
const words = (instead) => ({
  name: "words",
  setup: ({ onLoad }) => onLoad({ filter: /src\/words\/pages\/\w+\.ts$/ }, ({ path }) => ({ contents: instead(path), loader: "ts", resolveDir: words_folder, watchFiles: [path] })),
});
const words_of = (language) => ({
  stdin: {
    contents: words_files.map((file) => `import { ${name_of(join(words_folder, file))} } from "./${file}";`).join("\n") +
      `\ncarnetWords.${language} = { ${words_files.map((file) => name_of(join(words_folder, file))).map((name) => `${name}: ${name}.${language}`).join(", ")} };`,
    resolveDir: words_folder, loader: "js",
  },
  outfile: join(output, `words-${language}.js`),
  plugins: [words((path) => readFileSync(path, "utf8").replace(set_of, `export const $1 = { ${language} };`))],
});

// JSX by `h`, whose calls are a tenth shorter in the bundle than those of the automatic runtime, which the type check goes by.
const jsx = { tsconfigRaw: { compilerOptions: { jsx: "react", jsxFactory: "h", jsxFragmentFactory: "Fragment" } }, inject: [join(here, "src/jsx.ts")] };
const common = { absWorkingDir: here, bundle: true, minify: true, format: "iife", target: "es2020", charset: "utf8", legalComments: "none", logLevel: "warning" };

mkdirSync(output, { recursive: true });
const [{ metafile }] = await Promise.all([
  build({
    ...common, ...jsx,
    entryPoints: { app: "src/main.tsx" }, outdir: output, metafile: true,
    plugins: [words((path) => `import { apart } from "../load"; export const ${name_of(path)} = apart("${name_of(path)}");`)],
  }),
  ...languages.map((language) => build({ ...common, ...words_of(language) })),
]);
for (const name of ["index.html", "icon.svg"]) copyFileSync(join(here, "src", name), join(output, name));

const bundled = Object.keys(metafile.inputs).map((file) => resolve(here, file)).filter((file) => !file.includes("node_modules"));
const all = [...new Set([...sources, ...bundled, ...["index.html", "icon.svg"].map((name) => join(here, "src", name))])];
writeFileSync(join(output, "..", "ui.d"), `${join(output, "app.js")}: ${all.map((file) => file.replace(/ /g, "\\ ")).join(" ")}\n`);
const kilobytes = (name) => Math.round(readFileSync(join(output, name)).length / 1024);
console.log(["app.js", "app.css", ...languages.map((language) => `words-${language}.js`)].map((name) => `${name} ${kilobytes(name)} KB`).join(", "));
