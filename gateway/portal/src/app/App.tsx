import { QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router";
import { componentTexts, currentLanguage } from "@/i18n";
import { useLook } from "@/ui/look";
import { MessagesProvider } from "@/ui/messages";
import { nonce } from "@/ui/nonce";
import { themeOf } from "@/ui/theme";
import { client } from "./queryClient";
import { router } from "./routes";

export function App() {
  const look = useLook();
  useTranslation();
  const texts = componentTexts(currentLanguage());
  useEffect(() => {
    const root = document.documentElement;
    root.dataset.look = look;
    root.classList.remove("mainstay-light", "mainstay-dark");
    root.classList.add(`mainstay-${look}`);
  }, [look]);
  return (
    <ConfigProvider
      theme={themeOf(look)}
      csp={{ nonce }}
      button={{ autoInsertSpace: false }}
      {...(texts ? { locale: texts } : {})}
    >
      <QueryClientProvider client={client}>
        <MessagesProvider>
          <RouterProvider router={router} />
        </MessagesProvider>
      </QueryClientProvider>
    </ConfigProvider>
  );
}
