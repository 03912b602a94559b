import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import type { JobProfileRow } from "@/api/contract";
import { getPost } from "@/api/methods";
import { useRead } from "@/api/queries";
import { listJobProfiles } from "@/api/talent";
import { named } from "@/ui/naming";
import type { PickerProps } from "@/ui/pickers/props";
import { SearchSelect } from "@/ui/pickers/SearchSelect";

/** Finds a post that says what it asks for: only those can be matched. */
export default function JobPicker(props: PickerProps) {
  const { value } = props;
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const query = useDeferredValue(text.trim());
  const found = useRead(listJobProfiles, open ? { query, onlyApproved: true, pageSize: 50 } : null, { keep: true });
  const chosen = useRead(getPost, value ? { postId: value } : null, { staleTime: 60_000 }).data;
  const options = (found.data?.posts ?? []).map((row: JobProfileRow) => ({
    value: row.postId ?? "",
    label: named(row.title, row.titleEn),
    hint: [row.postCode, t("matching.vacancies", { count: row.vacancies ?? 0 })].join(" · "),
  }));
  if (value && chosen && !options.some((one) => one.value === value))
    options.unshift({ value, label: named(chosen.title, chosen.titleEn), hint: chosen.code ?? "" });
  return (
    <SearchSelect
      {...props}
      options={options}
      text={text}
      onText={setText}
      onOpenChange={setOpen}
      loading={found.isFetching}
      about={t("matching.choosePost")}
      nothing={t("matching.noPostFound")}
    />
  );
}
