// The pages open at once on a slow machine because there is little of them: node size_test.mjs FOLDER
import { readFileSync } from "node:fs";
import { join } from "node:path";

const size = (name) => readFileSync(join(process.argv[2], name)).length;
const words = Math.max(...["fr", "nl", "en"].map((language) => size(`words-${language}.js`))); // a page loads one of them
const script = size("app.js") + words, styles = size("app.css");
console.log(`script ${script}, of which words ${words}; styles ${styles} bytes`);
if (script >= 200 * 1024 || script + styles >= 250 * 1024) throw new Error("script under 200 KiB, script and styles under 250 KiB");
