import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const port = Number(process.env.VITE_PORT ?? 5173);

// Browsers that know light-dark() and oklch(): the tokens need no second set for the dark theme.
const browsers = ["chrome123", "edge123", "firefox120", "safari17.5"];

export default defineConfig({
  plugins: [
    svelte({
      // bits-ui is written in runes, some icon packages are not: only our own code is held to them.
      dynamicCompileOptions: ({ filename }) =>
        filename.includes("node_modules") ? { runes: undefined } : undefined,
    }),
  ],
  base: "/static/client/",
  build: {
    outDir: "../static/client",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: browsers,
    cssTarget: browsers,
    // The page's Content-Security-Policy has no data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: "src/main.ts", checks: { pluginTimings: false } },
  },
  server: {
    host: "127.0.0.1",
    port,
    strictPort: true,
    // Django serves the page, so assets must name this server.
    origin: `http://127.0.0.1:${port}`,
  },
  // Tests run in Node, but what they test is Svelte as browsers have it.
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: {
    environment: "./scripts/test-environment.ts",
    include: ["src/**/*.test.ts"],
  },
});
