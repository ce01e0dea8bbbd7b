/**
 * Fails when the scripts that a board page loads weigh more than their budget, gzipped.
 *
 * Counts src/main.ts and what it imports statically, from the manifest of the last build; parts
 * that are fetched later (markdown, the doctor's page) do not delay a board.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** From docs/performance.md: 120 KB. */
const BUDGET_BYTES = 120_000;
const FOLDER = new URL("../static/client/", `file://${process.cwd()}/`);

/** The files of an entry of the manifest and of what it imports. */
function scriptsOf(manifest, entry, found = new Set()) {
  const chunk = manifest[entry];
  if (!chunk || found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const name of chunk.imports ?? []) scriptsOf(manifest, name, found);
  return found;
}

function gzippedBytes(file) {
  return gzipSync(readFileSync(new URL(file, FOLDER)), { level: 9 }).length;
}

for (const name of ["manifest.json", "manifest.de.json"]) {
  const manifest = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
  const scripts = [...scriptsOf(manifest, "src/main.ts")];
  const bytes = scripts.reduce((sum, file) => sum + gzippedBytes(file), 0);
  process.stdout.write(`${name}: a board page loads ${bytes} bytes of ${BUDGET_BYTES} allowed.\n`);
  if (scripts.length === 0 || bytes > BUDGET_BYTES) process.exitCode = 1;
}
