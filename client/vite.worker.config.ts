import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";
import main from "./vite.config.ts";

interface Chunk {
  file: string;
  css?: string[];
  assets?: string[];
}

/** The addresses of everything that the build before this one has made. */
function builtAssets(): string[] {
  const manifest = readFileSync("../static/client/manifest.json", "utf8");
  const chunks = Object.values(JSON.parse(manifest) as Record<string, Chunk>);
  const files = chunks.flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets]);
  return [...new Set(files)].sort().map((file) => main.base + file);
}

const assets = builtAssets();
const release = createHash("sha256").update(assets.join()).digest("hex").slice(0, 12);

/** Builds the service worker, which keeps what the client is made of: run after the client's own build. */
export default defineConfig({
  logLevel: "warn",
  define: { ASSETS: JSON.stringify(assets), RELEASE: JSON.stringify(release) },
  build: {
    outDir: "../static/client",
    emptyOutDir: false,
    target: main.build?.target,
    rolldownOptions: {
      input: "src/service-worker.ts",
      // Not every browser takes modules as workers.
      output: { format: "iife", entryFileNames: "service-worker.js" },
    },
  },
});
