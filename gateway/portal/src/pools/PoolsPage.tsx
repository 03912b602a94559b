import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Pool } from "@/api/contract";
import { useRights } from "@/api/me";
import { listPools } from "@/api/matching";
import { useRead } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { Chip, Status } from "@/ui/chips";
import { lazily } from "@/ui/lazily";
import { named } from "@/ui/naming";
import { sayNumber } from "@/ui/numbers";
import { Page } from "@/ui/Page";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import styles from "./Pools.module.css";
import { byKind } from "./rules";
import { RuleText } from "./RuleText";

const PoolDialog = lazily(async () => ({ default: (await import("./PoolDialog")).OpenPoolDialog }));

/** Which groups of people are kept in view, how large they are, and where a look is due. */
export default function PoolsPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const closedToo = address.get("closed") === "1";
  const manages = useRights().overAll("talent.pool.manage");
  const query = useRead(listPools, { closedToo });
  const open = manages ? (
    <Button type="primary" onClick={() => address.set({ do: "open" })} data-testid="open-pool">
      {t("pools.do.open")}
    </Button>
  ) : null;
  return (
    <Page title={t("pools.title")} about={t("pools.about")} actions={open}>
      <section aria-label={t("ui.filters")} className="row no-print">
        <Chip on={closedToo} onToggle={() => address.set({ closed: closedToo ? "" : "1" })}>
          {t("pools.closedToo")}
        </Chip>
      </section>
      <Shown query={query} bones={<BonesTable rows={4} columns={4} />}>
        {({ pools = [] }) =>
          pools.length === 0 ? (
            <Empty title={t("pools.none")} action={open}>
              {t("pools.noneHelp")}
            </Empty>
          ) : (
            <div className={styles.board} data-testid="pool-board">
              {byKind(pools).map(({ kind, pools: ofKind }) => (
                <section key={kind} className="panel" aria-label={t(`pools.kind.${kind}`)}>
                  <h2>
                    {t(`pools.kind.${kind}`)} <span className="quiet number">{sayNumber(ofKind.length)}</span>
                  </h2>
                  {ofKind.length === 0 ? <p className="quiet">{t(`pools.kindHelp.${kind}`)}</p> : null}
                  <ul>
                    {ofKind.map((pool) => (
                      <PoolItem key={pool.poolId} pool={pool} />
                    ))}
                  </ul>
                </section>
              ))}
            </div>
          )
        }
      </Shown>
      {manages && address.get("do") === "open" ? <PoolDialog onClose={() => address.set({ do: "" })} /> : null}
    </Page>
  );
}

function PoolItem({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const { due = 0, size = 0 } = pool;
  return (
    <li className={styles.item} data-testid="pool">
      <Link to={`/pools/${pool.poolId ?? ""}`} className={styles.name}>
        {named(pool.name, pool.nameEn)}
      </Link>
      <span className="number">{t("pools.size", { count: size })}</span>
      <span className={`quiet ${styles.rule ?? ""}`}>
        <RuleText rule={pool.rule} />
      </span>
      <span>
        {pool.closed ? (
          <Status tone="hollow">{t("pools.closed")}</Status>
        ) : due > 0 ? (
          <Status tone="attention">{t("pools.due", { count: due })}</Status>
        ) : null}
      </span>
    </li>
  );
}
