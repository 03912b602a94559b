import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      "@": here("./src"),
      "@contract": here("../../gen/ts"),
    },
  },
  build: {
    manifest: true,
    target: "es2022",
    // The content policy allows no `data:` scripts or fonts; small files stay files.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
  },
});
