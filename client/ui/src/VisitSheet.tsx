// The sheet of a tool that belongs to a visit: the visit that the address names, else that of today, else the nearest; others by a choice.
import type { ComponentChildren } from "preact";
import type { Row } from "./api";
import { schema, space } from "./app";
import { nearestVisit, visitsOn } from "./day";
import { useAllRows, useCommon, useLive, useWords } from "./hooks";
import { PaperLinks } from "./PaperLinks";
import { go } from "./router";
import { Sheet } from "./shell/Sheet";
import { visitTitle } from "./titles";
import { language, today, type Words } from "./words";

const words: Words<{ none: string; plan: string; choose: string }> = {
  fr: { none: "Il n’y a pas encore de visite dans cet espace.", plan: "Préparer une visite", choose: "Visite" },
  nl: { none: "In deze ruimte is er nog geen bezoek.", plan: "Een bezoek voorbereiden", choose: "Bezoek" },
  en: { none: "There is no visit in this space yet.", plan: "Prepare a visit", choose: "Visit" },
};

interface VisitSheetProps {
  page: string; // its address
  table: string; // which says what it is for
  title: string;
  lead?: string; // instead of what the schema says of the table
  tool: string; // on paper
  sheet?: boolean; // as a spreadsheet, too
  wanted: string | undefined;
  begin?: ComponentChildren; // begins another visit
  children(visit: Row): ComponentChildren;
}

export function VisitSheet({ page, table, title, lead, tool, sheet = false, wanted, begin, children }: VisitSheetProps) {
  const common = useCommon(), own = useWords(words);
  const speaks = useLive(language), here = useLive(space);
  const all = useAllRows("visit");
  useAllRows("organisation"); // visits are called by their host
  const help = lead ?? schema.table(table).help[speaks];
  if (!all) return <Sheet title={title} lead={common.loading} wide />;
  const ofSpace = all.filter((visit) => visit.space === here);
  const visit = all.find((each) => each.id === Number(wanted)) ?? visitsOn(ofSpace, today(), here)[0] ?? nearestVisit(ofSpace, today()) ?? ofSpace[0];
  if (!visit) return <Sheet title={title} lead={help} wide><p>{own.none} {begin ?? <a href="#/programme">{own.plan}</a>}</p></Sheet>;
  return (
    <Sheet title={title} lead={help} wide tools={<PaperLinks tool={tool} id={visit.id} sheet={sheet} />}
      above={(
        <div class="above visit-choice">
          {ofSpace.length > 1 ? (
            <label><span class="unseen">{own.choose}</span>
              <select value={visit.id} onChange={(event) => go(`${page}/${event.currentTarget.value}`)}>
                {ofSpace.map((each) => <option key={each.id} value={each.id}>{visitTitle(each)}</option>)}
              </select>
            </label>
          ) : visitTitle(visit)}{" "}
          {begin}
        </div>
      )}>
      {children(visit)}
    </Sheet>
  );
}
