import "i18next";
import type texts from "./zh-CN";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "texts";
    resources: { texts: typeof texts };
  }
}
