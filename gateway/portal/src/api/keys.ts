/** A key under which a command may be repeated safely. Works without `crypto.randomUUID`, which plain HTTP hosts lack. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
