import { addressOf } from "./address";
import type { Method } from "./methods";
import { Problem, readProblem } from "./problem";

let language = "zh-CN";

/** Server messages come back in this language from the next call on. */
export function speak(next: string): void {
  language = next;
}

/** Shows the front door that a call comes from the portal itself and not from another site's page. */
const ours = { "X-Mainstay": "portal" };

async function reach(url: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, { reason: "UNREACHABLE" });
  }
}

export async function call<Request extends object, Answer>(
  method: Method<Request, Answer>,
  request: Request,
  signal?: AbortSignal,
): Promise<Answer> {
  const { url, body } = addressOf(method.verb, method.path, request);
  const answer = await reach(url, {
    method: method.verb,
    headers: {
      Accept: "application/json",
      "Accept-Language": language,
      ...(method.verb === "GET" ? {} : { ...ours, "Content-Type": "application/json" }),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
  });
  if (!answer.ok) throw await readProblem(answer, method.permission, (request as { employeeId?: string }).employeeId);
  return (await answer.json()) as Answer;
}

/** What the front door says of the sign-in. Not in the protos: the cookie is the gateway's own. */
export interface Session {
  accountId: string;
  username: string;
  employeeId: string;
  signedInAt: string;
  idleExpiresAt: string;
  absoluteExpiresAt: string;
}

export async function readSession(): Promise<Session | null> {
  const answer = await reach("/auth/session", { headers: { Accept: "application/json", "Accept-Language": language } });
  if (answer.status === 401) return null;
  if (!answer.ok) throw await readProblem(answer, "");
  return (await answer.json()) as Session;
}

/** Full navigations: the issuer's page cannot be fetched. */
export function signIn(returnTo: string): void {
  window.location.assign(`/auth/sign-in?return_to=${encodeURIComponent(returnTo)}&language=${language}`);
}

export function stepUp(returnTo: string): void {
  window.location.assign(`/auth/step-up?return_to=${encodeURIComponent(returnTo)}&language=${language}`);
}

export async function signOut(): Promise<void> {
  const answer = await reach("/auth/sign-out", { method: "POST", headers: { ...ours, "Accept-Language": language } });
  const { redirectTo } = answer.ok ? ((await answer.json()) as { redirectTo?: string }) : {};
  window.location.assign(redirectTo || "/");
}
