import { expect } from 'chai';
import { createTokenBucket } from '../../src/http/token-bucket.ts';

describe('a token bucket', () => {
  let now = 0;
  const bucket = (): ReturnType<typeof createTokenBucket> => {
    now = 0;
    return createTokenBucket({ intervalMs: 6000, burst: 3, clock: () => now });
  };

  it('gives as many at once as its burst, then one an interval, and says how long that is', () => {
    const { take } = bucket();
    expect([take('a'), take('a'), take('a'), take('a')]).to.deep.equal([0, 0, 0, 6]);
    now = 4500;
    expect(take('a')).to.equal(2);
    now = 6000;
    expect([take('a'), take('a')]).to.deep.equal([0, 6]);
  });

  it('is full again after a while, and never fuller', () => {
    const { take } = bucket();
    take('a');
    now = 3_600_000;
    expect([take('a'), take('a'), take('a'), take('a')]).to.deep.equal([0, 0, 0, 6]);
  });

  it('counts each key by itself', () => {
    const { take } = bucket();
    for (let at = 0; at < 3; at++) take('a');
    expect([take('a') > 0, take('b')]).to.deep.equal([true, 0]);
  });

  it('takes back what was not used', () => {
    const { take, giveBack } = bucket();
    for (let at = 0; at < 10; at++) {
      expect(take('a')).to.equal(0);
      giveBack('a');
    }
    expect([take('a'), take('a'), take('a'), take('a')]).to.deep.equal([0, 0, 0, 6]);
  });

  it('does not grow with the number of keys', () => {
    const { take } = bucket();
    for (let at = 0; at < 3; at++) take('first');
    for (let at = 0; at < 10_000; at++) take(`key-${at}`);
    expect(take('first')).to.equal(0);
  });
});
