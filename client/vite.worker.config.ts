import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";
import { BASE, browsers, languageOf, manifestOf, OUTPUT } from "./scripts/builds.ts";

interface Chunk {
  file: string;
  css?: string[];
  assets?: string[];
}

/** The addresses of everything that the client of a language is made of, which was built before. */
function builtAssets(language: string): string[] {
  const manifest = readFileSync(`${OUTPUT}/${manifestOf(language)}`, "utf8");
  const chunks = Object.values(JSON.parse(manifest) as Record<string, Chunk>);
  const files = chunks.flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets]);
  return [...new Set(files)].sort().map((file) => BASE + file);
}

function shortHash(names: string[]): string {
  return createHash("sha256").update(names.join()).digest("hex").slice(0, 12);
}

/** Builds the service worker of a language, which keeps what the client is made of. */
export default defineConfig(({ mode }) => {
  const assets = builtAssets(languageOf(mode));
  return {
    logLevel: "warn",
    define: { ASSETS: JSON.stringify(assets), RELEASE: JSON.stringify(shortHash(assets)) },
    build: {
      outDir: OUTPUT,
      emptyOutDir: false,
      target: browsers,
      rolldownOptions: {
        input: "src/service-worker.ts",
        // Not every browser takes modules as workers.
        output: { format: "iife", entryFileNames: `service-worker.${languageOf(mode)}.js` },
      },
    },
  };
});
