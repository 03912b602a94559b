import { Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Post } from "@/api/contract";
import { listPosts } from "@/api/methods";
import { useRead } from "@/api/queries";
import { today } from "../days";
import { named } from "../naming";
import type { PostPickerProps } from "./props";

function isFull({ filled = 0, headcount = 0 }: Post): boolean {
  return filled >= headcount;
}

export default function PostPicker({
  id,
  value,
  onChange,
  label,
  placeholder,
  disabled,
  unitId,
  own = false,
  from,
  testid,
  width = "100%",
}: PostPickerProps) {
  const { t } = useTranslation();
  const posts = useRead(listPosts, unitId ? { unitId, pageSize: 500 } : null);
  const placed = from !== undefined;
  const later = placed && from > today();
  const options = (posts.data?.posts ?? [])
    .filter((post) => !own || post.unitId === unitId)
    .map((post) => ({
      value: post.postId ?? "",
      label: named(post.title, post.titleEn),
      places: `${post.filled ?? 0}/${post.headcount ?? 0}`,
      full: isFull(post),
      disabled: placed && !later && isFull(post),
    }))
    .sort((one, other) => (placed ? Number(one.full) - Number(other.full) : 0));
  const fullHelp = later ? t("ui.fullToday") : t("ui.full");
  return (
    <Select
      {...(id === undefined ? {} : { id })}
      aria-label={label}
      value={value ?? null}
      onChange={(next: string | null) => onChange?.(next ?? undefined)}
      showSearch={{ optionFilterProp: "label" }}
      options={options}
      optionRender={({ data }) => (
        <span className="row" style={{ justifyContent: "space-between" }}>
          <span>{data.label}</span>
          <span className="quiet number" title={t("ui.placesHelp")}>
            {data.places} {data.full ? fullHelp : ""}
          </span>
        </span>
      )}
      loading={posts.isFetching}
      placeholder={unitId ? (placeholder ?? t("ui.choosePost")) : t("ui.unitFirst")}
      allowClear
      disabled={(disabled ?? false) || !unitId}
      style={{ width }}
      data-testid={testid}
    />
  );
}
