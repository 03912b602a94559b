import { call } from "@/api/client";
import type { ImportProblem } from "@/api/contract";
import { listImportProblems } from "@/api/methods";

/** All problems of the last run; the server keeps at most a thousand. */
export async function allProblems(importId: string): Promise<ImportProblem[]> {
  const found: ImportProblem[] = [];
  let pageToken = "";
  do {
    const page = await call(listImportProblems, { importId, pageSize: 500, pageToken });
    found.push(...(page.problems ?? []));
    pageToken = page.nextPageToken ?? "";
  } while (pageToken);
  return found;
}

/** A cell that a spreadsheet would run as a formula is made a text. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

export function csvOf(headings: readonly string[], lines: readonly (readonly string[])[]): string {
  // The mark at the front tells spreadsheets that the text is UTF-8.
  return "\ufeff" + [headings, ...lines].map((line) => line.map(cell).join(",")).join("\r\n");
}

export function problemLines(problems: readonly ImportProblem[]): string[][] {
  return problems.map(({ row = 0, column = "", value = "", problem = "", fix = "" }) => [
    String(row),
    column,
    value,
    problem,
    fix,
  ]);
}

export function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
