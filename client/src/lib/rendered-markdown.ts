/** Markdown rendering that is fetched with the first description, not with the board. */

/** Clean HTML of a markdown text; the `mentions` in it, usernames, are marked. */
export async function renderedMarkdown(
  text: string,
  mentions: readonly string[] = [],
): Promise<string> {
  const { renderMarkdown } = await import("./markdown");
  return renderMarkdown(text, mentions);
}
