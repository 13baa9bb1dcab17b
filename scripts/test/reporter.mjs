import { writeFileSync } from 'node:fs';

/** Leaves the run's counts, and the reason of every skip, in the file that TEST_OUTCOME names. */
export default class OutcomeReporter {
  onTestRunEnd(modules, unhandled) {
    const outcome = { passed: 0, failed: unhandled.length, skipped: 0, reasons: [] };
    for (const module of modules) count(module, outcome);
    writeFileSync(process.env.TEST_OUTCOME, JSON.stringify(outcome));
  }
}

function count(module, outcome) {
  let failedTests = 0;
  for (const test of module.children.allTests()) {
    const { state, note } = test.result();
    if (state === 'passed') outcome.passed += 1;
    if (state === 'failed') failedTests += 1;
    if (state !== 'skipped' && state !== 'pending') continue;
    outcome.skipped += 1;
    outcome.reasons.push(`${module.relativeModuleId}: ${test.fullName} (${note ?? 'no reason given'})`);
  }
  // A file that could not be loaded, or whose hook failed, has no failed test of its own but is a failure.
  outcome.failed += module.state() === 'failed' ? Math.max(failedTests, 1) : failedTests;
}
