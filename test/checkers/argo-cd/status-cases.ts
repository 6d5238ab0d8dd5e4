/** An Application as Argo CD left it, and what the checker must say of it. */
export interface StatusCase {
  /** Also the name of the Application. */
  readonly id: string;
  readonly title: string;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Absent: Argo CD did not look at it yet. */
  readonly status?: Readonly<Record<string, unknown>>;
  /** `address action cause`. */
  readonly drift?: readonly string[];
  readonly failures?: readonly (readonly [string, RegExp])[];
  readonly notices?: readonly (readonly [string, RegExp])[];
  readonly notCompared?: number;
}

export const NAMESPACE = 'argocd';
const NOW: string = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
const LONG_AGO = '2026-01-01T00:00:00Z';
const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];
const source = { repoURL: 'https://git.example.org/apps.git', path: 'guestbook', targetRevision: 'HEAD' };
const other = { repoURL: 'https://git.example.org/values.git', ref: 'values', targetRevision: 'HEAD' };
const destination = { server: 'https://kubernetes.default.svc', namespace: 'shop' };

export const SPEC: Readonly<Record<string, unknown>> = {
  project: 'default',
  source,
  destination,
  syncPolicy: { automated: {} },
};
const MULTI = { ...SPEC, source: undefined, sources: [source, other] };

interface Object {
  readonly group?: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly [field: string]: unknown;
}

const object = (kind: string, status: string, more: Partial<Object> = {}): Object => ({
  kind,
  version: 'v1',
  namespace: 'shop',
  name: 'web',
  status,
  ...more,
});

const compared = (
  sync: string,
  revision: string,
  resources: readonly Object[],
  more: object = {},
): Record<string, unknown> => ({
  sync: { status: sync, revision, comparedTo: { source, destination } },
  health: { status: 'Healthy' },
  reconciledAt: NOW,
  resources,
  ...more,
});

const synced = (revision: string, more: object = {}): Record<string, unknown> => ({
  operationState: {
    operation: { sync: { revision } },
    phase: 'Succeeded',
    message: 'successfully synced',
    startedAt: LONG_AGO,
    finishedAt: LONG_AGO,
    syncResult: { revision, source },
    ...more,
  },
});

const DEPLOYMENT = { group: 'apps' };

export const STATUS_CASES: readonly StatusCase[] = [
  {
    id: 'synced',
    title: 'nothing of an Application that is synced',
    status: compared('Synced', ONE, [object('Deployment', 'Synced', DEPLOYMENT)], synced(ONE)),
  },
  {
    id: 'edited',
    title: 'an object that is out of sync with the revision that was synced: live moved',
    status: compared(
      'OutOfSync',
      ONE,
      [object('Deployment', 'OutOfSync', DEPLOYMENT), object('Service', 'Synced')],
      synced(ONE),
    ),
    drift: ['argocd/edited/apps/Deployment/shop/web update out_of_band'],
  },
  {
    id: 'behind',
    title: 'an object that is out of sync with a later revision: nobody synced it',
    status: compared('OutOfSync', TWO, [object('Deployment', 'OutOfSync', DEPLOYMENT)], synced(ONE)),
    drift: ['argocd/behind/apps/Deployment/shop/web update unapplied'],
  },
  {
    id: 'parameters',
    title: 'an object that is out of sync because the Application itself was changed',
    status: compared(
      'OutOfSync',
      ONE,
      [object('Service', 'OutOfSync')],
      synced(ONE, { syncResult: { revision: ONE, source: { ...source, path: 'old' } } }),
    ),
    drift: ['argocd/parameters/Service/shop/web update unapplied'],
  },
  {
    id: 'missing',
    title: 'an object that is not there',
    status: compared(
      'OutOfSync',
      ONE,
      [object('ConfigMap', 'OutOfSync', { health: { status: 'Missing' } })],
      synced(ONE),
    ),
    drift: ['argocd/missing/ConfigMap/shop/web create out_of_band'],
  },
  {
    id: 'pruning',
    title: 'an object that git does not declare any more',
    status: compared('OutOfSync', TWO, [object('ConfigMap', 'OutOfSync', { requiresPruning: true })], synced(TWO)),
    drift: ['argocd/pruning/ConfigMap/shop/web delete unapplied'],
  },
  {
    id: 'cluster-scoped',
    title: 'an object of no namespace',
    status: compared(
      'OutOfSync',
      ONE,
      [object('ClusterRole', 'OutOfSync', { group: 'rbac.authorization.k8s.io', namespace: undefined })],
      synced(ONE),
    ),
    drift: ['argocd/cluster-scoped/rbac.authorization.k8s.io/ClusterRole/web update out_of_band'],
  },
  {
    id: 'hook',
    title: 'nothing of a hook',
    status: compared('Synced', ONE, [object('Job', 'OutOfSync', { group: 'batch', hook: true })], synced(ONE)),
  },
  {
    id: 'whole',
    title: 'an Application that is out of sync and does not say where',
    status: compared('OutOfSync', ONE, [], synced(ONE)),
    drift: ['argoproj.io/Application/argocd/whole update out_of_band'],
  },
  {
    id: 'never-synced',
    title: 'an Application that was never synced',
    status: compared('OutOfSync', ONE, [object('Service', 'OutOfSync', { health: { status: 'Missing' } })]),
    drift: ['argocd/never-synced/Service/shop/web create unapplied'],
  },
  {
    id: 'sync-failed',
    title: 'an Application whose last sync failed',
    status: compared('OutOfSync', TWO, [object('Service', 'OutOfSync')], {
      ...synced(TWO, { phase: 'Failed', message: 'one or more objects failed to apply', syncResult: undefined }),
      history: [{ id: 1, revision: ONE, deployedAt: LONG_AGO, source }],
    }),
    drift: ['argocd/sync-failed/Service/shop/web update unapplied'],
    failures: [['task_failed', /^the last sync: Failed: one or more objects failed to apply$/]],
  },
  {
    id: 'sync-failed-once',
    title: 'a sync that failed and does not matter any more',
    status: compared(
      'Synced',
      ONE,
      [object('Service', 'Synced')],
      synced(ONE, { phase: 'Error', message: 'timed out' }),
    ),
    notices: [['ignored_error', /^the last sync: Error: timed out$/]],
  },
  {
    id: 'sync-hangs',
    title: 'a sync that does not end',
    status: compared(
      'OutOfSync',
      ONE,
      [object('Service', 'OutOfSync')],
      synced(ONE, { phase: 'Running', finishedAt: undefined, message: 'waiting for healthy state' }),
    ),
    drift: ['argocd/sync-hangs/Service/shop/web update unknown'],
    notices: [['deferred', /^a sync is Running for \d+ s: waiting for healthy state$/]],
  },
  {
    id: 'comparison-error',
    title: 'an Application that cannot be compared',
    status: compared('Unknown', ONE, [object('Service', 'Unknown')], {
      conditions: [{ type: 'ComparisonError', message: 'failed to generate manifest', lastTransitionTime: LONG_AGO }],
    }),
    failures: [['task_failed', /^ComparisonError: failed to generate manifest$/]],
  },
  {
    id: 'invalid-spec',
    title: 'an Application that is not valid',
    status: compared('Unknown', '', [], {
      conditions: [{ type: 'InvalidSpecError', message: 'application destination is not permitted' }],
    }),
    failures: [['invalid', /^InvalidSpecError: /]],
  },
  {
    id: 'unknown',
    title: 'an Application whose status is unknown for no reason',
    status: compared('Unknown', ONE, []),
    failures: [['task_failed', /sync status is Unknown/]],
  },
  {
    id: 'orphaned',
    title: 'orphaned resources',
    status: compared('Synced', ONE, [object('Service', 'Synced')], {
      conditions: [{ type: 'OrphanedResourceWarning', message: 'Application has 3 orphaned resources' }],
    }),
    notices: [['outside_change', /3 orphaned resources/]],
  },
  {
    id: 'shared',
    title: 'a resource that two Applications have, and one that is there twice',
    status: compared('Synced', ONE, [object('Service', 'Synced')], {
      conditions: [
        { type: 'SharedResourceWarning', message: 'Service/web is part of applications argocd/a and b' },
        { type: 'RepeatedResourceWarning', message: 'Resource appeared 2 times' },
      ],
    }),
    notices: [
      ['warning', /SharedResourceWarning/],
      ['duplicate', /appeared 2 times/],
    ],
  },
  {
    id: 'degraded',
    title: 'an Application that is degraded, though as declared',
    status: compared('Synced', ONE, [object('Deployment', 'Synced', DEPLOYMENT)], { health: { status: 'Degraded' } }),
    notices: [['check_failed', /^health: Degraded$/]],
  },
  {
    id: 'stale',
    title: 'a comparison that is long ago, beside what it found',
    status: compared('OutOfSync', ONE, [object('Service', 'OutOfSync')], { ...synced(ONE), reconciledAt: LONG_AGO }),
    drift: ['argocd/stale/Service/shop/web update out_of_band'],
    failures: [['stale', /^last compared \d+ s ago; expected at least every 1800 s$/]],
  },
  {
    id: 'new',
    title: 'an Application that was made just now, as at work',
    notices: [['deferred', /did not compare it yet/]],
  },
  {
    id: 'manual',
    title: 'an Application without automated sync that is out of sync',
    spec: { ...SPEC, syncPolicy: undefined },
    status: compared('OutOfSync', ONE, [object('Service', 'OutOfSync')], synced(ONE)),
    drift: ['argocd/manual/Service/shop/web update out_of_band'],
    notices: [['suspended', /no automated sync/]],
  },
  {
    id: 'manual-synced',
    title: 'nothing of an Application without automated sync that is synced',
    spec: { ...SPEC, syncPolicy: undefined },
    status: compared('Synced', ONE, [object('Service', 'Synced')], synced(ONE)),
  },
  {
    id: 'switched-off',
    title: 'automated sync that is switched off',
    spec: { ...SPEC, syncPolicy: { automated: { enabled: false } } },
    status: compared('Synced', ONE, [object('Service', 'Synced')], synced(ONE)),
    notices: [['suspended', /switched off/]],
  },
  {
    id: 'skipped',
    title: 'an Application that Argo CD is told not to look at',
    annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' },
    status: compared('OutOfSync', ONE, [object('Service', 'OutOfSync')], { reconciledAt: LONG_AGO }),
    notices: [['suspended', /skip-reconcile/]],
    notCompared: 1,
  },
  {
    id: 'multi-edited',
    title: 'an object of several sources that live moved',
    spec: MULTI,
    status: {
      ...compared('OutOfSync', '', [object('Service', 'OutOfSync')]),
      sync: { status: 'OutOfSync', revisions: [ONE, TWO], comparedTo: { sources: [source, other], destination } },
      ...synced('', { syncResult: { revision: '', revisions: [ONE, TWO], sources: [source, other] } }),
    },
    drift: ['argocd/multi-edited/Service/shop/web update out_of_band'],
  },
  {
    id: 'multi-behind',
    title: 'an object of several sources, one of which moved',
    spec: MULTI,
    status: {
      ...compared('OutOfSync', '', [object('Service', 'OutOfSync')]),
      sync: { status: 'OutOfSync', revisions: [ONE, TWO], comparedTo: { sources: [source, other], destination } },
      ...synced('', { syncResult: { revision: '', revisions: [ONE, ONE], sources: [source, other] } }),
    },
    drift: ['argocd/multi-behind/Service/shop/web update unapplied'],
  },
];

/** ApplicationSets and the status that their controller left. */
export const SETS: readonly {
  readonly name: string;
  readonly status: Readonly<Record<string, unknown>>;
  readonly drift?: readonly string[];
  readonly failures?: readonly (readonly [string, RegExp])[];
  readonly notices?: readonly (readonly [string, RegExp])[];
}[] = [
  {
    name: 'whole',
    status: {
      conditions: [
        setCondition('ErrorOccurred', 'False', 'ApplicationSetUpToDate', 'All applications have been generated'),
      ],
      resources: [generated('synced'), generated('edited')],
    },
  },
  {
    name: 'gone',
    status: { resources: [generated('synced'), generated('not-there')] },
    drift: ['argoproj.io/Application/argocd/not-there create out_of_band'],
  },
  {
    name: 'failing',
    status: {
      conditions: [
        setCondition(
          'ErrorOccurred',
          'True',
          'ApplicationGenerationFromParamsError',
          'error generating params: no such directory',
        ),
      ],
    },
    failures: [['task_failed', /^ApplicationGenerationFromParamsError: error generating params/]],
  },
  {
    name: 'rolling',
    status: {
      applicationStatus: [
        {
          application: 'edited',
          status: 'Pending',
          message: 'Application moved to Pending',
          step: '1',
          targetRevisions: [TWO],
        },
        {
          application: 'synced',
          status: 'Healthy',
          message: 'Application is Healthy',
          step: '1',
          targetRevisions: [TWO],
        },
      ],
    },
    notices: [['deferred', /edited is Pending in a progressive sync/]],
  },
];

function generated(name: string): object {
  return {
    group: 'argoproj.io',
    version: 'v1alpha1',
    kind: 'Application',
    namespace: NAMESPACE,
    name,
    status: 'Synced',
  };
}

function setCondition(type: string, status: string, reason: string, message: string): object {
  return { type, status, reason, message, lastTransitionTime: LONG_AGO };
}
