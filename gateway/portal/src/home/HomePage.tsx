import { useTranslation } from "react-i18next";
import { useNameCard } from "@/api/cards";
import { useMyId } from "@/api/me";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { Numbers } from "./Numbers";
import { Today } from "./Today";

/** What needs me today, and the few numbers my role watches. */
export default function HomePage() {
  const { t } = useTranslation();
  const card = useNameCard(useMyId());
  return (
    <Page title={t("home.title")} about={card ? t("home.hello", { name: named(card.name, card.nameEn) }) : undefined}>
      <Today />
      <Numbers />
    </Page>
  );
}
