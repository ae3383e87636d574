import { describe, expect, it } from "vitest";
import { spread } from "../../src/report/draw/spread.ts";

describe("spread", () => {
  it("leaves places alone that are far enough apart", () => {
    expect(spread([10, 50, 30], 10, 0, 100)).toEqual([10, 50, 30]);
  });

  it("centres a crowd on the mean of its wishes", () => {
    // Three at 50, 10 apart, around 50.
    expect(spread([50, 50, 50], 10, 0, 100)).toEqual([40, 50, 60]);
  });

  it("pushes only those in the way, and keeps their order", () => {
    // 20 and 24 become a block around 22: 17 and 27; 80 stays. The first wish is the larger one.
    expect(spread([24, 20, 80], 10, 0, 100)).toEqual([27, 17, 80]);
  });

  it("stays within the limits, moving neighbours along", () => {
    expect(spread([98, 99], 10, 0, 100)).toEqual([90, 100]);
    expect(spread([1, 2, 12], 10, 0, 100)).toEqual([0, 10, 20]);
  });

  it("has nothing to do for nothing", () => {
    expect(spread([], 10, 0, 100)).toEqual([]);
  });
});
