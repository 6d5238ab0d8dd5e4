import { expect } from 'chai';
import { createKubernetesValidator, type KubernetesObject } from './kubernetes-schema.ts';
import { podSecurityIssues } from './pod-security.ts';

const container = (extra: object = {}): KubernetesObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x' },
    spec: { containers: [{ name: 'x', image: 'x', ...extra }] },
  }) as KubernetesObject;

describe('what holds the deployments to the API', () => {
  const cases: readonly (readonly [string, KubernetesObject, RegExp | undefined])[] = [
    [
      'accepts a field of either type',
      container({ readinessProbe: { httpGet: { port: 'http', path: '/' } } }),
      undefined,
    ],
    ['finds an unknown field, however deep', container({ securityContext: { readOnly: true } }), /readOnly/],
    ['finds a value of another type', container({ ports: [{ containerPort: '9152' }] }), /containerPort.*integer/],
    ['finds a missing field', container({ name: undefined }), /name/],
    ['finds an unknown kind', { ...container(), kind: 'Pods' }, /does not know v1\/Pods/],
    ['finds an unknown version', { ...container(), apiVersion: 'policy/v1beta1' }, /does not know policy\/v1beta1/],
  ];
  for (const [title, object, expected] of cases) {
    it(title, async () => {
      const issues = (await createKubernetesValidator())(JSON.parse(JSON.stringify(object)) as KubernetesObject);
      if (expected === undefined) expect(issues).to.deep.equal([]);
      else expect(issues.join('\n')).to.match(expected);
    });
  }

  it('finds all that the restricted pod standard refuses', () => {
    const pod = {
      hostNetwork: true,
      volumes: [{ name: 'docker', hostPath: { path: '/' } }],
      containers: [
        { name: 'x', image: 'x', securityContext: { privileged: true, capabilities: { add: ['NET_ADMIN'] } } },
      ],
    };
    expect(podSecurityIssues(pod)).to.deep.equal([
      'hostNetwork',
      'volume of kind hostPath',
      'x: runAsNonRoot',
      'x: seccompProfile',
      'x: allowPrivilegeEscalation',
      'x: readOnlyRootFilesystem',
      'x: privileged',
      'x: capabilities.drop',
      'x: capabilities.add',
    ]);
  });
});
