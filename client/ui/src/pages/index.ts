// The pages, by their address: the first pattern that fits shows its view. A page is a file of its own here; see README.md.
import type { ComponentType } from "preact";
import { Conflicts } from "./Conflicts";
import { History } from "./History";
import { Phones } from "./Phones";
import { RowPage } from "./RowPage";
import { Search } from "./Search";
import { Settings } from "./Settings";
import { Sync } from "./Sync";
import { Today } from "./Today";
import { Tools } from "./Tools";

export interface Page {
  path: string; // "visit/:id", "today/:day?"
  view: ComponentType<{ params: Record<string, string> }>;
}

export const pages: Page[] = [
  { path: "", view: Today },
  { path: "today/:day?", view: Today },
  { path: "tools", view: Tools },
  { path: "row/:id", view: RowPage },
  { path: "history/:id/:column?", view: History },
  { path: "search", view: Search },
  { path: "conflicts/:which?", view: Conflicts },
  { path: "sync", view: Sync },
  { path: "phones", view: Phones },
  { path: "settings", view: Settings },
];
