// The pages, by their address: the first pattern that fits shows its view. A page is a file of its own here; see README.md.
import type { ComponentType } from "preact";
import { Settings } from "./Settings";
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
  { path: "settings", view: Settings },
];
