/** Which strings of the sources are texts that people read, and not names for the machine. */
import { createHeuristic, defaultHeuristicOpts } from "wuchale";

const asUsual = createHeuristic({ ...defaultHeuristicOpts, urlAttribs: [] });

/** What keyboards call their keys. */
const KEYS = new Set(
  "Alt ArrowDown ArrowLeft ArrowRight ArrowUp Backspace Control Delete End Enter Escape Home Meta PageDown PageUp Shift Space Tab".split(
    " ",
  ),
);
/** Calls whose arguments are selectors, headers and the like. */
const FOR_MACHINES =
  /^console\.|(?:^|\.)(?:querySelector(?:All)?|closest|matches|matchMedia|fetch|headers\.(?:get|set)|addEventListener|Event|getItem|setItem|setAttribute|DateTimeFormat)$/;
/** `Content-Type`, `InvalidStateError`. */
const IDENTIFIER = /^\p{Lu}[\p{L}\d]*(?:-\p{Lu}[\p{L}\d]*)+$|^(?:\p{Lu}\p{Ll}+){2,}$/u;
/** Words with spaces between them, and nothing that stands in code or styles alone. */
const PROSE = /^(?!.*(?:[\w-]\(|--|\dpx|#px))(?=.*\p{L}{2})(?=.*\s)[^{}[\]=<>/\\|_~^`$%*;]+$/u;

/** Says what wuchale is to do with a string: "message", or false. */
export function isText(msg) {
  // Gaps that the code fills by itself are as good as words.
  const text = msg.msgStr
    .join("\n")
    .trim()
    .replaceAll(/\{\w+\}/g, "#");
  const { scope, call = "" } = msg.details;
  if (scope === "script" && (isName(text) || FOR_MACHINES.test(call))) return false;
  const isSentence = scope === "script" && !/^\p{Lu}/u.test(text);
  return (isSentence ? PROSE.test(text) : asUsual(msg)) && "message";
}

function isName(text) {
  return !/\p{L}{2}/u.test(text) || KEYS.has(text) || IDENTIFIER.test(text);
}
