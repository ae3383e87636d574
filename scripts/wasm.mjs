// Compiles assembly/adamw.ts and writes it as text into src/engine/adamw-wasm.ts (or prints it with --print).
import { writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const options = [
  "--runtime",
  "stub",
  "--importMemory",
  "--enable",
  "simd",
  "-O3",
  "--noAssert",
  "--initialMemory",
  "1",
];
const { error, stderr, stdout } = await asc.main(["assembly/adamw.ts", ...options, "--outFile", "out.wasm"], {
  /**
   * @param {string} name
   * @param {string | Uint8Array} content
   */
  writeFile: (name, content) => {
    if (!name.endsWith(".wasm")) return;
    const text = `/** Made from assembly/adamw.ts by \`npm run wasm\`; a test compares. */\nexport const ADAMW_WASM =\n  "${Buffer.from(content).toString("base64")}";\n`;
    if (process.argv.includes("--print")) process.stdout.write(text);
    else writeFileSync("src/engine/adamw-wasm.ts", text);
  },
});
if (error) {
  process.stderr.write(`${stdout}${stderr}${error.message}\n`);
  process.exitCode = 1;
}
