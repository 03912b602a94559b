import type { Verb } from "./methods";

type Values = Record<string, unknown>;

export interface Address {
  url: string;
  body: Values | undefined;
}

/**
 * Puts a request where the route wants it: named parts into the path, the rest into the query of a GET or the body of
 * anything else. Empty values are left out of queries, as proto3 JSON leaves out defaults.
 */
export function addressOf(verb: Verb, path: string, request: object): Address {
  const rest: Values = { ...request };
  const url = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = rest[name];
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- what went into the path must not come twice
    delete rest[name];
    return encodeURIComponent(typeof value === "string" ? value : "");
  });
  if (verb !== "GET") return { url, body: rest };
  const query = queryOf(rest);
  return { url: query ? `${url}?${query}` : url, body: undefined };
}

function queryOf(values: Values): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one === undefined || one === null || one === "" || one === false || one === 0) continue;
      if (typeof one === "string" || typeof one === "number" || typeof one === "boolean")
        query.append(name, String(one));
    }
  }
  return query.toString();
}
