import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Criticality, Post, Unit } from "@/api/contract";
import { listPosts } from "@/api/methods";
import { usePages } from "@/api/queries";
import { Status, type Tone } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { named } from "@/ui/naming";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { lazily } from "@/ui/lazily";

const ChangePostDialog = lazily(async () => ({ default: (await import("./PostDialogs")).ChangePostDialog }));
const ClosePostDialog = lazily(async () => ({ default: (await import("./PostDialogs")).ClosePostDialog }));
const OpenPostDialog = lazily(async () => ({ default: (await import("./PostDialogs")).OpenPostDialog }));

const tones: Record<Criticality, Tone> = {
  CRITICALITY_UNSPECIFIED: "hollow",
  CRITICALITY_LOW: "quiet",
  CRITICALITY_MEDIUM: "attention",
  CRITICALITY_HIGH: "danger",
};

type Open = { command: "open" } | { command: "change" | "close"; post: Post };

interface PostsPanelProps {
  unit: Unit;
  /** Names of all units, for posts of units below. */
  names: ReadonlyMap<string, string>;
  manages: boolean;
}

/** The posts of the unit and those below it, with how many places are filled. */
export function PostsPanel({ unit, names, manages }: PostsPanelProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>();
  const query = usePages(listPosts, { unitId: unit.unitId, pageSize: 100 });
  const add = manages ? (
    <Button size="small" onClick={() => setOpen({ command: "open" })} data-testid="post-open">
      {t("organization.openPost")}
    </Button>
  ) : null;
  return (
    <section aria-label={t("organization.posts")} className="stack" style={{ gap: 8 }}>
      <h2 className="row" style={{ fontSize: 14, justifyContent: "space-between" }}>
        {t("organization.posts")}
        {add}
      </h2>
      <Shown query={query} bones={<BonesTable rows={4} columns={3} />}>
        {({ pages }) => {
          const posts = pages.flatMap((page) => page.posts ?? []);
          if (posts.length === 0)
            return <Empty title={t("organization.noPosts")}>{t("organization.noPostsHelp")}</Empty>;
          return (
            <DataTable<Post>
              label={t("organization.posts")}
              testid="posts-table"
              rows={posts}
              keyOf={({ postId }) => postId ?? ""}
              more={{
                has: query.hasNextPage,
                loading: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
              columns={[
                {
                  key: "title",
                  title: t("organization.post"),
                  cell: ({ title, titleEn, code, postId, closedOn, unitId = "" }) => (
                    <>
                      <Link
                        to={`/people?unit=${unit.unitId ?? ""}&post=${postId ?? ""}`}
                        style={closedOn ? { textDecoration: "line-through" } : undefined}
                      >
                        {named(title, titleEn)}
                      </Link>
                      <div className="quiet" style={{ fontSize: 12 }}>
                        {unitId === unit.unitId ? code : `${code ?? ""} · ${names.get(unitId) ?? ""}`}
                      </div>
                    </>
                  ),
                },
                {
                  key: "level",
                  title: t("organization.level"),
                  number: true,
                  from: "desk",
                  cell: ({ level }) => level ?? "—",
                },
                {
                  key: "weight",
                  title: t("organization.criticality"),
                  from: "desk",
                  cell: ({ criticality = "CRITICALITY_UNSPECIFIED" }) => (
                    <Status tone={tones[criticality]}>{t(`organization.critical.${criticality}`)}</Status>
                  ),
                },
                {
                  key: "places",
                  title: t("organization.places"),
                  number: true,
                  cell: (post) => <Places post={post} />,
                },
                {
                  key: "do",
                  title: "",
                  cell: (post) =>
                    manages && !post.closedOn ? (
                      <span className="row" style={{ gap: 0 }}>
                        <Button size="small" type="text" onClick={() => setOpen({ command: "change", post })}>
                          {t("organization.change")}
                        </Button>
                        <Button size="small" type="text" danger onClick={() => setOpen({ command: "close", post })}>
                          {t("organization.close")}
                        </Button>
                      </span>
                    ) : null,
                },
              ]}
            />
          );
        }}
      </Shown>
      {open?.command === "open" ? <OpenPostDialog unit={unit} onClose={() => setOpen(undefined)} /> : null}
      {open?.command === "change" ? <ChangePostDialog post={open.post} onClose={() => setOpen(undefined)} /> : null}
      {open?.command === "close" ? <ClosePostDialog post={open.post} onClose={() => setOpen(undefined)} /> : null}
    </section>
  );
}

function Places({ post: { filled = 0, headcount = 0 } }: { post: Post }) {
  const { t } = useTranslation();
  const free = headcount - filled;
  return (
    <span title={free > 0 ? t("organization.freePlaces", { count: free }) : t("organization.full")}>
      {filled} / {headcount}
    </span>
  );
}
