import { describe, expect, it } from "vitest";
import { evaluationBatches, trainingBatch } from "../../src/data/batches.ts";
import { loadCorpus } from "../../src/data/corpus.ts";
import { optimumOf } from "../../src/data/optimum.ts";
import { TASK_NAMES, taskOf, type TaskOptions } from "../../src/data/tasks/registry.ts";
import { drawRuleProcess, ruleProcess } from "../../src/data/tasks/rule-process.ts";
import { taskCorpus } from "../../src/data/tasks/task-corpus.ts";
import { hashTable } from "../../src/routers/fixed/hash.ts";
import { dataOf, ownDomain, shippedDomain } from "./helpers.ts";

/** Small enough that every way in which a sequence can come about is counted. */
const TINY = { vocabulary: 4, rules: 3, stay: 0.7, branches: 2, noise: 0.2, hiddenShare: 0.6 };

/**
 * P(x_0 .. x_n) by the definition: over both kinds of sequence and all rule paths. Nothing of the filter is used.
 * The first symbol is uniform.
 */
function probability(tokens: readonly number[], options: typeof TINY): number {
  const { vocabulary: V, rules: R, stay, hiddenShare } = options;
  const { transition, ruleOfToken } = ruleProcess("rule-dial", options);
  const steps = tokens.slice(1).map((to, index) => [tokens[index]!, to] as const);
  const own = steps.reduce((product, [from, to]) => product * transition(ruleOfToken(from), from, to), 1);
  let hidden = 0;
  for (let path = 0; path < R ** steps.length; path++) {
    const rules = steps.map((_, index) => Math.floor(path / R ** index) % R);
    hidden += steps.reduce((product, [from, to], index) => {
      const before = rules[index - 1];
      const chance = before === undefined ? 1 / R : before === rules[index] ? stay : (1 - stay) / (R - 1);
      return product * chance * transition(rules[index]!, from, to);
    }, 1);
  }
  return ((1 - hiddenShare) * own + hiddenShare * hidden) / V;
}

/** Counts of pairs, normalised, and the mutual information in nats of the two coordinates. */
function information(pairs: Iterable<readonly [number, number]>, rows: number, columns: number): number {
  const joint = new Float64Array(rows * columns);
  let total = 0;
  for (const [row, column] of pairs) {
    joint[row * columns + column]! += 1;
    total += 1;
  }
  const rowSums = Array.from({ length: rows }, (_, row) =>
    joint.subarray(row * columns, (row + 1) * columns).reduce((sum, count) => sum + count, 0),
  );
  const columnSums = Array.from({ length: columns }, (_, column) =>
    rowSums.reduce((sum, __, row) => sum + joint[row * columns + column]!, 0),
  );
  return joint.reduce((sum, count, index) => {
    if (count === 0) return sum;
    const expected = rowSums[Math.floor(index / columns)]! * columnSums[index % columns]!;
    return sum + (count / total) * Math.log((count * total) / expected);
  }, 0);
}

/** (token, label) of every token of a drawn task. */
function* labelled(
  name: string,
  options: TaskOptions,
  sequences: number,
): Generator<readonly [number, number]> {
  const { tokens, labels } = taskOf(name)!.draw(options, { sequences, sequenceTokens: 33 });
  for (const [index, token] of tokens.entries()) yield [token, labels[index]!];
}

describe("the rule process", () => {
  it.each([1, 0.6, 0])("predicts as counting every rule path does, hidden share %d", (hiddenShare) => {
    const options = { ...TINY, hiddenShare };
    const size = { sequences: 40, sequenceTokens: 6 };
    const { tokens, bestNats } = drawRuleProcess("rule-dial", options, size);
    for (let start = 0; start < tokens.length; start += 6) {
      const sequence = [...tokens.subarray(start, start + 6)];
      expect(bestNats[start]).toBe(0);
      for (let place = 1; place < 6; place++) {
        const whole = probability(sequence.slice(0, place + 1), options);
        const nats = Math.log(probability(sequence.slice(0, place), options)) - Math.log(whole);
        expect(bestNats[start + place]).toBeCloseTo(nats, 5);
      }
    }
  });

  it("draws sequences as often as that probability says", () => {
    const draws = 60_000;
    const { tokens } = drawRuleProcess("rule-dial", TINY, { sequences: draws, sequenceTokens: 3 });
    const counts = new Float64Array(64);
    for (let start = 0; start < tokens.length; start += 3) {
      counts[tokens[start]! * 16 + tokens[start + 1]! * 4 + tokens[start + 2]!]! += 1;
    }
    let chi = 0;
    let total = 0;
    for (let index = 0; index < 64; index++) {
      const p = probability([index >> 4, (index >> 2) & 3, index & 3], TINY);
      total += p;
      chi += (counts[index]! - draws * p) ** 2 / (draws * p);
    }
    expect(total).toBeCloseTo(1, 12);
    // Chi-square with 63 degrees of freedom: 103.4 is exceeded once in a thousand. The draws are fixed.
    expect(chi).toBeLessThan(103.4);
  });

  it("has rules whose rows and columns sum to 1, so that hidden rules leave every symbol uniform", () => {
    const { transition } = ruleProcess("hidden-regimes", TINY);
    for (let rule = 0; rule < TINY.rules; rule++) {
      for (let x = 0; x < 4; x++) {
        const of = (chance: (y: number) => number) => [0, 1, 2, 3].reduce((sum, y) => sum + chance(y), 0);
        expect(of((y) => transition(rule, x, y))).toBeCloseTo(1, 12);
        expect(of((y) => transition(rule, y, x))).toBeCloseTo(1, 12);
      }
    }
  });

  it("costs one who knows the rule H(p) in every state, by the transition matrix itself", () => {
    const { transition } = ruleProcess("token-rule", TINY);
    for (let x = 0; x < 4; x++) {
      const entropy = [0, 1, 2, 3].reduce((sum, y) => {
        const p = transition(1, x, y);
        return sum - p * Math.log(p);
      }, 0);
      expect(taskOf("token-rule")!.toldNats(TINY, 5)).toBeCloseTo(entropy, 12);
    }
  });
});

describe("hidden regimes (S1)", () => {
  const { defaults } = taskOf("hidden-regimes")!;
  it("tell nothing of the rule by the token: I(x_t; z_t) = 0 within what counting 330 000 pairs adds", () => {
    // Plug-in bias and spread: 2 n I is chi-square with (V - 1)(R - 1) degrees of freedom when independent, its mean 441. Sequences
    // are dependent, so twice that is allowed; one bit of knowledge would be 500 times as much.
    const found = information(labelled("hidden-regimes", defaults, 10_000), 64, 8);
    expect(found).toBeLessThan((2 * 441) / (2 * 330_000));
  });

  it("lie between what knowing the rule costs and what a token alone can tell", () => {
    const { domains } = taskCorpus(dataOf([shippedDomain("hidden-regimes")], { sequenceLength: 64 }));
    const { expectedNats, toldNats } = domains[0]!.task!;
    // A token alone: the mean of the rules' rows, since each rule is equally likely after any token.
    const { transition } = ruleProcess("hidden-regimes", { ...defaults, hiddenShare: 1 } as typeof TINY);
    let alone = 0;
    for (let x = 0; x < 64; x++) {
      for (let y = 0; y < 64; y++) {
        let p = 0;
        for (let rule = 0; rule < 8; rule++) p += transition(rule, x, y) / 8;
        alone -= (p * Math.log(p)) / 64;
      }
    }
    expect(expectedNats.mean).toBeGreaterThan(toldNats + 0.1);
    expect(expectedNats.mean).toBeLessThan(alone - 0.5);
    expect(expectedNats.standardError).toBeLessThan(0.005);
  });
});

describe("rule by token (S4)", () => {
  it("has a label that is a function of the token: that of the hash router with as many experts", () => {
    const { defaults } = taskOf("token-rule")!;
    const experts = hashTable({ V: 64, E: 8, K: 1 }, 0);
    let checked = 0;
    for (const [token, label] of labelled("token-rule", defaults, 200)) {
      expect(label).toBe(experts[token]);
      checked += 1;
    }
    expect(checked).toBe(200 * 33);
  });
});

describe("the dial (S6)", () => {
  it("is S4 at one end and as independent of the token as S1 at the other", () => {
    const { defaults } = taskOf("rule-dial")!;
    const at = (hiddenShare: number) =>
      information(labelled("rule-dial", { ...defaults, hiddenShare }, 4000), 64, 8);
    const [none, half, all] = [at(0), at(0.5), at(1)];
    expect(none).toBeGreaterThan(1.9); // the entropy of the label, about ln 8 = 2.08
    expect(half).toBeLessThan(none / 2);
    expect(half).toBeGreaterThan(0.1);
    expect(all).toBeLessThan(0.01);
    expect(taskOf("rule-dial")!.expectedNats({ ...defaults, hiddenShare: 0 }, 65)).toBeCloseTo(
      taskOf("token-rule")!.expectedNats(taskOf("token-rule")!.defaults, 65)!,
      12,
    );
  });
});

describe("the header rule (S2)", () => {
  it("answers every question by the table that its header names", () => {
    const { tokens, labels } = taskOf("header-rule")!.draw(
      { symbols: 5, rules: 2 },
      { sequences: 300, sequenceTokens: 8 },
    );
    const answers = new Map<string, number>();
    for (let start = 0; start < tokens.length; start += 8) {
      const rule = tokens[start]! - 5;
      expect([...labels.subarray(start, start + 8)]).toEqual(Array(8).fill(rule));
      for (let place = 1; place + 1 < 8; place += 2) {
        const key = `${rule} ${tokens[start + place]!}`;
        const answer = tokens[start + place + 1]!;
        expect(answers.get(key) ?? answer).toBe(answer);
        answers.set(key, answer);
      }
    }
    // Two permutations of five, not the same.
    const table = (rule: number) => [0, 1, 2, 3, 4].map((x) => answers.get(`${rule} ${x}`)!);
    for (const rule of [0, 1]) expect(table(rule).toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(table(0)).not.toEqual(table(1));
  });

  it("costs ln V on half of the tokens", () => {
    // T = 7: questions at 1, 3, 5, 7.
    expect(taskOf("header-rule")!.expectedNats({ symbols: 5, rules: 2 }, 8)).toBeCloseTo(
      (4 * Math.log(5)) / 7,
      12,
    );
  });
});

describe("recall (S5)", () => {
  const tiny = { keys: 2, values: 3, rules: 2 };
  it("has the loss that counting all sequences gives", () => {
    // Two pairs and a key: k0 v0 k1 v1 k2. Keys 2^3, values 3 or 3 * 3; targets v0, k1, v1, k2.
    let expected = 0;
    for (const k1 of [0, 1]) {
      const v1 = k1 === 0 ? 0 : Math.log(3); // k0 = 0 by symmetry
      expected += (Math.log(3) + Math.log(2) + v1 + Math.log(2)) / 4 / 2;
    }
    expect(taskOf("recall")!.expectedNats(tiny, 5)).toBeCloseTo(expected, 12);
  });

  it("repeats a key's value within a sequence, and knows of no rule", () => {
    const { tokens, labels, bestNats } = taskOf("recall")!.draw(tiny, { sequences: 2000, sequenceTokens: 9 });
    const pairs: (readonly [number, number])[] = [];
    for (let start = 0; start < tokens.length; start += 9) {
      const seen = new Map<number, number>();
      for (let place = 0; place + 1 < 9; place += 2) {
        const [key, value] = [tokens[start + place]!, tokens[start + place + 1]!];
        expect(key).toBeLessThan(2);
        expect(value).toBeGreaterThanOrEqual(2);
        expect(bestNats[start + place + 1]).toBeCloseTo(seen.has(key) ? 0 : Math.log(3), 6);
        expect(seen.get(key) ?? value).toBe(value);
        seen.set(key, value);
      }
    }
    for (let index = 0; index + 1 < tokens.length; index++) {
      pairs.push([labels[index]!, tokens[index]! * 5 + tokens[index + 1]!]);
    }
    // 2 n I is about chi-square; 25 cells, 24 degrees of freedom, 51.2 is exceeded once in a thousand.
    expect(2 * pairs.length * information(pairs, 2, 25)).toBeLessThan(51.2);
  });
});

describe.each(TASK_NAMES)("corpus %s", (name) => {
  const data = dataOf([shippedDomain(name)], {
    sequenceLength: 64,
    batchSequences: 16,
    validationTokens: 65_536,
  });
  const corpus = loadCorpus(data, { cacheFolder: null });
  const task = corpus.domains[0]!.task!;

  it("has text enough for the default settings, and is the same again", () => {
    expect(corpus.domains[0]!.splits.train.length).toBeGreaterThan(1.8e6);
    expect(corpus.labelCount).toBe(8);
    expect(loadCorpus(data, { cacheFolder: null }).hash).toBe(corpus.hash);
  });

  it("gives batches of whole sequences with a label for every input", () => {
    const { inputs, targets, labels } = trainingBatch(corpus, data, 1, 0);
    const stream = corpus.domains[0]!.splits.train;
    for (let row = 0; row < 16; row++) {
      const sequence = [...inputs.subarray(row * 64, row * 64 + 64), targets[row * 64 + 63]!];
      const found = Array.from({ length: stream.length / 65 }, (_, index) => index * 65).filter((start) =>
        sequence.every((token, place) => stream[start + place] === token),
      );
      expect(found).toHaveLength(1);
      const expected = task.labels.train.subarray(found[0], found[0]! + 64);
      expect([...labels.subarray(row * 64, row * 64 + 64)]).toEqual([...expected]);
    }
    expect([...targets.subarray(0, 63)]).toEqual([...inputs.subarray(1, 64)]);
  });

  it("knows the optimum of the validation that is run, near its expectation", () => {
    const batches = evaluationBatches(corpus, data, "validation", 65_536);
    expect(batches).toHaveLength(64);
    const optimum = optimumOf(corpus, data, "validation", 65_536)!;
    expect(optimum.expectedNats).toBeGreaterThanOrEqual(optimum.toldNats - 1e-9);
    // 1 024 sequences: their mean differs from the expectation by a few standard errors at most.
    const ofSequence = Array.from({ length: task.bestNats.validation.length / 65 }, (_, index) =>
      task.bestNats.validation
        .subarray(index * 65, index * 65 + 65)
        .reduce((sum, nats) => sum + nats / 64, 0),
    );
    const mean = ofSequence.reduce((sum, nats) => sum + nats, 0) / ofSequence.length;
    const spread = Math.sqrt(
      ofSequence.reduce((sum, nats) => sum + (nats - mean) ** 2, 0) / (ofSequence.length - 1),
    );
    expect(Math.abs(optimum.measuredNats - optimum.expectedNats)).toBeLessThan(
      4 * (spread / Math.sqrt(1024) + optimum.standardError) + 1e-6,
    );
  });
});

describe("tasks and text", () => {
  it("do not mix", () => {
    const data = dataOf([shippedDomain("recall"), ownDomain("own", [])]);
    expect(() => loadCorpus(data, { cacheFolder: null })).toThrow(
      "is a synthetic task, whose tokens are no text",
    );
  });

  it("have batches whose labels are the domain's place, where there is text", () => {
    const domains = [shippedDomain("fiction"), shippedDomain("arithmetic")];
    const data = dataOf(domains);
    const corpus = loadCorpus(data, { cacheFolder: null });
    const labels = new Set(
      evaluationBatches(corpus, data, "validation", 40).flatMap((batch) => [...batch.labels]),
    );
    expect(corpus.labelCount).toBe(2);
    expect([...labels]).toEqual([0, 1]);
    expect(optimumOf(corpus, data, "validation", 40)).toBeNull();
  });
});
