import type { Reason as EmployeesReason } from "@contract/mainstay/employees/v1/errors_pb";
import type { Reason as IdentityReason } from "@contract/mainstay/identity/v1/errors_pb";
import type { Reason as TalentReason } from "@contract/mainstay/talent/v1/errors_pb";
import type { Reason as SharedReason } from "@contract/mainstay/contract/v1/errors_pb";

/** Names of the contract's reasons, and one of our own for a call that never reached the front door. */
export type ReasonName =
  | keyof typeof SharedReason
  | keyof typeof EmployeesReason
  | keyof typeof IdentityReason
  | keyof typeof TalentReason
  | "UNREACHABLE";

/** RFC 9457 as the front door sends it. */
interface ProblemBody {
  title?: string;
  status?: number;
  detail?: string;
  reason?: ReasonName;
  requestId?: string;
  metadata?: Record<string, string>;
  fields?: { field: string; message: string }[];
  retryAfterSeconds?: number;
}

/** Why a call failed, in the caller's language and with what is needed to act on it. */
export class Problem extends Error {
  readonly status: number;
  readonly reason: ReasonName | undefined;
  readonly requestId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly fields: readonly { field: string; message: string }[];
  readonly retryAfterSeconds: number | undefined;
  /** The right the method asks for, named by the answer or else by the contract. */
  readonly permission: string;
  /** Whose data was asked for, when a single person's. */
  readonly employeeId: string | undefined;

  constructor(status: number, body: ProblemBody, permission = "", employeeId?: string) {
    super(body.detail || body.title || "");
    this.name = "Problem";
    this.status = status;
    this.reason = body.reason;
    this.requestId = body.requestId ?? "";
    this.metadata = body.metadata ?? {};
    this.fields = body.fields ?? [];
    this.retryAfterSeconds = body.retryAfterSeconds;
    this.permission = this.metadata.permission || permission;
    this.employeeId = employeeId;
  }

  /** The caller lacks the right: there is something to explain and to ask for. */
  get forbidden(): boolean {
    return (
      this.reason === "PERMISSION_MISSING" || this.reason === "OUT_OF_SCOPE" || this.reason === "PERMISSION_REVOKED"
    );
  }

  get signedOut(): boolean {
    return this.status === 401;
  }

  get missing(): boolean {
    return this.status === 404;
  }

  is(reason: ReasonName): boolean {
    return this.reason === reason;
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, { detail: error instanceof Error ? error.message : String(error), reason: "UNREACHABLE" });
}

export async function readProblem(answer: Response, permission: string, employeeId?: string): Promise<Problem> {
  let body: ProblemBody = {};
  try {
    body = (await answer.json()) as ProblemBody;
  } catch {
    // Not JSON: a proxy answered. The status and the id in the header are all there is.
  }
  const requestId = body.requestId ?? answer.headers.get("x-request-id") ?? "";
  return new Problem(answer.status, { ...body, requestId }, permission, employeeId);
}
