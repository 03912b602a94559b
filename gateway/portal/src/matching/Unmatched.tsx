import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import { LinkButton } from "@/ui/LinkButton";
import { Shown } from "@/ui/Shown";
import { Empty } from "@/ui/states";

interface MatchedProps<Answer> {
  query: { data: Answer | undefined; error: Problem | null; refetch: () => unknown };
  postId?: string;
  /** Where to turn when a person does not want to be compared by a machine. */
  mine: boolean;
  bones?: ReactNode;
  children: (answer: Answer) => ReactNode;
}

/** An answer of the matching, or in words why there is none and what to do instead. */
export function Matched<Answer>({ query, postId = "", mine, bones, children }: MatchedProps<Answer>) {
  const { t } = useTranslation();
  const { error } = query;
  if (error?.is("AUTOMATED_USE_REFUSED"))
    return <Empty title={t("matching.refused")}>{t(mine ? "matching.refusedMine" : "matching.refusedOther")}</Empty>;
  if (error?.is("JOB_PROFILE_NOT_FOUND"))
    return (
      <Empty
        title={t("matching.noProfile")}
        action={<LinkButton to={`/job-profiles/${postId}`}>{t("matching.toProfile")}</LinkButton>}
      >
        {error.message}
      </Empty>
    );
  return (
    <Shown query={query} bones={bones}>
      {children}
    </Shown>
  );
}
