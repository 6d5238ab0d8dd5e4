import { expect } from 'chai';
import type { Comparison } from '../../../../src/checker.ts';
import { comparing, owner } from './comparing.ts';

const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n';
const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\n';
const pod = (fields: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\nspec: {containers: [{name: a, ${fields}}]}\n`;
const CANARY = 'c4n4ry-Va1ue';
const token = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0In0', 'c4n4ry-Va1ue'].join('.');

describe('secrets in Kubernetes drift', () => {
  const LEAKS: readonly (readonly [string, string, string])[] = [
    ['the data of a Secret', `${SECRET}data: {a: ${btoa('x')}}`, `${SECRET}data: {a: ${btoa(CANARY)}}`],
    ['stringData in git', `${SECRET}stringData: {a: ${CANARY}}`, `${SECRET}data: {a: ${btoa('x')}}`],
    ['a key that is gone', `${SECRET}stringData: {a: ${CANARY}}`, `${SECRET}data: {}`],
    ['what is no base64', `${SECRET}data: {a: '${CANARY}!'}`, `${SECRET}data: {a: eA==}`],
    [
      'a variable named like a credential',
      pod('env: [{name: DB_PASSWORD, value: x}]'),
      pod(`env: [{name: DB_PASSWORD, value: ${CANARY}}]`),
    ],
    [
      'an extra variable named like a credential',
      pod('image: a'),
      pod(`image: a, env: [{name: API_TOKEN, value: ${CANARY}}]`),
    ],
    [
      'an extra container with one',
      pod('image: a'),
      pod(`image: a}, {name: b, image: b, env: [{name: API_KEY, value: ${CANARY}}]`),
    ],
    [
      'a missing container with one',
      pod(`image: a}, {name: b, image: b, env: [{name: API_KEY, value: ${CANARY}}]`),
      pod('image: a'),
    ],
    [
      'a password in a URL',
      pod('env: [{name: U, value: x}]'),
      pod(`env: [{name: U, value: 'postgres://u:${CANARY}@db/x'}]`),
    ],
    ['an argument', pod('args: [a]'), pod(`args: ['--db-password=${CANARY}']`)],
    ['an argument after its flag', pod('args: [--password, x]'), pod(`args: [--password, ${CANARY}]`)],
    ['a web token', `${CONFIG_MAP}data: {a: x}`, `${CONFIG_MAP}data: {a: ${token}}`],
    ['a kubeconfig', `${CONFIG_MAP}data: {a: x}`, `${CONFIG_MAP}data: {a: 'client-key-data: ${CANARY}'}`],
    [
      'a private key',
      `${CONFIG_MAP}data: {a: x}`,
      `${CONFIG_MAP}data: {a: '-----BEGIN RSA PRIVATE KEY----- ${CANARY}'}`,
    ],
    [
      'a settings file with a password',
      `${CONFIG_MAP}data: {app.yaml: x}`,
      `${CONFIG_MAP}data: {app.yaml: "a: 1\\npassword: ${CANARY}\\n"}`,
    ],
    [
      'a key named like a credential',
      `${CONFIG_MAP}data: {db_password: x}`,
      `${CONFIG_MAP}data: {db_password: ${CANARY}}`,
    ],
  ];
  for (const [title, git, live] of LEAKS) {
    it(`shows that ${title} differs, and not as what`, async () => {
      const owners = [owner('kubectl-edit', ['spec', 'data'])];
      const comparison = await comparing({ git, live, owners });
      expect(comparison.drift).to.have.length(1);
      const text = JSON.stringify(comparison);
      for (const secret of [CANARY, btoa(CANARY), token]) expect(text).not.to.contain(secret);
    });
  }

  it('tells neither length nor likeness', async () => {
    const shown = async (git: string, live: string): Promise<Comparison> =>
      comparing({ git: `${SECRET}data: {a: ${btoa(git)}}`, live: `${SECRET}data: {a: ${btoa(live)}}` });
    expect(await shown('a', 'b')).to.deep.equal(await shown('a'.repeat(999), `${'a'.repeat(998)}b`));
  });

  it('shows what is no secret', async () => {
    const { drift } = await comparing({
      git: pod('env: [{name: K, valueFrom: {secretKeyRef: {name: a, key: password}}}]'),
      live: pod('env: [{name: K, valueFrom: {secretKeyRef: {name: b, key: password}}}]'),
    });
    expect(drift[0]?.changes.map(({ live }) => live)).to.deep.equal([{ kind: 'known', value: 'b' }]);
  });
});
