// Tool 1: the sheet on which a municipality presents itself, in the order in which it is known on paper.
import type { ComponentChildren } from "preact";
import type { Row } from "../api";
import { api, complain, mayWrite, remove, schema, space, store } from "../app";
import { Comments } from "../comments";
import { AddByName } from "../fields/AddByName";
import { AddRow } from "../fields/AddRow";
import { Field } from "../fields/Field";
import { Ordered } from "../fields/Ordered";
import { useAllRows, useLive, useRowForm, useRows, useWords } from "../hooks";
import { Media } from "../Media";
import { MunicipalitySheet } from "../MunicipalitySheet";
import { lastPosition } from "../order";
import { titleOf } from "../titles";
import { language } from "../words";
import { presentationWords } from "../words/pages/presentation";
import "./Presentation.css";

export function Presentation({ params }: { params: Record<string, string> }) {
  const speaks = useLive(language);
  return (
    <MunicipalitySheet page="presentation" table="presentation" title={schema.table("presentation").label[speaks]} rows="presentation" tool="presentation" wanted={params.id}>
      {(owner) => owner && <Of key={owner.id} municipality={owner} />}
    </MunicipalitySheet>
  );
}

function Of({ municipality }: { municipality: Row }) {
  const words = useWords(presentationWords);
  const here = useLive(space);
  const sheet = useRows("presentation")?.find(({ organisation }) => organisation === municipality.id);
  if (sheet) return <Whole key={sheet.id} sheet={sheet} municipality={municipality} />;
  if (!mayWrite("presentation", here)) return null;
  const begin = async () => {
    try {
      store.show((await api.add({ table: "presentation", space: here, fields: { organisation: municipality.id } })).row);
    } catch (error) {
      complain(error);
    }
  };
  return <p><button class="main" onClick={() => void begin()}>{words.begin(titleOf(municipality))}</button></p>;
}

function Whole({ sheet, municipality }: { sheet: Row; municipality: Row }) {
  const words = useWords(presentationWords);
  const form = useRowForm(sheet);
  const texts = (...columns: string[]) => columns.map((column) => <Field key={column} form={form} column={column} />);
  return (
    <>
      <div class="with-talk"><h2>{titleOf(municipality)}</h2><Comments row={sheet} /></div>
      <Part title={words.people}><People sheet={sheet} municipality={municipality} /></Part>
      <Part title={words.politics}>{texts("national_structure", "regional_structure", "local_structure")}</Part>
      <Part title={words.authority}>{texts("authority")}</Part>
      <Part title={words.place}>{texts("location")}</Part>
      <Part title={words.pictures}><Pictures sheet={sheet} /></Part>
      <Part title={words.life}>{texts("population", "economy", "events", "sights", "known_inhabitants")}</Part>
      <Part title={words.partnership}>{texts("reasons", "expectations")}</Part>
    </>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return <section class="paper-part"><h2>{title}</h2><div>{children}</div></section>;
}

function People({ sheet, municipality }: { sheet: Row; municipality: Row }) {
  const words = useWords(presentationWords);
  const links = useRows("presentation_person"), all = useAllRows("person");
  if (!links || !all) return null;
  const listed = links.filter(({ presentation }) => presentation === sheet.id);
  const isListed = ({ id }: Row) => listed.some(({ person }) => person === id);
  const known = all.filter((person) => person.organisation === municipality.id && !isListed(person));
  const add = async (name: string, chosen: Row | undefined) => {
    const person = chosen ?? (await api.add({ table: "person", space: sheet.space, fields: { organisation: municipality.id, name, relation: "internal" } })).row;
    store.show(person);
    store.show((await api.add({ table: "presentation_person", space: sheet.space, fields: { presentation: sheet.id, person: person.id } })).row);
  };
  return (
    <>
      <ul>{listed.map((link) => <Person key={link.id} link={link} person={all.find(({ id }) => id === link.person)} />)}</ul>
      {mayWrite("presentation_person", sheet.space) && <AddByName id="new-person" label={words.addPerson} button={words.add} known={known} add={add} />}
    </>
  );
}

function Person({ link, person }: { link: Row; person: Row | undefined }) {
  const words = useWords(presentationWords);
  if (!person) return null;
  return (
    <li class="presented" data-row={person.id}>
      <PersonFields person={person} />
      <div class="row-tools">
        <Comments row={person} />
        {mayWrite("presentation_person", link.space) && <button class="icon quiet" title={words.takeOff} aria-label={`${words.takeOff} : ${titleOf(person)}`} onClick={() => void remove(link)}>×</button>}
      </div>
    </li>
  );
}

function PersonFields({ person }: { person: Row }) {
  const form = useRowForm(person);
  return <>{["name", "function", "years_of_service", "relation"].map((column) => <Field key={column} form={form} column={column} />)}</>;
}

function Pictures({ sheet }: { sheet: Row }) {
  const words = useWords(presentationWords);
  const pictures = (useRows("presentation_image") ?? []).filter(({ presentation }) => presentation === sheet.id);
  return (
    <>
      <p class="hint">{words.picturesLead}</p>
      <Ordered rows={pictures} numbered render={(row) => <Picture key={row.id} row={row} />} />
      <AddRow table="presentation_image" space={sheet.space} preset={{ presentation: sheet.id, position: lastPosition(pictures) }} label={words.addPicture} />
    </>
  );
}

function Picture({ row }: { row: Row }) {
  return (
    <div>
      <Field form={useRowForm(row)} column="caption" hideLabel />
      <Media of={row} captioned={false} />
    </div>
  );
}
