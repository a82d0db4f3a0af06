// What waits, what it will cost, what moved and when each space was last found identical; when it goes, and within which budget.
import { useEffect, useState } from "preact/hooks";
import type { Amount, Freshness, Status, TrafficDay } from "../api";
import { api, changes, complain, device, hearing, syncing } from "../app";
import { useCommon, useLive, useWords } from "../hooks";
import { Sheet } from "../shell/Sheet";
import { bytes, dayShort, francs, moment, number } from "../words";
import { syncWords } from "../words/pages/sync";
import { MediaWaiting } from "./MediaWaiting";
import { Near } from "./Near";
import { Quarantine } from "./Quarantine";
import { SyncSettings, useSettings } from "./SyncSettings";
import { TrafficChart } from "./TrafficChart";
import "./Sync.css";

const clock_tolerance_s = 120;

interface Known {
  status: Status;
  traffic: TrafficDay[];
  freshness: Freshness[];
}

function useKnown(): Known | null {
  const [known, setKnown] = useState<Known | null>(null);
  const changed = useLive(changes), event = useLive(syncing);
  const over = event?.state !== "running";
  useEffect(() => {
    let shown = true;
    Promise.all([api.status(), api.traffic(), api.freshness()]).then(([status, traffic, freshness]) => shown && setKnown({ status, traffic, freshness }), complain);
    return () => { shown = false; };
  }, [changed, over]);
  return known;
}

export function Sync() {
  const common = useCommon(), words = useWords(syncWords);
  const known = useKnown(), settings = useSettings();
  const isSample = useLive(device)?.sample === true;
  return (
    <Sheet title={common.nav.sync} lead={words.lead} wide>
      {isSample ? <p class="notice-inline">{words.sample}</p> : <Now />}
      {known && settings && (
        <>
          {!isSample && <Summary status={known.status} />}
          <Spaces status={known.status} syncs={!isSample} />
          {!isSample && <MediaWaiting />}
          <Quarantine />
          {!isSample && (
            <div class="sync-halves">
              <Others freshness={known.freshness} />
              <Used status={known.status} traffic={known.traffic} />
            </div>
          )}
          {!isSample && <Near near={known.status.near} settings={settings} />}
          {!isSample && <SyncSettings settings={settings} />}
          <p><a href="#/stick">{words.stick}</a></p>
          <p><a href="#/phones">{words.phones}</a></p>
        </>
      )}
    </Sheet>
  );
}

// The button, and what comes of it, told as bytes move. It waits until events come: what comes of an exchange is told once.
function Now() {
  const words = useWords(syncWords);
  const event = useLive(syncing), hears = useLive(hearing);
  const [asked, setAsked] = useState(false);
  const running = event?.state === "running";
  useEffect(() => { if (event || !hears) setAsked(false); }, [event, hears]);
  const go = () => {
    setAsked(true);
    api.sync().catch((error) => { setAsked(false); complain(error); });
  };
  return (
    <div class="sync-now">
      <button class="main" disabled={running || asked || !hears} onClick={go}>{words.now}</button>
      <div role="status">
        {running && <><progress aria-label={words.now} /><p>{words.running(bytes(event.up), bytes(event.down))}</p></>}
        {event?.state === "done" && <p>{words.done(event.rows_up, event.rows_down)} {event.francs !== null && words.cost(francs(event.francs)!)}</p>}
        {event?.state === "failed" && <p class="sync-failed">{words.failed} {event.error}</p>}
      </div>
    </div>
  );
}

function Summary({ status: { waiting, agent, clock_offset, given_up } }: { status: Status }) {
  const words = useWords(syncWords);
  const off = Math.round(Math.abs(clock_offset) / 60);
  return (
    <>
      <dl class="sync-facts">
        <div>
          <dt>{words.waiting}</dt>
          {waiting.rows === 0 ? <dd>{words.nothing}</dd> : (
            <dd><b>{words.rows(waiting.rows)}</b>, {words.about(bytes(waiting.bytes), francs(waiting.francs))}. {waiting.nights === null ? words.never : words.nights(waiting.nights)}</dd>
          )}
        </div>
        <div>
          <dt>{words.relay}</dt>
          <dd>{agent.last_complete === null ? words.relayUnknown : words.relaySince(moment(agent.last_complete))}</dd>
        </div>
        <div>
          <dt>{words.next}</dt>
          <dd>{agent.next !== null && <>{words.nextAt(moment(agent.next))}. </>}{words.reasons[agent.reason]}</dd>
        </div>
        {agent.last_error !== null && <div class="sync-failed"><dt>{words.trouble}</dt><dd>{agent.last_error}</dd></div>}
      </dl>
      {Math.abs(clock_offset) > clock_tolerance_s && <p class="notice-inline">{clock_offset < 0 ? words.clockAhead(off) : words.clockBehind(off)}</p>}
      {given_up.map((name) => <p class="notice-inline" key={name}>{words.givenUp(name)}</p>)}
    </>
  );
}

function Spaces({ status, syncs }: { status: Status; syncs: boolean }) {
  const common = useCommon(), words = useWords(syncWords);
  const kinds = common.space as unknown as Record<string, string>;
  return (
    <section>
      <h2>{words.spaces}</h2>
      <table class="stacks">
        <thead><tr><th>{words.space}</th><th>{words.here}</th>{syncs && <><th>{words.toSend}</th><th>{words.verified}</th></>}</tr></thead>
        <tbody>
          {status.spaces.map((each) => (
            <tr key={each.space}>
              <td><b>{each.name}</b> <span class="hint">{kinds[each.kind] ?? each.kind}{each.role === "reader" ? ` · ${common.space.readOnly}` : ""}</span></td>
              <td data-label={words.here}>{number(each.rows)}</td>
              {syncs && (
                <>
                  <td data-label={words.toSend}>{number(each.waiting)}</td>
                  <td data-label={words.verified}>{each.verified === null ? words.notVerified : moment(each.verified)}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

// How stale the part of each other device is, the latest first; a device of several spaces counts once.
function Others({ freshness }: { freshness: Freshness[] }) {
  const words = useWords(syncWords);
  const latest = new Map<number, Freshness>();
  for (const each of freshness) if ((latest.get(each.device)?.latest ?? 0) < each.latest) latest.set(each.device, each);
  const all = [...latest.values()].sort((a, b) => b.latest - a.latest);
  return (
    <section>
      <h2>{words.freshness}</h2>
      {all.length === 0 ? <p class="hint">{words.nobody}</p> : <ul class="sync-others">{all.map((each) => <li key={each.device}>{words.seenUntil(each.person ?? each.name, moment(each.latest))}</li>)}</ul>}
    </section>
  );
}

function Used({ status: { used }, traffic }: { status: Status; traffic: TrafficDay[] }) {
  const words = useWords(syncWords);
  return (
    <section>
      <h2>{words.used}</h2>
      <dl class="sync-used">
        <UsedIn title={words.today} amount={used.day} />
        <UsedIn title={words.night} amount={used.night} />
        <UsedIn title={words.month} amount={used.month} />
      </dl>
      <h3>{words.chart}</h3>
      {traffic.length === 0 ? <p class="hint">{words.noTraffic}</p> : (
        <TrafficChart days={traffic} label={words.chart} legend={{ up: words.sent, down: words.received, most: (count) => words.busiest(bytes(count)) }}
          tell={(day, up, down, cost) => words.chartDay(dayShort(day), bytes(up), bytes(down), cost === null ? "" : `, ${francs(cost)} FCFA`)} />
      )}
    </section>
  );
}

function UsedIn({ title, amount }: { title: string; amount: Amount }) {
  const words = useWords(syncWords);
  const cost = francs(amount.francs);
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {bytes(amount.bytes)}{amount.limit_bytes !== null && ` ${words.of(bytes(amount.limit_bytes))}`}
        {cost !== null && `, ${cost} FCFA`}{cost !== null && amount.limit_francs !== null && ` ${words.of(`${number(amount.limit_francs)} FCFA`)}`}
      </dd>
    </div>
  );
}
