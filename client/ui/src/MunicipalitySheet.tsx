// The sheet of a tool that belongs to a municipality: the one that the address names, else the one that was looked at last, else one's own.
// Others by a touch. In a space where nobody has a name yet, the first is named here.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Row } from "./api";
import { api, mayWrite, remember, remembered, schema, space, store } from "./app";
import { AddByName } from "./fields/AddByName";
import { useAllRows, useCommon, useLive, useMe, useRows, useWords } from "./hooks";
import { isOf, owners, type Owner } from "./owners";
import { PaperLinks } from "./PaperLinks";
import { go } from "./router";
import { Sheet } from "./shell/Sheet";
import { language } from "./words";
import { municipalityWords } from "./words/pages/municipality";

interface MunicipalitySheetProps {
  page: string; // its address
  table: string; // which says what it is for
  title: string;
  rows: string; // the table whose rows name their municipality
  tool: string; // on paper
  sheet?: boolean; // as a spreadsheet, too
  wanted: string | undefined;
  children(owner: Owner, isTheirs: (row: Row) => boolean): ComponentChildren;
}

export function MunicipalitySheet({ page, table, title, rows: owned, tool, sheet = false, wanted, children }: MunicipalitySheetProps) {
  const common = useCommon(), own = useWords(municipalityWords);
  const speaks = useLive(language), here = useLive(space), me = useMe();
  const organisations = useAllRows("organisation"), rows = useRows(owned), people = useAllRows("person");
  const [naming, setNaming] = useState(false);
  const choices = organisations && rows ? owners(organisations, rows, here) : [];
  const mine = people?.find(({ id }) => id === me)?.organisation;
  const pick = [wanted, remembered("municipality"), mine].map((id) => Number(id ?? NaN));
  const found = pick.map((id) => choices.find((each) => (each?.id ?? 0) === id)).find((each) => each !== undefined);
  const owner = found === undefined ? choices[0] : found;
  const id = owner?.id;
  useEffect(() => { if (id !== undefined) remember("municipality", String(id)); }, [id]);
  const help = schema.table(table).help[speaks];
  if (!organisations || !rows || !people) return <Sheet title={title} lead={common.loading} wide />;
  const may = mayWrite("organisation", here);
  return (
    <Sheet title={title} lead={help} wide tools={owner ? <PaperLinks tool={tool} id={owner.id} sheet={sheet} /> : undefined}
      above={choices.length > 0 && (
        <nav class="owner-path" aria-label={own.which}>
          {choices.map((each) => <a key={each?.id ?? 0} href={`#/${page}/${each?.id ?? 0}`} aria-current={each === owner ? "page" : undefined}>{each?.name ?? own.nobody}</a>)}
          {may && !naming && <button class="quiet" onClick={() => setNaming(true)}>+ {own.other}</button>}
        </nav>
      )}>
      {(naming || choices.length === 0) && may && <Naming page={page} lead={choices.length === 0 ? own.first : undefined} done={() => setNaming(false)} />}
      {owner !== undefined && children(owner, isOf(owner, organisations))}
    </Sheet>
  );
}

function Naming({ page, lead, done }: { page: string; lead: string | undefined; done(): void }) {
  const own = useWords(municipalityWords);
  const add = async (name: string) => {
    const { row } = await api.add({ table: "organisation", space: space.now, fields: { name, kind: "municipality" } });
    store.show(row);
    done();
    go(`${page}/${row.id}`);
  };
  return (
    <>
      {lead && <p>{lead}</p>}
      <AddByName id="new-municipality" label={own.name} button={own.begin} add={add} />
    </>
  );
}
