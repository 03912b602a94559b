/** Sends a file part by part, beside whatever page is open. A part that was received already is not sent again. */
import { useSyncExternalStore } from "react";
import { call } from "@/api/client";
import { uploadPart } from "@/api/methods";
import { problemOf, type Problem } from "@/api/problem";

export const PART_BYTES = 1_048_576;

export interface Upload {
  sent: number;
  size: number;
  startedAt: number;
  /** When this was so. */
  at: number;
  problem: Problem | null;
}

const uploads = new Map<string, Upload>();
const listeners = new Set<() => void>();

function put(importId: string, upload: Upload | undefined): void {
  if (upload) uploads.set(importId, upload);
  else uploads.delete(importId);
  for (const listener of listeners) listener();
}

export function useUpload(importId: string): Upload | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => uploads.get(importId),
  );
}

export function partsOf(size: number): number[] {
  return Array.from({ length: Math.max(1, Math.ceil(size / PART_BYTES)) }, (_, part) => part);
}

/** The bytes as JSON carries them. */
export function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === "string" ? reader.result.replace(/^data:[^,]*,/, "") : "");
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(blob);
  });
}

/** Seconds to wait before a lost part is tried again; after the last one a person is asked. */
const AGAIN_AFTER = [1, 3, 8];

async function sendPart(importId: string, part: number, blob: Blob): Promise<void> {
  const content = await base64(blob);
  for (let attempt = 0; ; attempt += 1) {
    try {
      await call(uploadPart, { importId, part, content });
      return;
    } catch (error) {
      const { status } = problemOf(error);
      const wait = AGAIN_AFTER[attempt];
      if (wait === undefined || (status !== 0 && status !== 429 && status < 500)) throw error;
      await new Promise((resolve) => window.setTimeout(resolve, wait * 1000));
    }
  }
}

export async function send(importId: string, file: File, received: readonly number[] = []): Promise<void> {
  const startedAt = Date.now();
  let sent = 0;
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  window.addEventListener("beforeunload", warn);
  try {
    for (const part of partsOf(file.size)) {
      const blob = file.slice(part * PART_BYTES, (part + 1) * PART_BYTES);
      put(importId, { sent, size: file.size, startedAt, at: Date.now(), problem: null });
      if (!received.includes(part)) await sendPart(importId, part, blob);
      sent += blob.size;
    }
    put(importId, undefined);
  } catch (error) {
    put(importId, { sent, size: file.size, startedAt, at: Date.now(), problem: problemOf(error) });
  } finally {
    window.removeEventListener("beforeunload", warn);
  }
}
