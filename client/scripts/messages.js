/**
 * Finds the texts in the sources, and puts a language's translations in their place.
 *
 * wuchale reads the sources, and says which texts they have and where. The client is built once for
 * each language with its texts in it, so nothing is looked up or fetched while it runs.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { adapter } from "@wuchale/svelte";
import PO from "pofile";
import { getKey, IndexTracker } from "wuchale";
import { parseScript, Transformer } from "wuchale/adapter-vanilla";
import { compileTranslation } from "wuchale/compiler";
import { isText } from "./texts.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const UNTRANSLATED =
  /\.test\.ts$|^src\/lib\/(?:testing[\w-]*|language|own-language|text)\.ts$|^src\/[\w-]+\.ts$/;
const HEADER = 'import { say as SAY } from "/src/lib/text";';
/** A text without gaps, in the place of which it can stand by itself. */
const CONSTANT = /_w_runtime_(?:mod_)?\(("(?:[^"\\]|\\.)*")\)/g;

const PATTERNS = [{ name: "plural", args: ["other", "message"] }];
const asItIs = { wrapInit: (expression) => expression, wrapUse: (expression) => expression };
const RUNTIME = {
  initReactive: ({ funcName }) => (funcName == null ? false : null),
  useReactive: false,
  plain: asItIs,
  reactive: asItIs,
};

/** Modules, as wuchale does them, but with texts outside of functions, too. */
class ModuleTransformer extends Transformer {
  transform = () => {
    const [tree, comments] = parseScript(this.content);
    this.comments = comments;
    const found = this.visit(tree);
    const start = this.getRealBodyStart(tree.body) ?? 0;
    this.mstr.appendRight(start, this.initRuntime());
    return this.finalize(found, start);
  };
}

const components = adapter({
  files: [],
  heuristic: isText,
  patterns: PATTERNS,
  runtime: RUNTIME,
  loader: "custom",
});

/** The texts of a file, and `output(header)`: its code with what `index` gives in their places. */
async function transform(content, filename, index) {
  const expr = { plain: "SAY", reactive: "SAY" };
  const file = { content, filename, index, expr, matchUrl: () => null };
  if (filename.endsWith(".svelte")) return components.transform(file);
  const given = [content, filename, index, isText, PATTERNS, expr, RUNTIME, file.matchUrl];
  return new ModuleTransformer(...given).transform();
}

const keyOf = ({ msgStr, context }) => getKey(msgStr, context);

/** Names of all files below src/ that may have texts, relative to the client's folder. */
export function sources() {
  const all = readdirSync(`${ROOT}src`, { recursive: true }).map((name) => `src/${name}`);
  return all.filter(hasTexts).sort();
}

function hasTexts(filename) {
  return /\.(?:svelte|ts)$/.test(filename) && !UNTRANSLATED.test(filename);
}

/** The texts of one file. */
export async function textsOf(filename) {
  const { msgs } = await transform(
    readFileSync(ROOT + filename, "utf8"),
    filename,
    new IndexTracker(),
  );
  return msgs;
}

export function catalogPath(language) {
  return `${ROOT}src/locales/${language}.po`;
}

export function readCatalog(language) {
  return PO.parse(readFileSync(catalogPath(language), "utf8"));
}

export { keyOf };

/** Forms by key, of what is translated. */
function translations(language) {
  const done = readCatalog(language).items.filter(({ msgstr }) => msgstr.every(Boolean));
  return new Map(
    done.map(({ msgid, msgid_plural, msgctxt, msgstr }) => [
      getKey(msgid_plural ? [msgid, msgid_plural] : [msgid], msgctxt),
      msgstr,
    ]),
  );
}

/** What stands in the code for a text: a string, a list with gaps, or a list of plural forms. */
function literal(forms) {
  return JSON.stringify(forms.length > 1 ? forms : compileTranslation(forms[0], forms[0]));
}

async function translate(content, filename, translated) {
  const { msgs } = await transform(content, filename, new IndexTracker());
  if (msgs.length === 0) return null;
  const originals = new Map(msgs.map((text) => [keyOf(text), text.msgStr]));
  const index = { get: (key) => literal(translated.get(key) ?? originals.get(key)) };
  const { output } = await transform(content, filename, index);
  return output(HEADER).code.replaceAll(CONSTANT, "$1");
}

/** Vite's plugin for building the client in one language; null for that of the sources. */
export function messages(language) {
  if (language === "en") return null;
  const translated = translations(language);
  return {
    name: "messages",
    apply: "build",
    transform: {
      order: "pre",
      async handler(content, id) {
        const filename = id.startsWith(ROOT) ? id.slice(ROOT.length) : "";
        if (!filename.startsWith("src/") || !hasTexts(filename)) return null;
        const code = await translate(content, filename, translated);
        return code && { code, map: null };
      },
    },
  };
}
