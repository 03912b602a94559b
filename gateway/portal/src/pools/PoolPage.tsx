import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import type { Pool } from "@/api/contract";
import { useRights } from "@/api/me";
import { getPost } from "@/api/methods";
import { getPool } from "@/api/matching";
import { usePages, useRead } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { Status } from "@/ui/chips";
import { Facts } from "@/ui/facts";
import { lazily } from "@/ui/lazily";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { Shown } from "@/ui/Shown";
import { BonesPage } from "@/ui/states";
import { Members, type MembersProps } from "./Members";
import { RuleText } from "./RuleText";

const PoolCommands = lazily(() => import("./PoolCommands"));

const PAGE = 100;

/** Who is in this pool, why, and whom to look at next. */
export default function PoolPage() {
  const { t } = useTranslation();
  const { poolId = "" } = useParams();
  const query = usePages(getPool, { poolId, pageSize: PAGE });
  const pool = query.data?.pages[0];
  return (
    <Page
      title={pool ? named(pool.name, pool.nameEn) : t("pools.one")}
      trail={[{ to: "/pools", name: t("pools.title") }]}
      actions={pool ? <PoolActions pool={pool} /> : null}
    >
      <Shown query={query} bones={<BonesPage />}>
        {({ pages: [first = {}, ...others] }) => (
          <PoolBody
            pool={{ ...first, members: [first, ...others].flatMap(({ members = [] }) => members) }}
            more={{
              has: query.hasNextPage,
              loading: query.isFetchingNextPage,
              load: () => void query.fetchNextPage(),
            }}
          />
        )}
      </Shown>
    </Page>
  );
}

function PoolActions({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const address = useAddress();
  const rights = useRights();
  const open = !pool.closed;
  return (
    <>
      <Button onClick={() => address.set({ do: "history" })} data-testid="pool-history">
        {t("pools.history")}
      </Button>
      {open && rights.overAll("talent.pool.manage") ? (
        <>
          <Button onClick={() => address.set({ do: "close" })}>{t("pools.do.close")}</Button>
          <Button onClick={() => address.set({ do: "change" })} data-testid="change-pool">
            {t("pools.do.change")}
          </Button>
        </>
      ) : null}
      {open && rights.overOthers("talent.pool.place") ? (
        <Button type="primary" onClick={() => address.set({ do: "add" })} data-testid="add-member">
          {t("pools.do.add")}
        </Button>
      ) : null}
    </>
  );
}

function PoolBody({ pool, more }: MembersProps) {
  const { t } = useTranslation();
  const address = useAddress();
  const { size = 0, due = 0, reviewMonths = 0 } = pool;
  return (
    <div className="stack">
      <section className="panel">
        <Facts
          facts={[
            { name: t("pools.kindTitle"), value: t(`pools.kind.${pool.kind ?? "POOL_KIND_UNSPECIFIED"}`) },
            { name: t("pools.who"), value: <RuleText rule={pool.rule} /> },
            ...(pool.postId ? [{ name: t("pools.post"), value: <PostName postId={pool.postId} /> }] : []),
            {
              name: t("pools.reviewMonths"),
              value: reviewMonths > 0 ? t("pools.everyMonths", { count: reviewMonths }) : t("pools.neverReviewed"),
            },
            {
              name: t("pools.members"),
              value: (
                <span className="row">
                  <span className="number">{t("pools.size", { count: size })}</span>
                  {due > 0 ? <Status tone="attention">{t("pools.due", { count: due })}</Status> : null}
                  {pool.closed ? <Status tone="hollow">{t("pools.closed")}</Status> : null}
                </span>
              ),
            },
          ]}
        />
      </section>
      <Members pool={pool} more={more} />
      {address.get("do") ? <PoolCommands pool={pool} /> : null}
    </div>
  );
}

function PostName({ postId }: { postId: string }) {
  const post = useRead(getPost, { postId }, { staleTime: 60_000 }).data;
  return <Link to={`/job-profiles/${postId}`}>{post ? named(post.title, post.titleEn) : "…"}</Link>;
}
