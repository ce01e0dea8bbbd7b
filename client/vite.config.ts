import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { browsers, BASE, languageOf, manifestOf, OUTPUT } from "./scripts/builds.ts";
import { messages } from "./scripts/messages.js";

const port = Number(process.env.VITE_PORT ?? 5173);

/** `--mode de` builds the client in German, beside the one in English. */
export default defineConfig(({ mode }) => ({
  plugins: [
    messages(languageOf(mode)),
    svelte({
      // bits-ui is written in runes, some icon packages are not: only our own code is held to them.
      dynamicCompileOptions: ({ filename }) =>
        filename.includes("node_modules") ? { runes: undefined } : undefined,
    }),
  ],
  base: BASE,
  build: {
    outDir: OUTPUT,
    emptyOutDir: languageOf(mode) === "en",
    manifest: manifestOf(languageOf(mode)),
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
}));
