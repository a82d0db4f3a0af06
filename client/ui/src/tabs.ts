// Which other tabs of this browser are open: each answers to the others by its name. Works on phones too, whose pages have no locks.
const answer_within_ms = 250;

export function tabsAlive(tab: string): () => Promise<Set<string>> {
  if (typeof BroadcastChannel === "undefined") return async () => new Set();
  const channel = new BroadcastChannel("carnet-tabs");
  const heard = new Set<string>();
  channel.onmessage = ({ data }: MessageEvent<{ who?: true; here?: string }>) => {
    if (data.who) channel.postMessage({ here: tab });
    else if (data.here) heard.add(data.here);
  };
  return async () => {
    channel.postMessage({ who: true });
    await new Promise((resume) => setTimeout(resume, answer_within_ms));
    return heard;
  };
}
