import { InboxOutlined } from "@ant-design/icons";
import { useState, type ReactNode } from "react";
import styles from "./FileDrop.module.css";

interface FileDropProps {
  onFile: (file: File) => void;
  /** Kinds of files that are offered. */
  accept?: string;
  children: ReactNode;
}

/** A place to drop a file on, or to choose one by the system's own dialog. */
export function FileDrop({ onFile, accept = ".csv,.txt,.xlsx", children }: FileDropProps) {
  const [over, setOver] = useState(false);
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file) onFile(file);
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dropping is a second way; the input inside is the first
    <label
      className={`${styles.drop ?? ""} ${over ? (styles.over ?? "") : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      }}
    >
      <InboxOutlined aria-hidden style={{ fontSize: 28 }} />
      {children}
      <input
        type="file"
        className="unseen"
        accept={accept}
        onChange={(event) => {
          take(event.target.files);
          // The same file may be chosen again after it was corrected.
          event.target.value = "";
        }}
        data-testid="file"
      />
    </label>
  );
}
