import "i18next";
import type texts from "./zh-CN";
import type talent from "./zh-CN/talent";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "texts";
    resources: { texts: typeof texts & typeof talent };
  }
}
