import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { oneOffDataDir } from '../../src/run/one-off-data-dir.ts';

describe('the data directory of a one-off run', () => {
  let dataDir: string;
  const take = (change: Partial<Config['global']> = {}) =>
    oneOffDataDir({ dataDir, sandbox: {}, ...change } as Config['global']);

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'drift-once-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('is a place inside the configured one that nobody else has, and keeps its caches', async () => {
    const first = await take();
    const second = await take();
    expect([first.dir, second.dir]).to.deep.equal([join(dataDir, 'once/0'), join(dataDir, 'once/1')]);
    await mkdir(join(first.dir, 'cache'));
    await mkdir(join(first.dir, 'tmp/of-a-run-that-was-killed'), { recursive: true });
    await first.release();
    const third = await take();
    expect(third.dir).to.equal(first.dir);
    expect([existsSync(join(third.dir, 'cache')), existsSync(join(third.dir, 'tmp'))]).to.deep.equal([true, false]);
    await Promise.all([second.release(), third.release()]);
  });

  const temporary: Readonly<Record<string, () => Promise<Partial<Config['global']>>>> = {
    'nothing can be written there': async () => {
      await writeFile(join(dataDir, 'once'), 'a file where the directory should be');
      return {};
    },
    'commands run as another user': async () => ({ sandbox: { user: 'nobody' } as Config['global']['sandbox'] }),
  };
  for (const [title, change] of Object.entries(temporary)) {
    it(`is a temporary one that goes with the run where ${title}`, async () => {
      const place = await take(await change());
      expect(place.dir).to.satisfy((dir: string) => dir.startsWith(join(tmpdir(), 'drift-exporter-')));
      await mkdir(join(place.dir, 'cache'));
      await place.release();
      expect(existsSync(place.dir)).to.equal(false);
    });
  }
});
