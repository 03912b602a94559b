/** Pure: the files that entries come in with: which columns each kind has, and an example line of each. */
import type { EntryKind } from "@/api/contract";
import type { Language } from "@/i18n";

export const importedKinds = [
  "ENTRY_KIND_SKILL",
  "ENTRY_KIND_CERTIFICATE",
  "ENTRY_KIND_AWARD",
  "ENTRY_KIND_REVIEW",
  "ENTRY_KIND_POTENTIAL",
  "ENTRY_KIND_INDICATOR",
] as const satisfies readonly EntryKind[];
export type ImportedKind = (typeof importedKinds)[number];

interface Column {
  "zh-CN": string;
  en: string;
  example: { "zh-CN": string; en: string };
}

const same = (example: string) => ({ "zh-CN": example, en: example });
const number: Column = { "zh-CN": "工号", en: "Employee number", example: same("E0107") };
const evidence: Column = {
  "zh-CN": "证据",
  en: "Evidence",
  example: { "zh-CN": "见 2026 年一季度记录", en: "Records of the first quarter of 2026" },
};
const validTo: Column = { "zh-CN": "有效期至", en: "Valid to", example: same("2029-03-30") };
const seen = (zh: string, en: string): Column => ({ "zh-CN": zh, en, example: same("2026-03-31") });
const english = (example: string): Column => ({ "zh-CN": "英文名称", en: "English name", example: same(example) });

/** In the order of the file. The service takes the names of either language; a test holds them against its own. */
export const columnsOf: Record<ImportedKind, readonly Column[]> = {
  ENTRY_KIND_SKILL: [
    number,
    { "zh-CN": "技能", en: "Skill", example: { "zh-CN": "数据录入", en: "Data entry" } },
    { "zh-CN": "等级", en: "Level", example: same("3") },
    seen("评估日期", "Seen on"),
    evidence,
  ],
  ENTRY_KIND_CERTIFICATE: [
    number,
    { "zh-CN": "证书", en: "Certificate", example: { "zh-CN": "内审员证书", en: "Internal auditor" } },
    english("Internal auditor"),
    seen("取得日期", "Issued on"),
    validTo,
    evidence,
  ],
  ENTRY_KIND_AWARD: [
    number,
    { "zh-CN": "奖项", en: "Award", example: { "zh-CN": "操作能手", en: "Best operator" } },
    english("Best operator"),
    seen("获奖日期", "Awarded on"),
    evidence,
  ],
  ENTRY_KIND_REVIEW: [
    number,
    { "zh-CN": "考核周期", en: "Period", example: same("2025") },
    { "zh-CN": "得分", en: "Score", example: same("4.7") },
    { "zh-CN": "满分", en: "Out of", example: same("5") },
    seen("考核日期", "Reviewed on"),
    evidence,
  ],
  ENTRY_KIND_POTENTIAL: [
    number,
    { "zh-CN": "潜力类型", en: "Potential", example: { "zh-CN": "学习速度", en: "Learning" } },
    { "zh-CN": "评级", en: "Rating", example: same("3") },
    seen("评估日期", "Rated on"),
    evidence,
  ],
  ENTRY_KIND_INDICATOR: [
    number,
    { "zh-CN": "指标编码", en: "Indicator code", example: same("audit-error-rate") },
    { "zh-CN": "指标名称", en: "Indicator", example: { "zh-CN": "审核差错率", en: "Audit error rate" } },
    english("Audit error rate"),
    { "zh-CN": "数值", en: "Value", example: same("0.8") },
    { "zh-CN": "单位", en: "Unit", example: same("%") },
    seen("测量日期", "Measured on"),
    evidence,
  ],
};

/** A file to begin with: the column names and one example. The mark at the front tells spreadsheets that it is UTF-8. */
export function templateOf(kind: ImportedKind, language: Language): string {
  const columns = columnsOf[kind];
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells: readonly string[]) => cells.map(cell).join(",");
  return `\ufeff${line(columns.map((column) => column[language]))}\r\n${line(columns.map(({ example }) => example[language]))}\r\n`;
}
