import { Alert } from "antd";
import { Suspense, lazy, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import { BonesPage, Failed } from "./states";

const Forbidden = lazy(() => import("@/access/Forbidden"));

interface Query<Answer> {
  data: Answer | undefined;
  error: Problem | null;
  refetch: () => unknown;
}

interface ShownProps<Answer> {
  query: Query<Answer>;
  bones?: ReactNode;
  children: (answer: Answer) => ReactNode;
}

/**
 * Shows an answer, or the state that stands in for it. A right that was lost hides what was there at once; any other
 * failure of a later reading leaves the last answer in place and says so.
 */
export function Shown<Answer>({ query, bones, children }: ShownProps<Answer>) {
  const { t } = useTranslation();
  const { data, error } = query;
  const retry = () => void query.refetch();
  if (error?.forbidden)
    return (
      <Suspense fallback={<BonesPage />}>
        <Forbidden problem={error} onGranted={retry} />
      </Suspense>
    );
  if (error?.missing) return <Failed problem={error} />;
  if (data === undefined) {
    if (error) return <Failed problem={error} retry={retry} />;
    return bones ?? <BonesPage />;
  }
  return (
    <>
      {error ? <Alert type="warning" showIcon title={t("ui.stale")} description={error.message || undefined} /> : null}
      {children(data)}
    </>
  );
}
