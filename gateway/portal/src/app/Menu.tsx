import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { Navigation } from "./Navigation";

/** The navigation where there is no room for it beside the page. */
export default function Menu({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open onClose={onClose} placement="left" size={260} title={t("app.name")}>
      <Navigation onGo={onClose} />
    </Drawer>
  );
}
