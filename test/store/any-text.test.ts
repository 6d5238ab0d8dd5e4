import { expect } from 'chai';
import fc from 'fast-check';
import type { Store } from '../../src/store/store.ts';
import { decodeText, encodeText } from '../../src/store/plain-text.ts';
import { openIn, overEveryDatabase } from './databases.ts';
import { drifted, failed, stateAfter } from './run-results.ts';

/** Any 16-bit units at all, and what databases and our own encoding stumble over. */
const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: fc.constantFrom('\0', '\uD800', '\uDC00', '\uFDD0', '0', 'f', 'd', "'", '\\', '\n', '😀', 'ß') }),
);

describe('text for a column', () => {
  it('comes back, and is text that every database takes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const encoded = encodeText(text);
        expect(decodeText(encoded)).to.equal(text);
        expect(encoded.isWellFormed()).to.equal(true);
        expect(encoded).not.to.include('\0');
      }),
    );
  });

  it('is the same where nothing is in the way', () => {
    expect(encodeText('apps/Deployment/shop/web 😀')).to.equal('apps/Deployment/shop/web 😀');
  });
});

overEveryDatabase('any text', (database) => {
  let store: Store;
  beforeEach(async () => {
    store = await openIn(database);
  });
  afterEach(() => store?.close());

  it('comes back from the store, wherever it stands', async () => {
    const names = new Set<string>();
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (name, text) => {
        const check = `${name} ${names.size}`;
        names.add(check);
        const change = { op: 'add', path: text, desired: { kind: 'known', value: { [text]: text } } } as const;
        const drift = [text, `${text}!`, '!'].map((address) => ({
          address,
          type: text,
          scope: text,
          action: 'update' as const,
          cause: 'unknown' as const,
          changes: [change],
        }));
        const failures = [{ phase: 'observe', reason: 'timeout', message: text, address: text }] as const;
        const run = drifted(drift, { check, revision: text });
        const broken = failed({ check, failures, startedAt: '2026-11-01T00:01:00.000Z' });
        await store.record(stateAfter([run]), run);
        await store.record(stateAfter([run, broken]), broken);
        expect(await store.load([check])).to.deep.equal([stateAfter([run, broken])]);
        const [second, first] = await store.runs(check, { limit: 9 });
        expect(second?.failures[0]?.message).to.equal(text);
        expect([first?.check, first?.revision]).to.deep.equal([check, text]);
        expect((await store.versions()).get(check)).to.equal(2);
      }),
      { numRuns: 60 },
    );
    await store.forget([...names].slice(1), new Date('2027-11-01'));
    expect(await store.load()).to.have.length(names.size - 1);
  });
});
