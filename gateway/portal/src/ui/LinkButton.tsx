import { Button, type ButtonProps } from "antd";
import type { MouseEvent } from "react";
import { useHref, useLinkClickHandler } from "react-router";

type LinkButtonProps = Omit<ButtonProps, "href" | "onClick"> & { to: string };

/** A link that looks like a button: one element, so that it is one stop for the keyboard and one thing for a screen reader. */
export function LinkButton({ to, ...look }: LinkButtonProps) {
  const href = useHref(to);
  const follow = useLinkClickHandler(to);
  return <Button {...look} href={href} onClick={(event) => follow(event as MouseEvent<HTMLAnchorElement>)} />;
}
