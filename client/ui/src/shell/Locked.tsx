// Why this browser is not let in: its key is gone, or it is a phone that is not paired.
import { useCommon } from "../hooks";

const isPhone = !["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

export function Locked() {
  const words = useCommon();
  return isPhone ? <>{words.unpaired} <a href="/pair">{words.pair}</a></> : <>{words.locked}</>;
}
