import { Button } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Contract, Employee } from "@/api/contract";
import { listContracts, signContract } from "@/api/methods";
import { useRead } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { DataTable } from "@/ui/DataTable";
import { Sensitive } from "@/ui/facts";
import { sayMoney } from "@/ui/numbers";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { Day } from "@/ui/When";
import { usePersonRights } from "./rights";
import { lazily } from "@/ui/lazily";

const RevealPayDialog = lazily(async () => ({ default: (await import("./commands/ContractDialogs")).RevealPayDialog }));
const SignContractDialog = lazily(async () => ({
  default: (await import("./commands/ContractDialogs")).SignContractDialog,
}));

const REVEALED_MS = 60_000;

export function ContractsPanel({ person }: { person: Employee }) {
  const { t } = useTranslation();
  const { may, mayCall, surely } = usePersonRights(person);
  const address = useAddress();
  const id = person.employeeId ?? "";
  const [asked, setAsked] = useState(false);
  const reads = asked || surely("employees.contract.read");
  const query = useRead(listContracts, reads ? { employeeId: id } : null);
  const [clear, setClear] = useState<Contract>();
  const [signing, setSigning] = useState(false);
  useEffect(() => {
    if (!clear) return;
    const timer = window.setTimeout(() => setClear(undefined), REVEALED_MS);
    return () => window.clearTimeout(timer);
  }, [clear]);
  const mayReveal = may("employees.contract.reveal");
  const asking = address.get("do") === "pay" ? address.get("contract") : "";

  const pay = (contract: Contract) => {
    const shown = clear?.contractId === contract.contractId ? clear : contract;
    if (!shown?.pay?.amount) return <span className="quiet">—</span>;
    const period =
      shown.payPeriod && shown.payPeriod !== "PAY_PERIOD_UNSPECIFIED"
        ? ` / ${t(`people.payPeriod.${shown.payPeriod}`)}`
        : "";
    return <Sensitive value={sayMoney(shown.pay) + period} />;
  };
  return (
    <section aria-label={t("people.contracts")} className="stack" style={{ gap: 8 }}>
      <h2 className="row" style={{ fontSize: 14, justifyContent: "space-between" }}>
        {t("people.contracts")}
        {mayCall(signContract) ? (
          <Button size="small" onClick={() => setSigning(true)}>
            {t("people.signContract")}
          </Button>
        ) : null}
      </h2>
      {reads ? null : (
        <div>
          <Button onClick={() => setAsked(true)}>{t("people.showContracts")}</Button>
        </div>
      )}
      {reads ? (
        <Shown query={query} bones={<BonesTable rows={2} columns={4} />}>
          {({ contracts = [] }) =>
            contracts.length === 0 ? (
              <Empty title={t("people.contractsNone")}>{t("people.contractsNoneHelp")}</Empty>
            ) : (
              <DataTable
                label={t("people.contracts")}
                testid="contracts"
                rows={contracts}
                keyOf={({ contractId }) => contractId ?? ""}
                columns={[
                  {
                    key: "kind",
                    title: t("people.kind"),
                    cell: ({ kind = "CONTRACT_KIND_UNSPECIFIED" }) => t(`people.contractKind.${kind}`),
                  },
                  {
                    key: "from",
                    title: t("people.from"),
                    number: true,
                    cell: ({ startsOn }) => <Day on={startsOn} exact />,
                  },
                  {
                    key: "to",
                    title: t("people.to"),
                    number: true,
                    cell: ({ endsOn }) => (endsOn ? <Day on={endsOn} exact /> : t("people.openEnded")),
                  },
                  {
                    key: "signed",
                    title: t("people.signedOn"),
                    number: true,
                    from: "desk",
                    cell: ({ signedOn }) => <Day on={signedOn} exact />,
                  },
                  { key: "pay", title: t("people.pay"), number: true, from: "tablet", cell: pay },
                  {
                    key: "do",
                    title: "",
                    from: "tablet",
                    cell: ({ contractId = "", pay: agreed }) =>
                      mayReveal && agreed && clear?.contractId !== contractId ? (
                        <Button size="small" onClick={() => address.set({ do: "pay", contract: contractId })}>
                          {t("people.reveal")}
                        </Button>
                      ) : null,
                  },
                ]}
              />
            )
          }
        </Shown>
      ) : null}
      {asking && mayReveal ? (
        <RevealPayDialog
          employeeId={id}
          contractId={asking}
          onShown={setClear}
          onClose={() => address.set({ do: "", contract: "" })}
        />
      ) : null}
      {signing ? <SignContractDialog employeeId={id} onClose={() => setSigning(false)} /> : null}
    </section>
  );
}
