// All tools, each with the sentence that says what it is for.
import { schema } from "../app";
import { useCommon, useLive, useRows, useWords } from "../hooks";
import { Sheet } from "../shell/Sheet";
import { beside, tools, type Tool } from "../tools";
import { language } from "../words";
import { toolsWords } from "../words/pages/tools";
import "./Tools.css";

export function Tools() {
  const words = useCommon(), own = useWords(toolsWords);
  return (
    <Sheet title={words.nav.tools} lead={own.lead} wide>
      <ol class="tools">{tools.map((tool, index) => <Card key={tool.page} {...tool} number={index + 1} />)}</ol>
      <h2>{own.beside}</h2>
      <ul class="tools">{beside.map((tool) => <Card key={tool.page} {...tool} />)}</ul>
    </Sheet>
  );
}

function Card({ page, table, number }: Tool & { number?: number }) {
  const speaks = useLive(language);
  const own = useWords(toolsWords);
  const rows = useRows(table);
  const { label, help } = schema.table(table);
  const name = own.names[page] ?? label[speaks];
  return (
    <li class="tool">
      {number !== undefined && <span class="tool-number" aria-hidden="true">{number}</span>}
      <a href={`#/${page}`}>{name}</a>
      {rows && (rows.length > 0 ? <p class="hint">{own.rows(rows.length)}</p> : <p>{help[speaks]}</p>)}
    </li>
  );
}
