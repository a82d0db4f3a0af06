// The pages, by their address: the first pattern that fits shows its view. A page is a file of its own here; see README.md.
import type { ComponentType } from "preact";
import { Conflicts } from "./Conflicts";
import { Exchanges } from "./Exchanges";
import { Expertise } from "./Expertise";
import { Factors } from "./Factors";
import { Gallery } from "./Gallery";
import { History } from "./History";
import { Journal } from "./Journal";
import { Overview } from "./Overview";
import { Phones } from "./Phones";
import { Plan } from "./Plan";
import { Presentation } from "./Presentation";
import { Profile } from "./Profile";
import { Programme } from "./Programme";
import { ProgressGrid } from "./ProgressGrid";
import { Questions } from "./Questions";
import { RowPage } from "./RowPage";
import { Search } from "./Search";
import { Settings } from "./Settings";
import { Stick } from "./Stick";
import { Sync } from "./Sync";
import { Swot } from "./Swot";
import { Terms } from "./Terms";
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
  { path: "presentation/:id?", view: Presentation },
  { path: "profile/:id?", view: Profile },
  { path: "factors/:id?", view: Factors },
  { path: "swot/:id?", view: Swot },
  { path: "questions/:id?", view: Questions },
  { path: "programme/:id?", view: Programme },
  { path: "terms/:id?", view: Terms },
  { path: "journal/:id?", view: Journal },
  { path: "progress/:id?", view: ProgressGrid },
  { path: "gallery/:id?", view: Gallery },
  { path: "plan/:id?", view: Plan },
  { path: "expertise", view: Expertise },
  { path: "exchanges/:id?", view: Exchanges },
  { path: "overview", view: Overview },
  { path: "row/:id", view: RowPage },
  { path: "history/:id/:column?", view: History },
  { path: "search", view: Search },
  { path: "conflicts/:which?", view: Conflicts },
  { path: "sync", view: Sync },
  { path: "stick", view: Stick },
  { path: "phones", view: Phones },
  { path: "settings", view: Settings },
];
