import { defineConfig } from "vite";

/** Bundles the board's pure reducer for Node: build/apply-cli.js. */
export default defineConfig({
  build: {
    ssr: "scripts/apply-cli.ts",
    outDir: "build",
    target: "node20",
    rolldownOptions: { output: { entryFileNames: "apply-cli.js" } },
  },
  ssr: { noExternal: true },
});
