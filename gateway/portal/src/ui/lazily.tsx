import { Suspense, lazy, type ComponentType, type ReactNode } from "react";

/** A component whose code is fetched when it is first shown; `meanwhile` holds its place until then. */
export function lazily<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
  meanwhile: (props: Props) => ReactNode = () => null,
): ComponentType<Props> {
  const Loaded = lazy(load) as unknown as ComponentType<Props>;
  return function Lazily(props: Props) {
    return (
      <Suspense fallback={meanwhile(props)}>
        <Loaded {...props} />
      </Suspense>
    );
  };
}
