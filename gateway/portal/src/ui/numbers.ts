import type { Money } from "@/api/contract";
import { currentLanguage } from "@/i18n";

export function sayNumber(value: number): string {
  return new Intl.NumberFormat(currentLanguage()).format(value);
}

export function sayPercent(share: number): string {
  return new Intl.NumberFormat(currentLanguage(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

export function sayBytes(bytes: number): string {
  const [amount, unit] = bytes < 1_048_576 ? [bytes / 1024, "kilobyte"] : [bytes / 1_048_576, "megabyte"];
  return new Intl.NumberFormat(currentLanguage(), { style: "unit", unit, maximumFractionDigits: 1 }).format(amount);
}

/**
 * An amount with its currency. The digits are grouped as text, never turned into a float; a masked amount stays masked.
 */
export function sayMoney({ amount = "", currency = "" }: Money): string {
  const digits = /^(-?)(\d+)(\.\d+)?$/.exec(amount);
  const shown = digits
    ? `${digits[1] ?? ""}${(digits[2] ?? "").replace(/\B(?=(\d{3})+$)/g, ",")}${digits[3] ?? ""}`
    : amount;
  return `${shown} ${currency}`.trim();
}

/** The front door masks with asterisks; whatever holds two in a row is not the real value. */
export function isMasked(value: string): boolean {
  return value.includes("**");
}
