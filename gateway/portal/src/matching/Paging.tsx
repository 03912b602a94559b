import { Button } from "antd";
import { useTranslation } from "react-i18next";

interface PagingProps {
  from: number;
  shown: number;
  size: number;
  onGo: (from: number) => void;
}

/** Steps through a ranking, where places count: each page says which it shows. */
export function Paging({ from, shown, size, onGo }: PagingProps) {
  const { t } = useTranslation();
  if (from === 0 && shown < size) return null;
  return (
    <div className="row no-print">
      <Button size="small" disabled={from === 0} onClick={() => onGo(Math.max(0, from - size))}>
        {t("matching.better")}
      </Button>
      <span className="quiet number">{t("matching.places", { from: from + 1, to: from + shown })}</span>
      <Button size="small" disabled={shown < size} onClick={() => onGo(from + size)}>
        {t("matching.next")}
      </Button>
    </div>
  );
}
