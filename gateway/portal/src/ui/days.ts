/** Days and moments as people say them. A day is "2026-03-31" and belongs to no time zone; a moment is RFC 3339. */
import i18next from "i18next";
import { currentLanguage } from "@/i18n";

const DAY_MS = 86_400_000;

export function dayOf(moment: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

export function today(): string {
  return dayOf(new Date());
}

export function isDay(text: string | null | undefined): text is string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") && !Number.isNaN(Date.parse(text ?? ""));
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The later of two days; an unknown one does not count. */
export function later(day: string, other: string | undefined): string {
  return other && other > day ? other : day;
}

/** On which side of what is allowed a day lies; an unset bound allows everything. */
export function outside(
  day: string | undefined,
  min: string | undefined,
  max: string | undefined,
): "early" | "late" | undefined {
  if (day && min && day < min) return "early";
  return day && max && day > max ? "late" : undefined;
}

/** Whole days from one day to another, negative when it lies before. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(currentLanguage(), options);
}

/** "3 天后", "昨天": days near today in words, others as they are written. */
export function sayDay(day: string, now = today()): string {
  const away = daysBetween(now, day);
  if (Math.abs(away) > 14) return day;
  return new Intl.RelativeTimeFormat(currentLanguage(), { numeric: "auto" }).format(away, "day");
}

export function fullDay(day: string): string {
  return format({ dateStyle: "full", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}

/** "2026年12月31日": a day far from today, in a sentence. */
export function longDay(day: string): string {
  return format({ dateStyle: "long", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}

/** "今天 14:05", "昨天 09:30", "2026-03-31". */
export function sayMoment(moment: string, now = new Date()): string {
  const at = new Date(moment);
  const away = daysBetween(dayOf(now), dayOf(at));
  if (Math.abs(away) > 1) return dayOf(at);
  const word = new Intl.RelativeTimeFormat(currentLanguage(), { numeric: "auto" }).format(away, "day");
  return `${word} ${format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at)}`;
}

export function fullMoment(moment: string): string {
  return format({ dateStyle: "full", timeStyle: "long" }).format(new Date(moment));
}

/** "2 分钟前" for what just happened, the moment otherwise. */
export function sayAgo(moment: string, now = new Date()): string {
  const minutes = Math.round((now.getTime() - Date.parse(moment)) / 60_000);
  if (minutes < 0 || minutes >= 60) return sayMoment(moment, now);
  if (minutes === 0) return i18next.t("ui.justNow");
  return new Intl.RelativeTimeFormat(currentLanguage(), { numeric: "auto" }).format(-minutes, "minute");
}

interface Part {
  unit: string;
  amount: number;
}

/** The largest of the parts that are not nothing, else the last. */
function sayParts(parts: readonly Part[]): string {
  const shown = parts.filter(({ amount }) => amount > 0).slice(0, 2);
  return (shown.length > 0 ? shown : parts.slice(-1))
    .map(({ unit, amount }) =>
      new Intl.NumberFormat(currentLanguage(), { style: "unit", unit, unitDisplay: "short" }).format(amount),
    )
    .join(" ");
}

/** "1 小时 5 分": how long something takes, in its two largest parts. */
export function sayDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return sayParts([
    { unit: "hour", amount: Math.floor(whole / 3600) },
    { unit: "minute", amount: Math.floor((whole % 3600) / 60) },
    { unit: "second", amount: whole % 60 },
  ]);
}

/** "13年 8个月": how long somebody held something, in years and whole months. */
export function sayMonths(months: number): string {
  return sayParts([
    { unit: "year", amount: Math.floor(months / 12) },
    { unit: "month", amount: months % 12 },
  ]);
}
