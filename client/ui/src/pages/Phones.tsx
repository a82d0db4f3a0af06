// Lets a phone of the same local network open these pages: an address as a code to scan, and a PIN.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, changes, complain, device } from "../app";
import { useLive, useWords } from "../hooks";
import { Code } from "../shell/Code";
import { Sheet } from "../shell/Sheet";
import { moment } from "../words";
import { phonesWords } from "../words/pages/phones";

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
  const [shut, setShut] = useState(false); // by itself: ten minutes are over, or somebody guessed at the PIN
  const opened = useRef(false);
  opened.current = door !== null;
  const read = () => {
    const wasOpen = opened.current; // when it was asked: an older answer shuts no newer door
    return api.pairing().then((now) => {
      setPaired(now);
      if (now.on || !wasOpen) return;
      setDoor(null);
      setShut(true);
    }, complain);
  };
  useEffect(() => void read(), [changed]);
  const set = async (on: boolean) => {
    try {
      const made = await api.pair(on);
      setDoor(on ? made : null);
      setShut(false);
      await read();
    } catch (error) {
      complain(error);
    }
  };
  const phones = paired?.phones ?? [];
  return (
    <>
      {shut && <p class="notice-inline" role="status">{words.shutItself}</p>}
      {door ? <Open door={door} /> : <p><button class="main" onClick={() => void set(true)}>{words.open}</button></p>}
      <p class="hint">{words.warning}</p>
      <h2>{words.phones}</h2>
      {phones.length === 0 ? <p class="hint">{words.none}</p> : (
        <ul class="parts">{phones.map(({ name, since, last_seen }) => <li key={`${name} ${since}`}><b>{name}</b> <span class="hint">{words.seen(moment(last_seen))}</span></li>)}</ul>
      )}
      {(door || paired?.on || phones.length > 0) && <p><button onClick={() => void set(false)}>{words.shut}</button></p>}
    </>
  );
}

function Open({ door: { address, pin, qr, expires } }: { door: Door }) {
  const words = useWords(phonesWords);
  return (
    <Code svg={qr}>
      <p>{words.how}</p>
      <dl>
        <dt>{words.address}</dt><dd class="door-big">{address}</dd>
        <dt>{words.pin}</dt><dd class="door-big">{pin}</dd>
      </dl>
      <p class="hint">{words.until(moment(expires))}</p>
    </Code>
  );
}
