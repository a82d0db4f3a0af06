// Finds by words, in everything that this device holds; answers while one types.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Hit } from "../api";
import { api, complain, device } from "../app";
import { columnLabel } from "../cells";
import { useCommon, useLive, useWords } from "../hooks";
import { asked, go } from "../router";
import { Sheet } from "../shell/Sheet";
import { schema } from "../app";
import { language } from "../words";
import { searchWords } from "../words/pages/search";
import "./Search.css";

const pause_ms = 120, page = 30;

interface Found {
  for: string;
  hits: Hit[];
  more: boolean;
}

// The hits of the latest wish; an answer that comes after a later one is dropped.
function useHits(wish: string, space: number, limit: number): Found | null {
  const [found, setFound] = useState<Found | null>(null);
  const latest = useRef(0);
  useEffect(() => {
    const number = ++latest.current;
    if (wish === "") return setFound(null);
    const timer = setTimeout(() => {
      api.search(wish, { limit, ...(space ? { space } : {}) }).then(
        ({ hits, more }) => { if (number === latest.current) setFound({ for: wish, hits, more }); }, complain);
    }, pause_ms);
    return () => clearTimeout(timer);
  }, [wish, space, limit]);
  return found;
}

export function Search() {
  const common = useCommon(), words = useWords(searchWords);
  const spaces = useLive(device)?.spaces ?? [];
  const [typed, setTyped] = useState(asked("q") ?? "");
  const [space, setSpace] = useState(0);
  const [limit, setLimit] = useState(page);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const wish = typed.trim();
  const found = useHits(wish, space, limit);
  const type = (text: string) => {
    setTyped(text);
    setLimit(page);
    go(text.trim() ? `search?q=${encodeURIComponent(text.trim())}` : "search", true);
  };
  return (
    <Sheet title={common.nav.search}>
      <form role="search" class="search" onSubmit={(event) => event.preventDefault()}>
        <label class="field-label" for="search">{words.label}</label>
        <input id="search" ref={field} type="search" value={typed} placeholder={words.placeholder} autocomplete="off" aria-describedby="search-hint" onInput={(event) => type(event.currentTarget.value)} />
        <p class="hint" id="search-hint">{words.hint}</p>
        {spaces.length > 1 && (
          <label class="search-where"><span class="unseen">{words.where}</span>
            <select value={space} onChange={(event) => setSpace(Number(event.currentTarget.value))}>
              <option value={0}>{words.everywhere}</option>
              {spaces.map((each) => <option key={each.space} value={each.space}>{each.name}</option>)}
            </select>
          </label>
        )}
      </form>
      <div role="status" class="hint">{found && (found.hits.length === 0 ? words.none(found.for) : words.found(found.hits.length, found.more))}</div>
      <ol class="hits">{found?.hits.map((hit) => <HitCard key={`${hit.id} ${hit.column}`} hit={hit} spaces={spaces.length > 1} />)}</ol>
      {found?.more && <button onClick={() => setLimit(limit + page)}>{words.more}</button>}
    </Sheet>
  );
}

function HitCard({ hit, spaces }: { hit: Hit; spaces: boolean }) {
  const speaks = useLive(language);
  const name = useLive(device)?.spaces?.find((each) => each.space === hit.space)?.name;
  return (
    <li class="hit">
      <a href={`#/row/${hit.id}`}>{hit.title || schema.table(hit.table).label[speaks]}</a>
      <p class="hint">{schema.table(hit.table).label[speaks]}{schema.find(hit.table, hit.column) ? ` · ${columnLabel(hit.table, hit.column)}` : ""}{spaces && name ? ` · ${name}` : ""}</p>
      <p class="snippet">{hit.snippet.map(([text, isFound], index) => (isFound ? <mark key={index}>{text}</mark> : text))}</p>
    </li>
  );
}
