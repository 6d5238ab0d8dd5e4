import { expect } from 'chai';
import type { ManagedFieldsEntry } from '../../../../checkers/kubernetes/observation.ts';
import { managerTable } from '../../../../checkers/kubernetes/ownership/managers.ts';
import type { ActorClass, Cause } from '../../../../src/checker.ts';
import { comparing, owner } from './comparing.ts';

const GIT = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata: {a: git}\n';

function live(data: string, applied?: string): string {
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c' },
    data: JSON.parse(applied ?? '{}') as unknown,
  });
  const annotations =
    applied === undefined ? '' : `, annotations: {kubectl.kubernetes.io/last-applied-configuration: '${text}'}`;
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop${annotations}}\ndata: ${data}\n`;
}

interface Attributed {
  readonly title: string;
  readonly live: string;
  readonly owners: readonly ManagedFieldsEntry[];
  readonly cause: Cause;
  readonly actor: readonly [string, ActorClass] | undefined;
}

const csa = owner('kubectl-client-side-apply', ['data a']);
const gitops = owner('gitops', ['data a'], { operation: 'Apply' });
const later = { time: '2026-02-02T00:00:00Z' };

const CASES: Attributed[] = [
  {
    title: 'live is what was applied, so git moved',
    live: live('{a: old}', '{"a":"old"}'),
    owners: [csa],
    cause: 'unapplied',
    actor: ['kubectl-client-side-apply', 'pipeline'],
  },
  {
    title: 'what was applied is what git says, so live moved',
    live: live('{a: edited}', '{"a":"git"}'),
    owners: [owner('kubectl-edit', ['data a'], later)],
    cause: 'out_of_band',
    actor: ['kubectl-edit', 'human'],
  },
  {
    title: 'both moved: live counts',
    live: live('{a: edited}', '{"a":"old"}'),
    owners: [owner('kubectl-edit', ['data a'], later)],
    cause: 'out_of_band',
    actor: ['kubectl-edit', 'human'],
  },
  {
    title: 'a field that was applied is gone',
    live: live('{}', '{"a":"git"}'),
    owners: [owner('kubectl-client-side-apply', ['metadata'])],
    cause: 'out_of_band',
    actor: undefined,
  },
  {
    title: 'a field that was never applied is not there yet',
    live: live('{}', '{}'),
    owners: [owner('kubectl-client-side-apply', ['metadata'])],
    cause: 'unapplied',
    actor: undefined,
  },
  {
    title: 'git stopped declaring a field',
    live: live('{a: git, b: old}', '{"a":"git","b":"old"}'),
    owners: [owner('kubectl-client-side-apply', ['data a', 'data b'])],
    cause: 'unapplied',
    actor: ['kubectl-client-side-apply', 'pipeline'],
  },
  {
    title: 'the applier still owns what differs, so git moved',
    live: live('{a: old}'),
    owners: [gitops],
    cause: 'unapplied',
    actor: ['gitops', 'pipeline'],
  },
  {
    title: 'somebody took a field from the applier',
    live: live('{a: edited}'),
    owners: [owner('gitops', ['data'], { operation: 'Apply' }), owner('kubectl-patch', ['data a'], later)].slice(1),
    cause: 'out_of_band',
    actor: ['kubectl-patch', 'human'],
  },
  {
    title: 'another applier put a field beside',
    live: live('{a: git, b: x}'),
    owners: [gitops, owner('second', ['data b'], { operation: 'Apply', ...later })],
    cause: 'out_of_band',
    actor: ['second', 'pipeline'],
  },
  {
    title: 'a controller changed what git declares',
    live: live('{a: edited}', '{"a":"git"}'),
    owners: [owner('some-operator', ['data a'], later)],
    cause: 'out_of_band',
    actor: ['some-operator', 'controller'],
  },
];

describe('who moved a Kubernetes object', () => {
  for (const { title, cause, actor, ...input } of CASES) {
    it(title, async () => {
      const { drift } = await comparing({ git: GIT, ...input });
      expect(drift.map((one) => one.cause)).to.deep.equal([cause]);
      expect(drift.map((one) => one.actor && [one.actor.name, one.actor.class])).to.deep.equal([actor]);
    });
  }

  it('says when', async () => {
    const { drift } = await comparing({
      git: GIT,
      live: live('{a: x}', '{"a":"git"}'),
      owners: [owner('kubectl-edit', ['data a'], later)],
    });
    expect(drift[0]?.actor?.at).to.equal('2026-02-02T00:00:00Z');
  });
});

describe('the table of field managers', () => {
  const MANAGERS: readonly (readonly [string, ManagedFieldsEntry['operation'], ActorClass])[] = [
    ['kubectl-edit', 'Update', 'human'],
    ['kubectl', 'Update', 'human'],
    ['kubectl', 'Apply', 'pipeline'],
    ['k9s', 'Update', 'human'],
    ['kubectl-client-side-apply', 'Update', 'pipeline'],
    ['argocd-controller', 'Apply', 'pipeline'],
    ['kustomize-controller', 'Apply', 'pipeline'],
    ['helm', 'Update', 'pipeline'],
    ['whoever', 'Apply', 'pipeline'],
    ['whoever', 'Update', 'unknown'],
    ['kube-controller-manager', 'Update', 'controller'],
    ['acme-operator', 'Update', 'controller'],
    ['cert-manager-cainjector', 'Update', 'controller'],
  ];
  for (const [manager, operation, expected] of MANAGERS) {
    it(`calls ${manager} by ${operation} ${expected}`, () => {
      expect(managerTable()(manager, operation)).to.equal(expected);
    });
  }

  it("puts the user's rules first, read literally but for *", () => {
    const table = managerTable([
      { name: 'k.9*', class: 'controller' },
      { name: 'kubectl-edit', class: 'pipeline' },
    ]);
    expect([table('kx9s', 'Update'), table('k.9s', 'Update'), table('kubectl-edit', 'Update')]).to.deep.equal([
      'unknown',
      'controller',
      'pipeline',
    ]);
  });
});
