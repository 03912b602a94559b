/** The one place where colours and sizes are chosen. Deep blue acts, red warns, amber asks for attention, green is done. */
import { theme, type ThemeConfig } from "antd";

export type Look = "light" | "dark";

const fontFamily =
  'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif';

const shared = {
  fontFamily,
  // The compact algorithm takes two off: this makes 14.
  fontSize: 16,
  sizeUnit: 4,
  borderRadius: 6,
  wireframe: false,
  motionDurationMid: "0.12s",
  motionDurationSlow: "0.16s",
};

/** Greys are darker than the library's so that every text reaches a contrast of 4.5:1. */
const light = {
  colorPrimary: "#174a94",
  colorPrimaryBg: "#e7effb",
  colorPrimaryBgHover: "#d6e4f8",
  colorLink: "#174a94",
  colorLinkHover: "#0f3871",
  colorLinkActive: "#0f3871",
  colorInfo: "#174a94",
  colorInfoBg: "#eef4fd",
  colorInfoBorder: "#c3d7f5",
  colorSuccess: "#2b7a3d",
  colorSuccessBg: "#edf7ef",
  colorSuccessBorder: "#bfe0c6",
  colorWarning: "#a85b00",
  colorWarningBg: "#fdf5e6",
  colorWarningBorder: "#f0d7a8",
  colorError: "#b42318",
  colorErrorBg: "#fdf0ee",
  colorErrorBorder: "#f3c5bf",
  colorText: "#1a2330",
  colorTextSecondary: "#465264",
  colorTextTertiary: "#596577",
  colorTextDescription: "#596577",
  colorTextPlaceholder: "#5f6b7d",
  colorTextQuaternary: "#5f6b7d",
  colorTextDisabled: "#5f6b7d",
  colorTextHeading: "#101926",
  colorBgLayout: "#f5f7fa",
  colorBorder: "#c4ccd8",
  colorBorderSecondary: "#e3e8ef",
};

const dark = {
  colorPrimary: "#3671cf",
  colorPrimaryBg: "#17273f",
  colorPrimaryBgHover: "#1d3352",
  colorLink: "#86b4f7",
  colorLinkHover: "#a9caf9",
  colorInfo: "#86b4f7",
  colorInfoBg: "#17273f",
  colorInfoBorder: "#27456f",
  colorSuccess: "#66bb78",
  colorSuccessBg: "#14281a",
  colorSuccessBorder: "#25502f",
  colorWarning: "#e2a03f",
  colorWarningBg: "#2d2312",
  colorWarningBorder: "#5a441f",
  colorError: "#f0827a",
  colorErrorBg: "#331a18",
  colorErrorBorder: "#6b302b",
  colorText: "#e4e9f1",
  colorTextSecondary: "#b6c0cf",
  colorTextTertiary: "#9eaabb",
  colorTextDescription: "#9eaabb",
  colorTextPlaceholder: "#94a1b3",
  colorTextQuaternary: "#94a1b3",
  colorTextDisabled: "#94a1b3",
  colorTextHeading: "#f2f5f9",
  colorBgBase: "#10151d",
  colorBgLayout: "#0c1118",
  colorBgContainer: "#151b25",
  colorBgElevated: "#1c2431",
  colorBorder: "#3a4657",
  colorBorderSecondary: "#273140",
};

export function themeOf(look: Look): ThemeConfig {
  return {
    algorithm: look === "dark" ? [theme.darkAlgorithm, theme.compactAlgorithm] : theme.compactAlgorithm,
    token: { ...shared, ...(look === "dark" ? dark : light) },
    // The variables hang on this class; `<html>` carries it so that our own style sheets can use them too.
    cssVar: { key: `mainstay-${look}` },
    hashed: false,
    components: {
      // Red is light on dark ground; dark letters read best on it.
      Button: { fontWeight: 500, ...(look === "dark" ? { dangerColor: "#1f0c0a" } : {}) },
      Form: { itemMarginBottom: 16, verticalLabelPadding: "0 0 4px" },
      Tabs: {
        horizontalMargin: "0 0 16px 0",
        // On dark ground the colour of buttons is too deep for text.
        ...(look === "dark"
          ? {
              itemSelectedColor: dark.colorLink,
              itemHoverColor: dark.colorLinkHover,
              itemActiveColor: dark.colorLink,
              inkBarColor: dark.colorLink,
            }
          : {}),
      },
    },
  };
}

/** Colours for charts: told apart with any kind of colour sight, light to read on both grounds. */
export const palette = ["#3671cf", "#d98c1f", "#2f9e8f", "#8a63c7", "#c0504a", "#6b7787"];
