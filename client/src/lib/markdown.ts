/** Markdown to clean HTML. Loaded only when a description is shown: it is larger than the board. */
import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true });

/** Render markdown; scripts, styles and frames never come through, links open beside the board. */
export function renderMarkdown(text: string, mentions: readonly string[] = []): string {
  const clean = DOMPurify.sanitize(markdown.render(text), {
    FORBID_ATTR: ["style", "class", "id"],
    FORBID_TAGS: ["style", "form", "input", "button"],
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of clean.querySelectorAll("a")) {
    link.target = "_blank";
    // @wc-ignore
    link.rel = "noopener noreferrer";
  }
  if (mentions.length > 0) markMentions(clean, mentions);
  const box = document.createElement("div");
  box.append(clean);
  return box.innerHTML;
}

/** Wrap each "@username" of the mentions, outside of code and links, in an element of its own. */
function markMentions(clean: DocumentFragment, mentions: readonly string[]): void {
  const names = new RegExp(`(@(?:${mentions.map(escaped).join("|")}))(?![\\w@+-])`, "gi");
  const walker = document.createTreeWalker(clean, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    if (text.parentElement?.closest("a, code")) continue;
    const parts = text.data.split(names);
    if (parts.length > 1)
      text.replaceWith(...parts.map((part, i) => (i % 2 ? marked(part) : part)));
  }
}

function marked(mention: string): HTMLElement {
  const element = document.createElement("span");
  element.dataset.mention = "";
  element.textContent = mention;
  return element;
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
