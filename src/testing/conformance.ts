import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKER_API_VERSION, comparisonSchema, type Checker } from '../checker.ts';
import type { FailureReason, RunStatus } from '../drift.ts';
import type { RunResult } from '../run/result.ts';
import { fingerprint } from './fingerprint.ts';
import { runChecker, type RunCheckerOptions } from './run-checker.ts';

/** One situation a checker must judge right. */
export interface Scenario {
  readonly title: string;
  /** Prepares desired and live state; `dir` is empty and becomes the source. Returns the options. */
  readonly prepare: (dir: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly expect: {
    readonly status: RunStatus;
    /** Addresses of what drifted, in any order. */
    readonly drifted?: readonly string[];
    /** Reasons of the failures, in any order. */
    readonly failures?: readonly FailureReason[];
  };
  /** What else must hold; throw when it does not. */
  readonly verify?: (result: RunResult) => void;
  /** Secrets planted by `prepare`: they must not turn up in the result. */
  readonly secrets?: readonly string[];
  readonly run?: Partial<Omit<RunCheckerOptions, 'options' | 'source'>>;
}

export interface ConformanceOptions {
  /** At least one in sync, one drifted and one failing. */
  readonly scenarios: readonly Scenario[];
  /** A scenario whose observation takes at least a minute unless it is ended, to show that it ends. */
  readonly slow?: Pick<Scenario, 'prepare'>;
  /** Options that must be refused, by title. */
  readonly badOptions: Readonly<Record<string, unknown>>;
}

/** One test: hand `title` and `run` to `it` or `test` of any test runner. */
export interface ConformanceTest {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** What every checker owes, as tests in the real engine. */
export function conformanceTests<Options, Observation>(
  checker: Checker<Options, Observation>,
  { scenarios, slow, badOptions }: ConformanceOptions,
): readonly ConformanceTest[] {
  return [
    { title: 'declares this version of the contract and a valid name', run: async () => declares(checker) },
    { title: 'is tried in sync, drifted and failing', run: async () => coversEveryStatus(scenarios) },
    ...Object.entries({ ...badOptions, 'an unknown key': { no_such_option: true } }).map(([title, options]) => ({
      title: `refuses options: ${title}`,
      run: async () => {
        assert.equal(checker.options.safeParse(options).success, false);
      },
    })),
    ...scenarios.map((scenario) => ({ title: scenario.title, run: () => inScenario(checker, scenario) })),
    ...(slow === undefined
      ? []
      : [{ title: 'ends at once when aborted, and is not in sync', run: () => aborts(checker, slow) }]),
  ];
}

function declares<Options, Observation>({ apiVersion, name }: Checker<Options, Observation>): void {
  assert.equal(apiVersion, CHECKER_API_VERSION);
  assert.match(name, /^[a-z][a-z0-9_-]*$/);
}

function coversEveryStatus(scenarios: readonly Scenario[]): void {
  const statuses = new Set(scenarios.map(({ expect }) => expect.status));
  assert.deepEqual([...statuses].toSorted(), ['drifted', 'error', 'in_sync']);
}

async function inScenario<Options, Observation>(
  checker: Checker<Options, Observation>,
  scenario: Scenario,
): Promise<void> {
  await withSource(async (source) => {
    const options = await scenario.prepare(source);
    const before = await fingerprint(source);
    const result = await runChecker(watchPurity(checker), { ...scenario.run, options, source });
    assert.deepEqual(await fingerprint(source), before, 'the source was changed');
    judge(result, scenario);
    scenario.verify?.(result);
  });
}

function judge(result: RunResult, { expect, secrets = [] }: Scenario): void {
  const failures = result.failures.map(({ reason, message }) => `${reason}: ${message}`);
  assert.equal(
    result.status,
    expect.status,
    `${result.status} with ${result.drift.length} drifted and failures ${failures.join('; ')}`,
  );
  const addresses = result.drift.map(({ address }) => address);
  assert.equal(new Set(addresses).size, addresses.length, 'addresses are not unique');
  if (expect.drifted !== undefined) assert.deepEqual(addresses.toSorted(), expect.drifted.toSorted());
  if (expect.failures !== undefined) {
    assert.deepEqual(
      result.failures.map(({ reason }) => reason).toSorted(),
      expect.failures.toSorted(),
      failures.join('; '),
    );
  }
  if (expect.status !== 'error') assert.ok(result.resources > 0, 'a conclusive run compares at least one resource');
  const { resources, drift, failures: failed, notices, notCompared } = result;
  comparisonSchema.parse(JSON.parse(JSON.stringify({ resources, drift, failures: failed, notices, notCompared })));
  const text = JSON.stringify(result);
  for (const secret of secrets)
    assert.ok(!text.includes(secret), `a secret is in the result: ${secret.slice(0, 3)}...`);
}

/** The same checker, except that `compare` is called twice and must neither differ nor change what it is given. */
function watchPurity<Options, Observation>(checker: Checker<Options, Observation>): Checker<Options, Observation> {
  return {
    apiVersion: checker.apiVersion,
    name: checker.name,
    options: checker.options,
    ...(checker.acceptsInput !== undefined && { acceptsInput: checker.acceptsInput }),
    observe: (options, context) => checker.observe(options, context),
    compare: (observation, options) => {
      const first = checker.compare(deepFreeze(observation), options);
      assert.deepEqual(checker.compare(observation, options), first, 'compare is not pure');
      return first;
    },
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
  return value;
}

async function aborts<Options, Observation>(
  checker: Checker<Options, Observation>,
  { prepare }: Pick<Scenario, 'prepare'>,
): Promise<void> {
  await withSource(async (source) => {
    const options = await prepare(source);
    const controller = new AbortController();
    const started = performance.now();
    const timer = setTimeout(() => {
      controller.abort();
    }, 1_500);
    const result = await runChecker(checker, { options, source, signal: controller.signal, graceMs: 1_000 });
    clearTimeout(timer);
    assert.ok(performance.now() - started < 15_000, 'did not end within its grace');
    assert.equal(result.status, 'error');
    assert.ok(
      result.failures.some(({ reason }) => reason === 'aborted'),
      JSON.stringify(result.failures),
    );
  });
}

async function withSource(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-source-'));
  try {
    await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
