export { conformanceTests, type ConformanceOptions, type ConformanceTest, type Scenario } from './conformance.ts';
export { fingerprint } from './fingerprint.ts';
export { runChecker, type RunCheckerOptions } from './run-checker.ts';
export type { RunResult } from '../run/result.ts';
