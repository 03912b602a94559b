/** Short messages and notices that stay. The library's own `App` would bring its dialogs into every first load too. */
import { message, notification } from "antd";
import { createContext, use, type ReactNode } from "react";

type Message = ReturnType<typeof message.useMessage>[0];
type Notification = ReturnType<typeof notification.useNotification>[0];

const Messages = createContext<{ message: Message; notification: Notification } | undefined>(undefined);

export function MessagesProvider({ children }: { children: ReactNode }) {
  const [messages, messagePlace] = message.useMessage();
  const [notifications, notificationPlace] = notification.useNotification();
  return (
    <Messages value={{ message: messages, notification: notifications }}>
      {messagePlace}
      {notificationPlace}
      {children}
    </Messages>
  );
}

export function useMessages(): { message: Message; notification: Notification } {
  const messages = use(Messages);
  if (!messages) throw new Error("useMessages outside of MessagesProvider");
  return messages;
}
