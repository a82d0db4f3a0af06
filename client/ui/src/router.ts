// Where the page is: the part of the address behind #. A pattern such as "today/:day?" names its parts.
import { Live } from "./live";

const here = () => decodeURI(globalThis.location?.hash.replace(/^#\/?/, "") ?? "");
export const route = new Live(here());
globalThis.addEventListener?.("hashchange", () => { route.now = here(); });

export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/"), given = (path.split("?")[0] ?? "").split("/");
  if (given.length > wanted.length) return null;
  const parts: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (!part.startsWith(":")) {
      if (part !== value) return null;
      continue;
    }
    const optional = part.endsWith("?");
    if (value === "" && !optional) return null;
    if (value !== "") parts[part.slice(1, optional ? -1 : undefined)] = value;
  }
  return parts;
}

// What stands behind ? in the address.
export function asked(name: string): string | null {
  return new URLSearchParams(route.now.split("?")[1] ?? "").get(name);
}

export function go(path: string, instead = false): void {
  const address = `#/${path}`;
  if (instead) {
    history.replaceState(null, "", address);
    route.now = here();
  } else location.hash = address;
}
