import { expect } from 'chai';
import fc from 'fast-check';
import { isBlind, type RunResult } from '../../src/run/result.ts';
import {
  initialState,
  lastSeeing,
  nextState,
  publishedDrift,
  withLateRun,
  type CheckState,
} from '../../src/run/state.ts';
import { drifted, failed, minute, resource, result, stateAfter } from '../store/run-results.ts';

const addresses = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__'), { maxLength: 4 });

/** A run of any kind; its start is set by its place in the sequence. */
const anyRun = addresses.chain((names) => {
  const drift = names.map((name) => resource(name));
  const looked = drift.length === 0 ? result() : drifted(drift);
  return fc.constantFrom(looked, failed(), failed({ drift, resources: drift.length + 3 }));
});

const anyRuns = fc
  .array(anyRun, { minLength: 1, maxLength: 12 })
  .map((runs) => runs.map((run, index) => ({ ...run, startedAt: minute(index) })));

const anyConfirmations = fc.integer({ min: 1, max: 4 });

/** Every state on the way, each with the runs that led to it. */
function history(runs: readonly RunResult[], confirmations: number): { state: CheckState; runs: RunResult[] }[] {
  return runs.map((_, index) => {
    const sofar = runs.slice(0, index + 1);
    return { state: stateAfter(sofar, confirmations), runs: sofar };
  });
}

/** The property holds after each run of any sequence. */
function always(property: (state: CheckState, runs: readonly RunResult[], confirmations: number) => void): void {
  fc.assert(
    fc.property(anyRuns, anyConfirmations, (runs, confirmations) => {
      for (const step of history(runs, confirmations)) property(step.state, step.runs, confirmations);
    }),
  );
}

/** The runs since the last that saw no drift and failed at nothing. */
function sinceClean(runs: readonly RunResult[]): readonly RunResult[] {
  return runs.slice(runs.findLastIndex((run) => run.status === 'in_sync') + 1);
}

describe('the state of a check', () => {
  it('is unknown before the first run', () => {
    expect(initialState('web')).to.include({ check: 'web', status: 'unknown', driftedRuns: 0, confirmed: false });
  });

  it('is never green unless some run was in sync and no drift is confirmed since', () => {
    always((state, runs) => {
      if (state.status !== 'in_sync') return;
      expect(runs.some((run) => run.status === 'in_sync')).to.equal(true);
      expect(state.confirmed).to.equal(false);
    });
  });

  it('is never called in sync by an unconfirmed drift after an error when no run ever was', () => {
    const web = resource('web');
    const runs = [drifted([web]), failed({ startedAt: minute(1) }), drifted([web], { startedAt: minute(2) })];
    expect(stateAfter(runs, 3).status).to.equal('unknown');
  });

  it('is an error exactly when the last run failed', () => {
    always((state, runs) => expect(state.status === 'error').to.equal(runs.at(-1)?.status === 'error'));
  });

  it('has drifted since the first run of the unbroken drift, through errors and before its confirmation', () => {
    always((state, runs) => {
      const first = sinceClean(runs).find((run) => run.drift.length > 0);
      expect(state.driftedSince).to.equal(first?.startedAt);
    });
  });

  it('publishes drift once enough runs in a row saw it, and until a run without it', () => {
    always((state, runs, confirmations) => {
      const seeing = sinceClean(runs).filter((run) => run.drift.length > 0).length;
      expect(state.driftedRuns).to.equal(seeing);
      expect(state.confirmed).to.equal(seeing >= confirmations);
      if (!state.confirmed) expect(publishedDrift(state)).to.deep.equal([]);
      if (runs.at(-1)?.status === 'drifted' && seeing >= confirmations) expect(state.status).to.equal('drifted');
    });
  });

  it('keeps confirmed drift confirmed when more confirmations are asked for later', () => {
    const before = stateAfter([drifted([resource('a')])], 1);
    expect(nextState(before, drifted([resource('a')], { startedAt: minute(1) }), 3).status).to.equal('drifted');
  });

  it('keeps the raw result of every run', () => {
    always((state, runs) => expect(state.last).to.deep.equal(runs.at(-1)));
  });

  it('still knows the last run that saw something after runs that could not look', () => {
    always((state, runs) => {
      const seeing = runs.findLast((run) => !isBlind(run)) ?? runs.at(-1);
      expect(lastSeeing(state)).to.deep.equal(seeing);
    });
  });

  it('knows the time of the last run that ended without a failure, and of the last one in sync', () => {
    always((state, runs) => {
      expect(state.lastConclusiveAt).to.equal(runs.findLast((run) => run.status !== 'error')?.startedAt);
      expect(state.lastInSyncAt).to.equal(runs.findLast((run) => run.status === 'in_sync')?.startedAt);
    });
  });

  it('knows since when each resource has drifted, whatever its name, through runs that failed', () => {
    always((state, runs) => {
      for (const { address } of lastSeeing(state)?.drift ?? []) {
        const absent = runs.findLastIndex(
          (run) => run.status !== 'error' && run.drift.every((drift) => drift.address !== address),
        );
        const first = runs.slice(absent + 1).find((run) => run.drift.some((drift) => drift.address === address));
        expect(Object.hasOwn(state.firstSeen, address)).to.equal(true);
        expect(state.firstSeen[address]).to.equal(first?.startedAt);
      }
    });
  });

  it('forgets since when a resource had drifted once a run that did not fail sees it no more', () => {
    always((state, runs) => {
      const last = runs.at(-1);
      if (last === undefined || last.status === 'error') return;
      expect(Object.keys(state.firstSeen).toSorted()).to.deep.equal(
        last.drift.map((drift) => drift.address).toSorted(),
      );
    });
  });

  it('counts how often what is published changed, not what it was first', () => {
    always((state, runs, confirmations) => {
      const steps = history(runs, confirmations).map((step) => step.state.status);
      const changes = steps.filter((status, index) => {
        const before = steps[index - 1] ?? 'unknown';
        return before !== 'unknown' && before !== status;
      });
      expect(state.statusChanges).to.equal(changes.length);
    });
  });

  it('counts its runs, by what each found, and its versions', () => {
    always((state, runs) => {
      expect(state.version).to.equal(runs.length);
      for (const status of ['in_sync', 'drifted', 'error'] as const)
        expect(state.runs[status] ?? 0).to.equal(runs.filter((run) => run.status === status).length);
    });
  });

  it('only counts a run that came late', () => {
    always((state) => {
      const { runs, version, ...known } = withLateRun(state, drifted([resource('late')]));
      expect(known).to.deep.equal(
        Object.fromEntries(Object.entries(state).filter(([key]) => Object.hasOwn(known, key))),
      );
      expect([version, runs.drifted]).to.deep.equal([state.version + 1, (state.runs.drifted ?? 0) + 1]);
    });
  });

  it('is plain JSON', () => {
    always((state) => expect(JSON.parse(JSON.stringify(state))).to.deep.equal(state));
  });
});
