import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import ts from "typescript-eslint";

export default defineConfig(
  globalIgnores(["dist", "node_modules"]),
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [
      ts.configs.strictTypeChecked,
      ts.configs.stylisticTypeChecked,
      a11y.flatConfigs.strict,
      hooks.configs.flat.recommended,
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `void promise` says on purpose that nobody waits.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // An empty string is "not given" in proto3 JSON, so `||` is what is meant.
      "@typescript-eslint/prefer-nullish-coalescing": "off",
      // A table or tree that is moved in by arrow keys is a grid to a screen reader.
      "jsx-a11y/no-noninteractive-element-to-interactive-role": ["error", { table: ["grid", "treegrid"] }],
      // Tables, trees and the palette manage the keyboard on roles that the plugin counts as static.
      "jsx-a11y/no-noninteractive-tabindex": ["error", { roles: ["row", "region", "treegrid", "grid"], tags: [] }],
    },
  },
  {
    files: ["scripts/*.mjs", "eslint.config.js"],
    languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } },
  },
);
