import { expect } from 'chai';
import type { DiscoveredItem } from '../../src/checker.ts';
import type { Failure } from '../../src/drift.ts';
import { nextItems } from '../../src/discovery/next-items.ts';

const item = (id: string, group?: string): DiscoveredItem => ({
  id,
  ...(group !== undefined && { group }),
  values: {},
});
const items = (...ids: string[]): DiscoveredItem[] => ids.map((id) => item(id));
const failure = (address?: string): Failure => ({
  phase: 'observe',
  reason: 'forbidden',
  message: 'no',
  ...(address !== undefined && { address }),
});
const ids = (list: readonly DiscoveredItem[]): string[] => list.map(({ id }) => id);

describe('What a discovery knows after a look', () => {
  it('is what was found, by name', () => {
    const next = nextItems(items('z'), { discovered: { items: items('b', 'a'), failures: [] }, failures: [] }, 10);
    expect(next).to.deep.equal({ items: items('a', 'b'), dropped: 0, failures: [] });
  });

  it('is what was known, when it could not look', () => {
    const next = nextItems(items('a', 'b'), { failures: [failure()] }, 10);
    expect(next).to.deep.equal({ items: items('a', 'b'), dropped: 0, failures: [failure()] });
  });

  it('keeps of a group that could not be read what was known of it, and nothing else', () => {
    const known = [item('one/a', 'one'), item('two/a', 'two'), item('three/a', 'three')];
    const failures = [failure('two')];
    const next = nextItems(known, { discovered: { items: [item('one/b', 'one')], failures }, failures }, 10);
    expect(ids(next.items)).to.deep.equal(['one/b', 'two/a']);
  });

  it('keeps what was known before when there is too much, then the first by name', () => {
    const found = items('a', 'b', 'c', 'd', 'e');
    const next = nextItems(items('e', 'c'), { discovered: { items: found, failures: [] }, failures: [] }, 3);
    expect(ids(next.items)).to.deep.equal(['a', 'c', 'e']);
    expect(next.dropped).to.equal(2);
    expect(next.failures.map(({ reason, message }) => `${reason}: ${message}`)).to.deep.equal([
      'too_large: 5 found, limit is 3: no checks are made for 2 of them (b, d)',
    ]);
  });

  it('counts what was found twice once, and says so', () => {
    const found = [...items('a'), { ...item('a'), values: { name: 'last' } }];
    const next = nextItems([], { discovered: { items: found, failures: [] }, failures: [] }, 3);
    expect(next.items).to.deep.equal([{ id: 'a', values: { name: 'last' } }]);
    expect(next.failures.map(({ message }) => message)).to.deep.equal(['a: found 2 times: the last one counts']);
  });
});
