// The paper that a page is written on: its title, which also names the window, a line of help, what can be done with it, and its content.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useCommon } from "../hooks";

interface SheetProps {
  title: string;
  lead?: ComponentChildren;
  above?: ComponentChildren; // over the title: the way back, the days
  tools?: ComponentChildren; // beside the title
  wide?: boolean;
  children?: ComponentChildren;
}

export function Sheet({ title, lead, above, tools, wide, children }: SheetProps) {
  const { app } = useCommon();
  useEffect(() => { document.title = `${title} · ${app}`; }, [title, app]);
  return (
    <article class={wide ? "sheet wide" : "sheet"}>
      {above}
      <header class="sheet-head">
        <h1 tabIndex={-1}>{title}</h1>
        {tools && <div class="sheet-tools">{tools}</div>}
      </header>
      {lead && <p class="lead">{lead}</p>}
      {children}
    </article>
  );
}
