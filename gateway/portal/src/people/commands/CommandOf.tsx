import type { ComponentType } from "react";
import type { Employee } from "@/api/contract";
import type { Command } from "../PersonActions";
import { ConfirmDialog } from "./ConfirmDialog";
import { CorrectDialog } from "./CorrectDialog";
import { AddDottedDialog } from "./DottedDialogs";
import { EraseDialog } from "./EraseDialog";
import { LeaveDialog } from "./LeaveDialog";
import { ManagerDialog } from "./ManagerDialog";
import { TransferDialog } from "./TransferDialog";

export interface CommandProps {
  person: Employee;
  onClose: () => void;
}

const dialogs: Record<Command, ComponentType<CommandProps>> = {
  correct: CorrectDialog,
  transfer: TransferDialog,
  manager: ManagerDialog,
  dotted: AddDottedDialog,
  confirm: ConfirmDialog,
  leave: LeaveDialog,
  erase: EraseDialog,
};

export default function CommandOf({ command, ...rest }: CommandProps & { command: Command }) {
  const Dialog = dialogs[command];
  return <Dialog {...rest} />;
}
