import { PrinterOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useNameCard } from "@/api/cards";
import { useMyId, useRights } from "@/api/me";
import { matchPerson } from "@/api/matching";
import { useRead } from "@/api/queries";
import { LinkButton } from "@/ui/LinkButton";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { Person } from "@/ui/Person";
import { BonesPage } from "@/ui/states";
import { Report } from "./Report";
import { Matched } from "./Unmatched";

/** Does this person fit this post? */
export default function MatchPage() {
  const { t } = useTranslation();
  const { postId = "", employeeId = "" } = useParams();
  const rights = useRights();
  const mine = useMyId() === employeeId;
  const card = useNameCard(employeeId);
  const query = useRead(matchPerson, { postId, employeeId });
  const report = query.data;
  const post = named(report?.title, report?.titleEn);
  const name = card ? named(card.name, card.nameEn) : "";
  const opens = !mine && rights.overOthers("talent.case.manage");
  return (
    <Page
      title={report ? t(mine ? "matching.mineTitle" : "matching.pairTitle", { name, post }) : t("matching.reportTitle")}
      about={card && !mine ? <Person person={card} link /> : undefined}
      trail={
        rights.holds("talent.match.search") && !mine
          ? [{ to: `/matching/people?post=${postId}`, name: t("matching.peopleTitle") }]
          : [{ to: `/matching/posts${mine ? "" : `?person=${employeeId}`}`, name: t("matching.postsTitle") }]
      }
      actions={
        report ? (
          <>
            {opens ? (
              <LinkButton to={`/placements/new?person=${employeeId}&post=${postId}`} data-testid="open-case">
                {t("matching.openCase")}
              </LinkButton>
            ) : null}
            <Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()} data-testid="print">
              {t("matching.print")}
            </Button>
          </>
        ) : null
      }
    >
      <Matched query={query} postId={postId} mine={mine} bones={<BonesPage />}>
        {(shown) => <Report report={shown} />}
      </Matched>
    </Page>
  );
}
