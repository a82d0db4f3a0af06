// The local network: whether this device listens there and where others find it, whom it met, and calling another one by the address that it shows.
import type { NearStatus } from "../api";
import { api } from "../app";
import { useWords } from "../hooks";
import type { Settings } from "../settings";
import { Code } from "../shell/Code";
import { moment } from "../words";
import { syncWords } from "../words/pages/sync";
import { ByCode } from "./ByCode";
import { Radios } from "./SyncSettings";

export function Near({ near: { listens, qr, met, call }, settings }: { near: NearStatus; settings: Settings }) {
  const words = useWords(syncWords);
  return (
    <section>
      <h2>{words.nearby}</h2>
      <Radios name="near" label={words.near} value={settings.value("near") === "off" ? "off" : "on"} options={[["on", words.yes], ["off", words.no]]} set={settings.choose} />
      {listens && <Code svg={qr!}><p>{words.nearAt}</p><p class="door-big">{listens}</p></Code>}
      {listens === "" && <p class="hint">{words.nearNowhere}</p>}
      <ByCode id="call" label={words.call} button={words.callNow} placeholder="192.168.1.5:40123" use={api.call} />
      <div role="status" id="call-said">
        {call && (
          <>
            <p class={call.error ? "sync-failed" : undefined}>{words.called(call.address)} {call.error}</p>
            {call.state === "running" && <progress aria-label={words.callNow} />}
            {call.said.map((text) => <p key={text}>{text}</p>)}
          </>
        )}
      </div>
      {met.map(({ device, name, at, rows }) => <p class="hint" key={device}>{words.met(name || `${device}`, moment(at), rows)}</p>)}
    </section>
  );
}
