import type { RuleCase } from '../rule-case.ts';
import { CHECK_CASES } from './checks.ts';
import { DRIFT_CASES } from './drift.ts';
import { EXPORTER_CASES } from './exporter.ts';

export const CASES: readonly RuleCase[] = [...DRIFT_CASES, ...CHECK_CASES, ...EXPORTER_CASES];
