import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const typed = {
  projectService: true,
  tsconfigRootDir: import.meta.dirname,
  extraFileExtensions: [".svelte"],
};

export default ts.config(
  { ignores: ["build/", "node_modules/", "src/locales/"] },
  ...ts.configs.recommendedTypeChecked,
  ...svelte.configs.recommended,
  { languageOptions: { parserOptions: typed } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { ...typed, parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      complexity: ["error", 10],
      "max-lines": ["error", 400],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      // Only what a page shows is reactive; bookkeeping beside it is plain.
      "svelte/prefer-svelte-reactivity": "off",
      // The router is our own: links are plain addresses that it takes over.
      "svelte/no-navigation-without-resolve": "off",
    },
  },
  { files: ["scripts/*.js"], ...ts.configs.disableTypeChecked },
  {
    // Types in markup are svelte-check's business: the linter sees callback props as any.
    files: ["**/*.svelte"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["src/components/**", "src/pages/**"],
    rules: {
      "no-restricted-globals": [
        "error",
        { name: "fetch", message: "Components ask a store or src/lib/api.ts." },
      ],
    },
  },
);
