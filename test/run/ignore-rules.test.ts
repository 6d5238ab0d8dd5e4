import { expect } from 'chai';
import type { IgnoreRuleConfig } from '../../src/config/config.ts';
import type { ResourceDrift } from '../../src/drift.ts';
import { createIgnoreRules } from '../../src/run/ignore-rules.ts';

const rule = (match: IgnoreRuleConfig['match'], expiresAt?: string): IgnoreRuleConfig => ({
  name: 'r',
  match,
  reason: 'because',
  owner: 'me',
  ...(expiresAt !== undefined && { expiresAt }),
});

const drift = (...paths: string[]): ResourceDrift => ({
  address: 'apps/Deployment/shop/web',
  type: 'Deployment',
  scope: 'shop',
  action: 'update',
  cause: 'out_of_band',
  changes: paths.map((path) => ({ op: 'replace', path })),
});

const NOW = new Date('2026-06-01T00:00:00Z');
const apply = (match: IgnoreRuleConfig['match'], found = drift('/spec/replicas', '/spec/image'), expiresAt?: string) =>
  createIgnoreRules([rule(match, expiresAt)]).apply({
    check: 'prod-shop',
    checker: 'kubernetes',
    drift: found,
    now: NOW,
  });

describe('an ignore rule', () => {
  const whole: readonly (readonly [IgnoreRuleConfig['match'], boolean])[] = [
    [{ check: 'prod-*' }, true],
    [{ check: 'prod' }, false],
    [{ checker: 'kubernetes', type: 'Deployment' }, true],
    [{ checker: 'terraform' }, false],
    [{ address: 'apps/Deployment/shop/*' }, true],
    [{ address: 'apps/*/web' }, true],
    [{ address: 'Deployment' }, false],
    [{ scope: 'shop' }, true],
    [{ scope: 'sho?' }, true],
    [{ action: 'update', cause: 'out_of_band' }, true],
    [{ action: 'delete' }, false],
    [{ cause: 'unapplied' }, false],
  ];
  for (const [match, expected] of whole) {
    it(`${expected ? 'takes' : 'leaves'} the resource: ${JSON.stringify(match)}`, () => {
      expect(apply(match).suppressed !== undefined).to.equal(expected);
    });
  }

  it('takes brackets, dots and plus signs in an address as they are', () => {
    const found = { ...drift(), address: 'module.a["x.y+z"].aws_subnet.b[0]' };
    expect(apply({ address: 'module.a["x.y+z"].aws_subnet.*[0]' }, found).suppressed).to.deep.include({
      address: found.address,
    });
    expect(apply({ address: 'module.a["xxy+z"].aws_subnet.b[0]' }, found).drift).to.equal(found);
  });

  const paths: readonly (readonly [pattern: string, path: string, covered: boolean])[] = [
    ['/spec/replicas', '/spec/replicas', true],
    ['/spec', '/spec/replicas', true],
    ['/spec/rep', '/spec/replicas', false],
    ['/spec/replicas/x', '/spec/replicas', false],
    ['/spec/containers/*/image', '/spec/containers/0/image', true],
    ['/spec/containers/*/image', '/spec/containers/0/env/0/image', false],
    ['/**/image', '/spec/containers/0/image', true],
    ['/**/image', '/image', true],
    ['/metadata/annotations/example.com~1*', '/metadata/annotations/example.com~1owner', true],
    ['/metadata/annotations/example.com~1*', '/metadata/annotations/other.com~1owner', false],
    ['/spec', '', false],
  ];
  for (const [pattern, path, covered] of paths) {
    it(`${pattern} ${covered ? 'covers' : 'does not cover'} ${path || 'the whole resource'}`, () => {
      expect(apply({ path: pattern }, drift(path)).suppressed !== undefined).to.equal(covered);
    });
  }

  it('with a path takes only what it covers, and says so', () => {
    expect(apply({ path: '/spec/replicas' })).to.deep.equal({ drift: drift('/spec/image'), rules: ['r'] });
  });
  it('with a path leaves a resource that has no changes to look at', () => {
    expect(apply({ path: '/spec' }, drift())).to.deep.equal({ drift: drift(), rules: [] });
  });
  it('with a path suppresses a resource when it covers everything', () => {
    expect(apply({ path: '/spec' })).to.deep.equal({
      suppressed: { address: 'apps/Deployment/shop/web', type: 'Deployment', rule: 'r' },
      rules: ['r'],
    });
  });
  it('applies until it expires and not after', () => {
    expect(apply({ type: '*' }, drift(), '2026-06-01T00:00:00Z').suppressed).to.not.equal(undefined);
    expect(apply({ type: '*' }, drift(), '2026-05-31T23:59:59.999Z')).to.deep.equal({ drift: drift(), rules: [] });
  });
  it('takes no exponential time on hostile patterns', () => {
    apply({ path: '/**/**/**/**/**/**/**/x' }, drift(`/${'a/'.repeat(20)}b`));
  });
});
