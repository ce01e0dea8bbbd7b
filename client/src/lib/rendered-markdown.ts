/** Markdown rendering that is fetched with the first description, not with the board. */

/** Clean HTML of a markdown text. */
export async function renderedMarkdown(text: string): Promise<string> {
  const { renderMarkdown } = await import("./markdown");
  return renderMarkdown(text);
}
