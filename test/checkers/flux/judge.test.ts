import { expect } from 'chai';
import { compareStatus } from '../../../checkers/flux/status/compare-status.ts';
import { FLUX_KINDS } from '../../../checkers/flux/status/flux-kinds.ts';
import type { FluxFacts } from '../../../checkers/flux/status/observation.ts';
import type { KubeObject } from '../../../checkers/kubernetes/observation.ts';

const NOW = '2026-11-21T12:00:00Z';
const AN_HOUR_AGO = '2026-11-21T11:00:00Z';
const A_DAY_AGO = '2026-11-20T12:00:00Z';
const OPTIONS = { namespaces: { include: ['*'], exclude: [] }, intervals: 3, grace: 300_000 };
const ready = (at: string): object => ({ type: 'Ready', status: 'True', lastTransitionTime: at });

interface Judged {
  readonly title: string;
  readonly kind?: string;
  readonly metadata?: object;
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly facts?: Partial<FluxFacts>;
  /** `drift`, or reasons of failures and kinds of notices. */
  readonly expect: readonly string[];
}

const revision = (kind: string, at: string): Partial<FluxFacts> => ({
  artifacts: new Map([[kind, { revision: 'v2', at }]]),
});

const CASES: readonly Judged[] = [
  {
    title: 'an old object that was never reconciled',
    metadata: { creationTimestamp: A_DAY_AGO, generation: 1 },
    spec: { interval: '10m' },
    expect: ['deferred', 'stale'],
  },
  {
    title: 'a new object that was never reconciled',
    metadata: { creationTimestamp: '2026-11-21T11:59:00Z', generation: 1 },
    spec: { interval: '1m' },
    expect: ['deferred'],
  },
  {
    title: 'an object that was looked at three intervals ago and more',
    spec: { interval: '10m' },
    status: { conditions: [ready(AN_HOUR_AGO)] },
    expect: ['stale'],
  },
  {
    title: 'an object that was looked at within its intervals',
    spec: { interval: '1h30m' },
    status: { conditions: [ready(A_DAY_AGO)] },
    metadata: { managedFields: [{ subresource: 'status', time: AN_HOUR_AGO }] },
    expect: [],
  },
  {
    title: 'an object whose history tells the last look',
    spec: { interval: '20m' },
    status: { conditions: [ready(A_DAY_AGO)], history: [{ lastReconciled: '2026-11-21T11:40:00Z' }] },
    expect: [],
  },
  {
    title: 'an object with an edit by hand long after the last look',
    spec: { interval: '10m' },
    status: { conditions: [ready(A_DAY_AGO)] },
    metadata: { managedFields: [{ time: NOW }] },
    expect: ['stale'],
  },
  {
    title: 'a suspended object that was looked at long ago',
    spec: { interval: '10m', suspend: true },
    status: { conditions: [ready(A_DAY_AGO)] },
    expect: ['suspended'],
  },
  {
    title: 'a release of v2beta1 that is behind',
    kind: 'HelmRelease',
    spec: { interval: '24h' },
    status: { conditions: [ready(NOW)], helmChart: 'shop/c', lastAppliedRevision: 'v1' },
    facts: revision('HelmChart/shop/c', A_DAY_AGO),
    expect: ['drift'],
  },
  {
    title: 'a release of v2beta1 that is not behind',
    kind: 'HelmRelease',
    spec: { interval: '24h' },
    status: { conditions: [ready(NOW)], helmChart: 'shop/c', lastAppliedRevision: 'v2' },
    facts: revision('HelmChart/shop/c', A_DAY_AGO),
    expect: [],
  },
  {
    title: 'a Kustomization that applied nothing yet, long after its source came',
    spec: { interval: '24h', sourceRef: { kind: 'Bucket', name: 'b', namespace: 'other' } },
    status: { conditions: [ready(NOW)] },
    facts: revision('Bucket/other/b', A_DAY_AGO),
    expect: ['drift'],
  },
  {
    title: 'an event of drift that was not repeated since',
    kind: 'HelmRelease',
    spec: { interval: '10m' },
    status: { conditions: [ready(NOW)] },
    facts: { driftEvents: new Map([['shop/x', { message: 'gone', at: AN_HOUR_AGO }]]) },
    expect: [],
  },
  {
    title: 'an event of drift whose words are not understood',
    kind: 'HelmRelease',
    spec: { interval: '10m' },
    status: { conditions: [ready(NOW)] },
    facts: { driftEvents: new Map([['shop/x', { message: 'something', at: NOW }]]) },
    expect: ['drift'],
  },
  {
    title: 'a failure with a reason that is not known',
    spec: { interval: '10m' },
    metadata: { creationTimestamp: A_DAY_AGO },
    status: { conditions: [{ type: 'Ready', status: 'False', reason: 'New', lastTransitionTime: NOW }] },
    expect: ['task_failed'],
  },
  {
    title: 'a failure of what it depends on',
    spec: { interval: '10m' },
    metadata: { creationTimestamp: A_DAY_AGO },
    status: { conditions: [{ type: 'Ready', status: 'False', reason: 'DependencyNotReady', lastTransitionTime: NOW }] },
    expect: ['dependency'],
  },
  { title: 'an object that is not as its definition says', status: { conditions: 7 }, expect: ['bad_output'] },
  { title: 'an object with nothing in it', spec: null, status: null, expect: [] },
];

describe('judging Flux’s objects', () => {
  for (const one of CASES) {
    it(`${one.title}: ${one.expect.join(', ') || 'nothing to say'}`, () => {
      const kind = FLUX_KINDS.find((known) => known.kind === (one.kind ?? 'Kustomization'))!;
      const metadata = { name: 'x', namespace: 'shop', ...one.metadata };
      const object = {
        apiVersion: 'x/v1',
        kind: kind.kind,
        metadata,
        spec: one.spec,
        status: one.status,
      } as KubeObject;
      const facts = { now: NOW, artifacts: new Map(), driftEvents: new Map(), ...one.facts };
      const found = compareStatus({ piece: 'flux', kind, objects: [object], facts }, OPTIONS);
      const said = [
        ...found.drift.map(() => 'drift'),
        ...(found.notices ?? []).map((notice) => notice.kind),
        ...(found.failures ?? []).map(({ reason }) => reason),
      ];
      expect(said).to.deep.equal([...one.expect]);
    });
  }
});
