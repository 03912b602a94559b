import { useTranslation } from "react-i18next";
import type { PostHeld } from "@/api/contract";
import { listUnits } from "@/api/methods";
import { useRead } from "@/api/queries";
import { DataTable } from "@/ui/DataTable";
import { daysBetween, sayMonths, today } from "@/ui/days";
import { named } from "@/ui/naming";
import { Day } from "@/ui/When";
import { Panel } from "./Panel";

/** Which posts somebody held here, for how long. */
export function PostsHeld({ posts }: { posts: readonly PostHeld[] }) {
  const { t } = useTranslation();
  const units = useRead(listUnits, posts.length > 0 ? {} : null, { staleTime: 60_000 });
  const unitName = (unitId: string | undefined) => {
    const unit = units.data?.units?.find((one) => one.unitId === unitId);
    return unit ? named(unit.name, unit.nameEn) : "";
  };
  const months = ({ startsOn = today(), endsOn }: PostHeld) =>
    Math.max(0, Math.floor((daysBetween(startsOn, endsOn || today()) + 1) / 30.4));
  return (
    <Panel title={t("growth.posts")} note={t("growth.postsNote")} testid="posts-held">
      {posts.length === 0 ? (
        <p className="quiet">{t("growth.postsNone")}</p>
      ) : (
        <DataTable
          label={t("growth.posts")}
          rows={posts}
          keyOf={({ postId = "", startsOn = "" }) => `${postId}/${startsOn}`}
          columns={[
            { key: "post", title: t("growth.post"), cell: (post) => named(post.title, post.titleEn) },
            { key: "unit", title: t("growth.unit"), from: "tablet", cell: ({ unitId }) => unitName(unitId) || "—" },
            { key: "from", title: t("growth.from"), number: true, cell: ({ startsOn }) => <Day on={startsOn} exact /> },
            {
              key: "to",
              title: t("growth.to"),
              number: true,
              from: "tablet",
              cell: ({ endsOn }) => (endsOn ? <Day on={endsOn} exact /> : t("growth.present")),
            },
            {
              key: "long",
              title: t("growth.howLong"),
              number: true,
              cell: (post) => sayMonths(months(post)),
            },
          ]}
        />
      )}
    </Panel>
  );
}
