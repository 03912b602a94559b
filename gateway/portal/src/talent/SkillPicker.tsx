import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Skill } from "@/api/contract";
import { useRead } from "@/api/queries";
import { listSkills } from "@/api/talent";
import { named } from "@/ui/naming";
import type { PickerProps } from "@/ui/pickers/props";
import { SearchSelect } from "@/ui/pickers/SearchSelect";
import { useSkills } from "./useSkills";

interface SkillPickerProps extends PickerProps {
  /** Skills that cannot be chosen, such as those asked for already. */
  except?: readonly string[];
}

const other = (skill: Skill) => (named(skill.name, skill.nameEn) === skill.name ? skill.nameEn : skill.name);

/** Finds a skill by name or synonym in either language. */
export default function SkillPicker(props: SkillPickerProps) {
  const { except = [], ...field } = props;
  const { value } = field;
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const query = useDeferredValue(text.trim());
  const found = useRead(listSkills, open ? { query, pageSize: 30 } : null, { keep: true, staleTime: 60_000 });
  const chosen = useSkills(value ? [value] : []).get(value ?? "");
  const option = (skill: Skill) => ({
    value: skill.skillId ?? "",
    label: named(skill.name, skill.nameEn),
    hint: [other(skill), t(`talent.skillKind.${skill.kind ?? "SKILL_KIND_UNSPECIFIED"}`)].filter(Boolean).join(" · "),
  });
  const options = (found.data?.skills ?? []).filter((skill) => !except.includes(skill.skillId ?? "")).map(option);
  if (chosen && !options.some((one) => one.value === value)) options.unshift(option(chosen));
  return (
    <SearchSelect
      {...field}
      options={options}
      text={text}
      onText={setText}
      onOpenChange={setOpen}
      loading={found.isFetching}
      about={t("talent.findSkill")}
      nothing={t("talent.noSkillFound")}
    />
  );
}
