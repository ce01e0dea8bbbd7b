/** Markdown to clean HTML. Loaded only when a description is shown: it is larger than the board. */
import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true });

/** Render markdown; scripts, styles and frames never come through, links open beside the board. */
export function renderMarkdown(text: string): string {
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
  const box = document.createElement("div");
  box.append(clean);
  return box.innerHTML;
}
