// What is around every page: navigation, the space, the state of what was typed, and the words when the server is away.
import type { ComponentChildren } from "preact";
import { useErrorBoundary, useLayoutEffect, useRef } from "preact/hooks";
import { api, autosave, complain, conflicts, contact, device, goToSpace, space } from "../app";
import { useCommon, useLive } from "../hooks";
import { Live } from "../live";
import { pages } from "../pages";
import { QuickNote } from "../pages/QuickNote";
import { match, route } from "../router";
import { Toasts } from "../toasts";
import { DropZone } from "./DropZone";
import { Icon, type Sign } from "./icons";
import { Locked } from "./Locked";
import { Sheet } from "./Sheet";

export function Shell() {
  const path = useLive(route);
  const words = useCommon();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const place = path.split("?")[0];
  useLayoutEffect(() => {
    if (first.current) { first.current = false; return; }
    scrollTo(0, 0);
    main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }, [place]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{words.nav.skip}</a>
      <div class="frame">
        <Bar />
        <Navigation path={path} />
        <main id="main" ref={main} tabIndex={-1}>
          <Notices />
          <Fence key={place}><Page path={path} /></Fence>
        </main>
      </div>
      <Fence quiet><QuickNote /></Fence>
      <Toasts />
      <DropZone />
    </>
  );
}

// A page that fails does not take the others with it, nor what was typed.
function Fence({ children, quiet }: { children: ComponentChildren; quiet?: boolean }) {
  const words = useCommon();
  const [error] = useErrorBoundary((fault) => console.error(fault));
  if (!error) return <>{children}</>;
  if (quiet) return null;
  return (
    <Sheet title={words.broken}>
      <p>{words.brokenLead}</p>
      <button class="main" onClick={() => location.reload()}>{words.again}</button>
    </Sheet>
  );
}

function Page({ path }: { path: string }) {
  const words = useCommon();
  for (const { path: pattern, view: View } of pages) {
    const params = match(pattern, path);
    if (params) return <View key={pattern} params={params} />;
  }
  return <Sheet title={words.notFound}><p><a href="#/">{words.nav.today}</a></p></Sheet>;
}

const phone = matchMedia("(max-width: 55.99rem)");
const isNarrow = new Live(phone.matches);
phone.addEventListener?.("change", () => { isNarrow.now = phone.matches; });

const entries: { to: string; sign: Sign; word: "today" | "tools" | "search" | "conflicts" | "sync" }[] = [
  { to: "today", sign: "today", word: "today" },
  { to: "tools", sign: "tools", word: "tools" },
  { to: "search", sign: "search", word: "search" },
  { to: "conflicts", sign: "conflicts", word: "conflicts" },
  { to: "sync", sign: "sync", word: "sync" },
];

function Navigation({ path }: { path: string }) {
  const words = useCommon();
  const waiting = useLive(conflicts), narrow = useLive(isNarrow);
  const here = path.split(/[/?]/)[0] || "today";
  return (
    <nav class="nav" aria-label={words.nav.main}>
      <p class="brand" aria-hidden="true">{words.app}</p>
      <ul>
        {entries.map(({ to, sign, word }) => (
          <li key={to}>
            <a href={`#/${to}`} aria-current={here === to ? "page" : undefined}>
              <Icon sign={sign} />
              <span class="nav-word">{word === "sync" && narrow ? words.nav.syncShort : words.nav[word]}</span>
              {word === "conflicts" && waiting > 0 && (
                <span class="count"><span aria-hidden="true">{waiting}</span><span class="unseen">{words.nav.conflictsWaiting(waiting)}</span></span>
              )}
            </a>
          </li>
        ))}
      </ul>
      <a class="nav-settings" href="#/settings" aria-current={here === "settings" ? "page" : undefined}>
        <Icon sign="settings" /><span class="nav-word">{words.nav.settings}</span>
      </a>
    </nav>
  );
}

function Bar() {
  const words = useCommon();
  return (
    <header class="bar">
      <SpaceChoice />
      <SaveState />
      <a class="bar-settings" href="#/settings" aria-label={words.nav.settings}><Icon sign="settings" /></a>
    </header>
  );
}

function SpaceChoice() {
  const words = useCommon();
  const here = useLive(space);
  const spaces = useLive(device)?.spaces ?? [];
  const current = spaces.find((each) => each.space === here);
  if (spaces.length <= 1) return <p class="space-name">{current?.name}</p>;
  return (
    <label class="space-choice">
      <span class="unseen">{words.space.label}</span>
      <select value={here} onChange={(event) => goToSpace(Number(event.currentTarget.value))}>
        {spaces.map((each) => <option key={each.space} value={each.space}>{each.name}</option>)}
      </select>
      {current?.role === "reader" && <span class="hint">{words.space.readOnly}</span>}
    </label>
  );
}

// Quiet: a word and a point. Nobody has to look at it, and screen readers say it only where something keeps words from being saved.
function SaveState() {
  const words = useCommon().save;
  const state = useLive(autosave.state);
  const hint = state === "local" ? words.localHint : state === "refused" ? words.refusedHint : undefined;
  return (
    <>
      <p class={`save-state ${state}`} title={hint}><i aria-hidden="true" />{words[state]}</p>
      <p class="unseen" role="status">{hint}</p>
    </>
  );
}

function Notices() {
  const words = useCommon();
  const known = useLive(device);
  const reached = useLive(contact);
  const leave = () => api.leaveSample().then(() => location.reload(), complain);
  return (
    <>
      {reached === "away" && <p class="notice" role="alert">{words.away}</p>}
      {reached === "locked" && <p class="notice" role="alert"><Locked /></p>}
      {known?.state === "damaged" && <p class="notice bad" role="alert">{words.damaged} {known.damage}</p>}
      {known?.sample && <p class="notice">{words.sample} <button class="quiet" onClick={leave}>{words.leaveSample}</button></p>}
    </>
  );
}
