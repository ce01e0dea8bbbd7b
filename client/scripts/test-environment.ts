import type { Environment } from "vitest/runtime";

/** Node for what is compiled for browsers: compiled for servers, Svelte's effects never run. */
export default {
  name: "node-as-client",
  viteEnvironment: "client",
  setup: () => ({ teardown: () => undefined }),
} satisfies Environment;
