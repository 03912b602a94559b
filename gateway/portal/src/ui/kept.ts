import { useState } from "react";

/** A preference of this browser: saved views, chosen columns. Holds no personal data. */
export function useKept<Value>(name: string, first: Value): [Value, (next: Value) => void] {
  const key = `mainstay.${name}`;
  const [value, setValue] = useState<Value>(() => {
    try {
      const text = localStorage.getItem(key);
      return text === null ? first : (JSON.parse(text) as Value);
    } catch {
      return first;
    }
  });
  return [
    value,
    (next) => {
      setValue(next);
      localStorage.setItem(key, JSON.stringify(next));
    },
  ];
}
