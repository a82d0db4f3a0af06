// A wording with its differences from another one marked: what went is struck out, what came is underlined, and both are said to who listens.
import { useWords } from "./hooks";
import { wordsApart } from "./words_apart";
import { historyWords } from "./words/pages/history";
import "./Differences.css";

// show: both sides in one text, or only what is new in `after`.
export function Differences({ before, after, show = "both" }: { before: string; after: string; show?: "both" | "after" }) {
  const words = useWords(historyWords);
  return (
    <p class="wording">
      {wordsApart(before, after).map(([text, fate], index) => {
        if (fate === "same") return text;
        if (fate === "gone") return show === "after" ? null : <del key={index} title={words.gone}>{text}</del>;
        return <ins key={index} title={words.came}>{text}</ins>;
      })}
    </p>
  );
}
