import { useTranslation } from "react-i18next";
import type { Import } from "@/api/contract";
import { Facts } from "@/ui/facts";
import { sayNumber } from "@/ui/numbers";

/** What the rows did, or would do. */
export function Counts({ one }: { one: Import }) {
  const { t } = useTranslation();
  const names = ["rows", "rowsNew", "rowsChanged", "rowsSame", "unitsNew", "postsNew"] as const;
  const shown = names.filter((name) => name === "rows" || name.startsWith("rows") || (one[name] ?? 0) > 0);
  return (
    <Facts
      facts={shown.map((name) => ({
        name: t(`imports.${name}`),
        value: (
          <strong className="number" data-testid={`count-${name}`}>
            {sayNumber(one[name] ?? 0)}
          </strong>
        ),
      }))}
    />
  );
}
