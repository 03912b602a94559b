import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { getPost, listPosts, listUnits } from "@/api/methods";
import { useRead } from "@/api/queries";
import { today } from "../days";
import { named } from "../naming";
import { postChoice, postChoices, postsAsked } from "./posts";
import type { PostPickerProps } from "./props";
import { SearchSelect } from "./SearchSelect";

/** Finds a post by its title or code, in the whole company or in one unit. */
export default function PostPicker({ unitId, own = false, from, onPost, onChange, ...props }: PostPickerProps) {
  const { value } = props;
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const query = useDeferredValue(text);
  const found = useRead(listPosts, open ? postsAsked(query, unitId, own) : null, { keep: true });
  const chosen = useRead(getPost, value ? { postId: value } : null, { staleTime: 60_000 }).data;
  // Where the unit is chosen beside it, its name says nothing more.
  const units = useRead(listUnits, unitId && own ? null : {}, { staleTime: 60_000 }).data?.units ?? [];
  const posts = found.data?.posts ?? [];
  const placed = from !== undefined;
  const later = placed && from > today();
  const offer = {
    placed,
    later,
    units: new Map(units.map((unit) => [unit.unitId ?? "", named(unit.name, unit.nameEn)])),
    say: { full: later ? t("ui.fullToday") : t("ui.full"), places: t("ui.placesHelp") },
  };
  const options = postChoices(posts, offer);
  if (value && chosen?.postId === value && !options.some((one) => one.value === value))
    options.unshift({ ...postChoice(chosen, offer), disabled: false });
  return (
    <SearchSelect
      {...props}
      placeholder={props.placeholder ?? t("ui.findPost")}
      options={options}
      text={text}
      onText={setText}
      onOpenChange={setOpen}
      onChange={(next) => {
        const post = posts.find(({ postId }) => postId === next);
        if (post) onPost?.(post);
        onChange?.(next);
      }}
      loading={found.isFetching}
      about={t("ui.choosePost")}
      nothing={t("ui.noPostFound")}
    />
  );
}
