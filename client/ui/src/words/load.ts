// The words of the pages come in a script for each language, of which a page loads the one that it speaks (build.mjs). `apart` stands in
// the bundle where a file of words/pages stood.
import { Away } from "../api";
import { languages, type Language } from "./languages";

const learned: Partial<Record<Language, Record<string, unknown>>> = {};
Object.assign(globalThis, { carnetWords: learned });

export function apart(name: string): object {
  const words = {};
  for (const each of languages) Object.defineProperty(words, each, { get: () => learned[each]?.[name] });
  return words;
}

export function learn(language: Language): Promise<void> {
  if (learned[language]) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `/words-${language}.js`;
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Away());
    };
    document.head.append(script);
  });
}
