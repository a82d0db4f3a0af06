// Lets a phone of the same local network open these pages: an address as a code to scan, and a PIN.
import { useEffect, useState } from "preact/hooks";
import { api, changes, complain, device } from "../app";
import { useLive, useWords } from "../hooks";
import { Sheet } from "../shell/Sheet";
import { moment } from "../words";
import { phonesWords } from "../words/pages/phones";
import "./Phones.css";

type Door = Awaited<ReturnType<typeof api.pair>>;
type Paired = Awaited<ReturnType<typeof api.pairing>>;

export function Phones() {
  const words = useWords(phonesWords);
  const isPhone = useLive(device)?.paired === true;
  return <Sheet title={words.title} lead={words.lead}>{isPhone ? <p>{words.phoneItself}</p> : <Pairing />}</Sheet>;
}

function Pairing() {
  const words = useWords(phonesWords);
  const changed = useLive(changes);
  const [door, setDoor] = useState<Door | null>(null);
  const [paired, setPaired] = useState<Paired | null>(null);
  const read = () => void api.pairing().then(setPaired, complain);
  useEffect(read, [changed]);
  const set = async (on: boolean) => {
    try {
      const opened = await api.pair(on);
      setDoor(on ? opened : null);
      read();
    } catch (error) {
      complain(error);
    }
  };
  const phones = paired?.phones ?? [];
  return (
    <>
      {door ? <Open door={door} /> : <p><button type="button" class="main" onClick={() => void set(true)}>{words.open}</button></p>}
      <p class="hint">{words.warning}</p>
      <h2>{words.phones}</h2>
      {phones.length === 0 ? <p class="hint">{words.none}</p> : (
        <ul class="parts">{phones.map(({ name, since, last_seen }) => <li key={`${name} ${since}`}><b>{name}</b> <span class="hint">{words.seen(moment(last_seen))}</span></li>)}</ul>
      )}
      {(door || paired?.on || phones.length > 0) && <p><button type="button" onClick={() => void set(false)}>{words.shut}</button></p>}
    </>
  );
}

function Open({ door: { address, pin, qr, expires } }: { door: Door }) {
  const words = useWords(phonesWords);
  return (
    <div class="door">
      <div class="door-code" dangerouslySetInnerHTML={{ __html: qr }} />
      <div>
        <p>{words.how}</p>
        <dl>
          <dt>{words.address}</dt><dd class="door-big">{address}</dd>
          <dt>{words.pin}</dt><dd class="door-big">{pin}</dd>
        </dl>
        <p class="hint">{words.until(moment(expires))}</p>
      </div>
    </div>
  );
}
