import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { decoyHash, hashProblem } from '../../src/web-config/bcrypt-hash.ts';
import { createPasswordCheck } from '../../src/web-config/password-check.ts';

describe('a password', () => {
  it('is compared with hashes of every kind that htpasswd makes', async () => {
    const check = createPasswordCheck();
    const hash = hashSync('correct horse', 4);
    for (const kind of ['$2a', '$2b', '$2y']) {
      const same = kind + hash.slice(3);
      expect(hashProblem(same)).to.equal(undefined);
      expect(await check.matches('correct horse', same)).to.equal(true);
      expect(await check.matches('correct hors', same)).to.equal(false);
    }
    expect(check.pending).to.equal(0);
  });

  it('is compared beside the event loop: timers go on meanwhile', async () => {
    const check = createPasswordCheck();
    const hash = hashSync('x', 4);
    await check.matches('x', hash);
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    await check.matches('x', `$2b$12${hash.slice(6)}`);
    clearInterval(ticking);
    expect(ticks).to.be.above(5);
  });

  it('of nobody is compared with a hash as costly as the costliest', () => {
    const hashes = [hashSync('x', 4), `$2y$09$${'a'.repeat(53)}`];
    expect(decoyHash(hashes)).to.match(/^\$2b\$09\$[./A-Za-z0-9]{53}$/);
    expect(decoyHash(hashes)).not.to.equal(decoyHash(hashes));
    expect(decoyHash([])).to.match(/^\$2b\$04\$/);
    expect(hashProblem(decoyHash(hashes))).to.equal(undefined);
  });

  it('of nobody never matches', async () => {
    expect(await createPasswordCheck().matches('', decoyHash([]))).to.equal(false);
  });
});
