/**
 * Brings src/locales/*.po up to date with the texts of the sources.
 *
 * With --check it writes nothing, and fails with a list of what a translator has to do.
 */
import { writeFileSync } from "node:fs";
import PO from "pofile";
import { getKey } from "wuchale";
import { catalogPath, keyOf, readCatalog, sources, textsOf } from "./messages.js";

const LANGUAGES = ["de"];

/** Every text with the files that it stands in. */
async function found() {
  const texts = new Map();
  for (const filename of sources())
    for (const text of await textsOf(filename)) {
      const known = texts.get(keyOf(text)) ?? { ...text, files: new Set() };
      known.files.add(filename);
      texts.set(keyOf(text), known);
    }
  return texts;
}

function entry({ msgStr, context, files, placeholders }, known) {
  const item = new PO.Item();
  [item.msgid, item.msgid_plural = null] = msgStr;
  item.msgctxt = context ?? null;
  item.references = [...files];
  item.extractedComments = placeholders.map(([gap, code]) => `{${gap}}: ${oneLine(code)}`);
  item.comments = known?.comments ?? [];
  item.msgstr = known?.msgstr ?? msgStr.map(() => "");
  return item;
}

function oneLine(code) {
  return code.replaceAll(/\s+/g, " ").trim();
}

function keyOfItem({ msgid, msgid_plural, msgctxt }) {
  return getKey(msgid_plural ? [msgid, msgid_plural] : [msgid], msgctxt);
}

/** The catalog as it should be: all texts of the sources, with the translations that there are. */
function renewed(catalog, texts) {
  const known = new Map(catalog.items.map((item) => [keyOfItem(item), item]));
  const fresh = new PO();
  fresh.headers = catalog.headers;
  fresh.comments = catalog.comments;
  fresh.items = [...texts].map(([key, text]) => entry(text, known.get(key)));
  return fresh;
}

/** The gaps and tags of a text, in no order. */
function gaps(text) {
  return [...text.matchAll(/\{\d+\}|<\/?\d+\/?>/g)].map(String).sort().join();
}

function faultsOf({ msgid, msgid_plural, msgstr, references }) {
  if (!msgstr.every(Boolean)) return [`${references[0]}: “${msgid}” is not translated.`];
  const isLike = (form) => gaps(form) === gaps(msgid) || gaps(form) === gaps(msgid_plural ?? msgid);
  return msgstr.every(isLike)
    ? []
    : [`${references[0]}: “${msgid}” has other gaps than its translation.`];
}

const texts = await found();
for (const language of LANGUAGES) {
  const before = readCatalog(language);
  const after = renewed(before, texts);
  if (!process.argv.includes("--check")) writeFileSync(catalogPath(language), `${after}\n`);
  else {
    const left = after.items.flatMap(faultsOf);
    const isOld = before.items.length !== after.items.length || left.length > 0;
    if (left.length === 0 && before.items.length !== after.items.length)
      left.push(`${language}.po has texts that stand nowhere any more: run make messages.`);
    for (const fault of left) process.stderr.write(`${fault}\n`);
    if (isOld) process.exitCode = 1;
  }
}
