import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: ["dist/", "dist-*/", ".cache/", "node_modules/", "results/", "assembly/", "api/"],
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // An interface is named in type declarations where an alias is written out.
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ["src/**", "bench/**", "scripts/**"],
    rules: {
      "max-lines-per-function": ["error", { max: 60, skipComments: true }],
      "max-params": ["error", { max: 4 }],
    },
  },
  // It declares the functions of the C library, whose parameters are C's.
  { files: ["src/engine/native/library.ts"], rules: { "max-params": "off" } },
  { files: ["test/**"], rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
  {
    files: ["src/routers/**", "examples/new/**", "*.config.*", "test/fixtures/**"],
    rules: { "no-restricted-exports": "off" },
  },
  { files: ["*.config.js", "scripts/wasm.mjs", "test/fixtures/**"], ...tseslint.configs.disableTypeChecked },
  // It runs in a browser; what JSON.parse gives has its type by JSDoc.
  {
    files: ["src/report/page/client/*.js"],
    languageOptions: {
      globals: Object.fromEntries(
        ["document", "fetch", "location", "navigator", "sessionStorage", "setTimeout"].map((name) => [
          name,
          "readonly",
        ]),
      ),
    },
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
    },
  },
  // Node's runner waits for what test() returns.
  {
    files: ["examples/new/*.test.*"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", name: "test", package: "node:test" }] },
      ],
    },
  },
  // What JSON.parse gives has its type by JSDoc, which these rules do not see.
  {
    files: ["bench/**", "scripts/**"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: {
      globals: Object.fromEntries(
        ["process", "console", "URL", "Buffer", "AbortController", "setTimeout", "clearTimeout"].map(
          (name) => [name, "readonly"],
        ),
      ),
    },
  },
);
