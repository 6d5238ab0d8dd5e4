import { expect } from 'chai';
import fc from 'fast-check';
import { compareTerraform } from '../../checkers/terraform/compare.ts';
import { terraformOptions } from '../../checkers/terraform/options.ts';
import { readEvents } from '../../checkers/terraform/read-events.ts';
import { PlanReader } from '../../checkers/terraform/plan-reader.ts';
import { readTextDiagnostics } from '../../checkers/terraform/read-text-diagnostics.ts';
import { comparisonSchema, isCheckError, type Comparison } from '../../src/checker.ts';
import { always, DEEP, deepObject, hostileText, injured, injuries, sample, swapped, swaps } from './fuzz.ts';

const PLAN = sample('terraform-plan.json');
const EVENTS = sample('terraform-events.jsonl');
const options = terraformOptions.parse({ outside_changes: 'all' });

/** What the checker makes of these texts; CheckErrors are failures, as in the engine. */
function judge(plan: string | undefined, events = EVENTS, exitCode = 2): Comparison {
  try {
    const read = readEvents(events);
    if (plan === undefined) return compareTerraform({ exitCode, events: read }, options);
    const reader = new PlanReader(() => undefined);
    reader.read(Buffer.from(plan));
    return compareTerraform({ exitCode, events: read, plan: reader.end() }, options);
  } catch (error) {
    if (!isCheckError(error)) throw error;
    return { resources: 0, drift: [], failures: [{ phase: 'observe', reason: error.reason, message: error.message }] };
  }
}

const isSound = (comparison: Comparison): void => {
  const parsed = comparisonSchema.safeParse(JSON.parse(JSON.stringify(comparison)));
  expect(parsed.error?.issues).to.equal(undefined);
};

describe('what Terraform writes, injured:', () => {
  it('the recorded plan is read whole', () => {
    const { drift, failures } = judge(PLAN);
    expect(failures).to.deep.equal([]);
    expect(drift.length).to.be.greaterThan(4);
  });

  it('a plan with wrong bytes is a failure or a sound comparison', () => {
    always(
      fc.property(injuries, (all) => {
        isSound(judge(injured(PLAN, all)));
      }),
      150,
    );
  });

  it('a plan with other values is a failure or a sound comparison', () => {
    const document: unknown = JSON.parse(PLAN);
    always(
      fc.property(swaps, (all) => {
        isSound(judge(JSON.stringify(swapped(document, all))));
      }),
      300,
    );
  });

  it('a plan cut off anywhere is never an answer', () => {
    always(
      fc.property(fc.nat(PLAN.trimEnd().length - 1), (length) => {
        expect(judge(PLAN.slice(0, length)).failures).to.have.length(1);
      }),
      200,
    );
  });

  it('events cut off before the summary, or without it, are never in sync', () => {
    const summary = EVENTS.indexOf('"change_summary"');
    always(
      fc.property(fc.nat(summary), fc.constantFrom(0, 2), (length, exitCode) => {
        const { drift, failures } = judge(undefined, EVENTS.slice(0, length), exitCode);
        expect([drift, failures?.length]).to.deep.equal([[], 1]);
      }),
    );
  });

  it('events with wrong bytes say nothing that is not sound, and keep the diagnostics of whole lines', () => {
    const problem = '{"type":"diagnostic","diagnostic":{"severity":"error","summary":"the one that counts"}}';
    always(
      fc.property(injuries, (all) => {
        const events = `${injured(EVENTS, all)}\n${problem}`;
        isSound(judge(undefined, events));
        expect(readEvents(events).diagnostics.at(-1)?.summary).to.equal('the one that counts');
      }),
      150,
    );
  });

  it('any text at all makes diagnostics of text', () => {
    always(
      fc.property(fc.array(fc.oneof(hostileText, fc.constantFrom('Error: x', '│ on main.tf line 1', '╷'))), (lines) => {
        for (const { summary, detail } of readTextDiagnostics(lines.join('\n')))
          expect([typeof summary, typeof detail]).to.deep.equal(['string', 'string']);
      }),
    );
  });

  it('a resource called __proto__ is a resource', () => {
    const text = PLAN.replaceAll('live_object.new', 'live_object.__proto__').replaceAll('"size"', '"__proto__"');
    const { drift, failures } = judge(text);
    expect(failures).to.deep.equal([]);
    const paths = drift.flatMap(({ address, changes }) => [address, ...changes.map(({ path }) => path)]);
    expect(paths).to.include('live_object.__proto__').and.include('/__proto__');
  });

  it('integers beyond 2^53 keep their digits', () => {
    const change = { actions: ['update'], before: { id: 'BEFORE' }, after: { id: 'AFTER' } };
    const plan = { format_version: '1.2', resource_changes: [{ address: 'a.b', type: 'a', mode: 'managed', change }] };
    const text = JSON.stringify(plan).replace('"BEFORE"', '9007199254740993').replace('"AFTER"', '9007199254740992');
    expect(judge(text).drift[0]?.changes).to.have.length(1);
    expect(JSON.stringify(judge(text).drift))
      .to.include('9007199254740993')
      .and.include('9007199254740992');
  });

  it(`values nested ${DEEP} deep are a failure, not a crash`, () => {
    const place = '"format_version"';
    for (const key of ['resource_changes', 'configuration', 'prior_state', 'x']) {
      const failures = judge(PLAN.replace(place, `"${key}":${deepObject()},${place}`)).failures ?? [];
      expect(failures.map(({ reason }) => reason)).to.deep.equal(['bad_output']);
    }
    const change = { actions: ['update'], before: 'DEEP', after: {} };
    const plan = { format_version: '1.2', resource_changes: [{ address: 'a.b', type: 'a', mode: 'managed', change }] };
    const { failures } = judge(JSON.stringify(plan).replace('"DEEP"', deepObject()));
    expect(failures?.map(({ reason }) => reason)).to.deep.equal(['bad_output']);
  });
});
