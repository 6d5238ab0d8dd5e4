import { expect } from 'chai';
import { fingerprintOf, type FingerprintIgnores } from '../../src/diff/fingerprint.ts';
import type { Change, FieldValue, ResourceDrift } from '../../src/drift.ts';

const value = (json: string | number): FieldValue => ({ kind: 'known', value: json });

const replicas: Change = { op: 'replace', path: '/spec/replicas', live: value(5), desired: value(3) };
const image: Change = { op: 'replace', path: '/spec/image', live: value('a'), desired: value('b') };

const web: ResourceDrift = {
  address: 'apps/Deployment/shop/web',
  type: 'Deployment',
  scope: 'shop',
  action: 'update',
  cause: 'out_of_band',
  changes: [replicas, image],
};

const motd: ResourceDrift = { ...web, address: 'web-01/motd : copy', type: 'copy', scope: 'web-01' };

const isSame = (a: ResourceDrift, b: ResourceDrift, ignores: FingerprintIgnores = []): boolean =>
  fingerprintOf(a, ignores) === fingerprintOf(b, ignores);

describe('the fingerprint of a drift', () => {
  it('is the same in every version of drift-exporter', () => {
    expect(fingerprintOf(web)).to.equal('d43ee85575803ea6');
  });

  const same: readonly (readonly [title: string, ResourceDrift, FingerprintIgnores?])[] = [
    [
      'whoever did it, and wherever git declares it',
      { ...web, actor: { name: 'eve', class: 'human' }, origin: { file: 'a' } },
    ],
    ['in whatever order its fields come', { ...web, changes: [image, replicas] }],
    ['on another object, where the address is ignored', { ...web, address: 'apps/Deployment/shop/api' }, ['address']],
    ['with other values, where values are', { ...web, changes: [{ ...replicas, live: value(9) }, image] }, ['values']],
    ['of another cause, where causes are', { ...web, cause: 'unknown' }, ['cause']],
    ['in another namespace, where scopes are', { ...web, scope: 'b', address: 'apps/Deployment/b/web' }, ['scope']],
  ];
  for (const [title, other, ignores] of same) {
    it(`is the same ${title}`, () => {
      expect(isSame(web, other, ignores)).to.equal(true);
    });
  }

  it('is the same on every host and in every module, where scopes are ignored', () => {
    expect(isSame(motd, { ...motd, scope: 'db-9', address: 'db-9/motd : copy' }, ['scope'])).to.equal(true);
    const subnet = { ...web, scope: 'module.eu', address: 'module.eu.aws_subnet.a' };
    const other = { ...subnet, scope: 'module.us', address: 'module.us.aws_subnet.a' };
    expect([isSame(subnet, other), isSame(subnet, other, ['scope'])]).to.deep.equal([false, true]);
  });

  it('is the same for maps whose keys come in another order', () => {
    const of = (json: object): ResourceDrift => ({
      ...web,
      changes: [{ op: 'add', path: '/a', desired: { kind: 'known', value: json as never } }],
    });
    expect(isSame(of({ a: 1, b: { c: 2, d: 3 } }), of({ b: { d: 3, c: 2 }, a: 1 }))).to.equal(true);
  });

  const other: readonly (readonly [title: string, ResourceDrift, FingerprintIgnores?])[] = [
    ['of another type', { ...web, type: 'StatefulSet' }, ['address']],
    ['with another action', { ...web, action: 'replace' }],
    ['of another cause', { ...web, cause: 'unapplied' }],
    ['on another object', { ...web, address: 'apps/Deployment/shop/api' }],
    ['of one field fewer', { ...web, changes: [image] }],
    [
      'of another field, though values are ignored',
      { ...web, changes: [{ ...replicas, path: '/spec/paused' }, image] },
      ['values'],
    ],
    ['with another value', { ...web, changes: [{ ...replicas, live: value(9) }, image] }],
    ['with a number as text', { ...web, changes: [{ ...replicas, live: value('5') }, image] }],
    ['the other way round', { ...web, changes: [{ ...replicas, op: 'add' }, image] }],
  ];
  for (const [title, drift, ignores] of other) {
    it(`is another one ${title}`, () => {
      expect(isSame(web, drift, ignores)).to.equal(false);
    });
  }

  it('tells nothing of sensitive values, and tells them from others', () => {
    const sealed: ResourceDrift = {
      ...web,
      changes: [{ op: 'replace', path: '/data/k', live: { kind: 'sensitive' }, desired: { kind: 'sensitive' } }],
    };
    const masked: ResourceDrift = {
      ...web,
      changes: [{ op: 'replace', path: '/data/k', live: value('x'), desired: { kind: 'sensitive' } }],
    };
    expect(isSame(sealed, { ...sealed })).to.equal(true);
    expect(isSame(sealed, masked)).to.equal(false);
  });
});
