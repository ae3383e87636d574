/** The Python of docs/analyze.md on tiny random models of transformers: what it writes is read, and is what these models chose. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { countsOf, pooled } from "../../src/analysis/routing/counts.ts";
import { readChosen } from "../../src/store/routing-files/read-chosen.ts";
import { temporaryFolder } from "../support/folder.ts";
import { findPython } from "../support/python.ts";
import { run } from "../support/spawn.ts";

const python = findPython("torch", "transformers");
const why = "missing" in python ? ` (skipped: ${python.missing})` : "";

/** Two models, two texts each; how often experts are among the k largest logits, counted by sorting. */
const MAKE = `
import sys, torch, transformers
sys.path.insert(0, sys.argv[1])
from snippet import write_chosen

common = dict(vocab_size=31, hidden_size=16, num_hidden_layers=3, num_attention_heads=2, num_key_value_heads=2, intermediate_size=8, num_experts_per_tok=2)
texts = [("code", [1, 5, 9, 5, 2, 7]), ("prose", [4, 4, 8, 30])]
counts = {}
for name, config, cls in [
    ("olmoe", transformers.OlmoeConfig(num_experts=6, pad_token_id=None, **common), transformers.OlmoeForCausalLM),
    ("mixtral", transformers.MixtralConfig(num_local_experts=6, **common), transformers.MixtralForCausalLM),
]:
    torch.manual_seed(1)
    model = cls(config).eval()
    write_chosen(f"{sys.argv[1]}/{name}.jsonl", model, texts, layers=[0, 2])
    of_layers = []
    for layer in [0, 2]:
        count = [0] * 6
        for _, ids in texts:
            with torch.no_grad():
                logits = model(torch.tensor([ids]), output_router_logits=True).router_logits[layer]
            for row in logits[:-1].tolist():
                for e in sorted(range(6), key=lambda e: -row[e])[:2]:
                    count[e] += 1
        of_layers.append(count)
    counts[name] = of_layers
import json
print(json.dumps(counts))
`;

it.skipIf("missing" in python)(
  `a transformers model's choices are read as they were${why}`,
  { timeout: 240_000 },
  async () => {
    const folder = temporaryFolder();
    const text = readFileSync("docs/analyze.md", "utf8");
    const [, snippet = ""] = /<!-- test: transformers -->\s*```python\n([\s\S]*?)```/.exec(text) ?? [];
    writeFileSync(join(folder, "snippet.py"), snippet);
    writeFileSync(join(folder, "make.py"), MAKE);
    const env = { ...process.env, OMP_NUM_THREADS: "1" };
    const path = "path" in python ? python.path : "";
    const { code, stdout, stderr } = await run(path, [join(folder, "make.py"), folder], { env });
    expect(code, stderr).toBe(0);
    const counted = JSON.parse(stdout) as Record<string, number[][]>;
    for (const [name, layers] of Object.entries(counted)) {
      const found = readChosen(join(folder, `${name}.jsonl`), null);
      expect(found.domains).toEqual(["code", "prose"]);
      expect([...found.ids.input!]).toEqual([1, 5, 9, 5, 2, 4, 4, 8]);
      expect([...found.ids.next!]).toEqual([5, 9, 5, 2, 7, 4, 8, 30]);
      expect(found.layers.map(({ layer }) => layer)).toEqual([0, 2]);
      layers.forEach((count, place) => {
        expect(Array.from(pooled(countsOf(found, found.layers[place]!)).assigned)).toEqual(count);
      });
    }
  },
);
