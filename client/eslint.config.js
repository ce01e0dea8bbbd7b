import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const typed = {
  projectService: { allowDefaultProject: ["*.js"] },
  tsconfigRootDir: import.meta.dirname,
  extraFileExtensions: [".svelte"],
};

export default ts.config(
  { ignores: ["build/", "node_modules/"] },
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
      // The router is our own: links are plain addresses that it takes over.
      "svelte/no-navigation-without-resolve": "off",
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
