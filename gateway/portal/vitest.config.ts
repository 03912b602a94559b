import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: "@", replacement: here("./src") },
      { find: "@contract", replacement: here("../../gen/ts") },
      // Generated files lie outside this folder and would not find the package by themselves.
      { find: /^@bufbuild\/protobuf$/, replacement: here("./node_modules/@bufbuild/protobuf/dist/esm/index.js") },
      {
        find: /^@bufbuild\/protobuf\/(.+)$/,
        replacement: `${here("./node_modules/@bufbuild/protobuf/dist/esm")}/$1/index.js`,
      },
    ],
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
