/** Tests that take a minute or more, in processes or compilers: `npm test` leaves them out aloud, .ci/run asks for them. */

/** Whether they run. */
export const slowTests = process.env["MOE_LAB_SLOW_TESTS"] === "1";

/** To be put behind their names. */
export const needsTime = slowTests ? "" : " (skipped: takes a minute; MOE_LAB_SLOW_TESTS=1 runs it)";
