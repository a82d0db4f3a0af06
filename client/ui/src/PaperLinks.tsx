// The ways from a page to paper: to print, to a word processor, to a spreadsheet.
import { useLive, useWords } from "./hooks";
import { language, type Words } from "./words";

const words: Words<{ print: string; word: string; sheet: string; label: string }> = {
  fr: { print: "Imprimer", word: "Word", sheet: "Excel", label: "Sur papier" },
  nl: { print: "Afdrukken", word: "Word", sheet: "Excel", label: "Op papier" },
  en: { print: "Print", word: "Word", sheet: "Excel", label: "On paper" },
};

export function PaperLinks({ tool, id, sheet = false }: { tool: string; id: number; sheet?: boolean }) {
  const own = useWords(words);
  const at = (ending: string) => `/paper/${tool}/${id}.${ending}?language=${speaks}`;
  const speaks = useLive(language);
  return (
    <span class="paper-links" role="group" aria-label={own.label}>
      <a href={at("html")} target="_blank" rel="noopener">{own.print}</a>
      <a href={at("docx")} download>{own.word}</a>
      {sheet && <a href={at("csv")} download>{own.sheet}</a>}
    </span>
  );
}
