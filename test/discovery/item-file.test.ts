import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import type { DiscoveryConfig } from '../../src/config/config.ts';
import { createItemFile, type ItemFile } from '../../src/discovery/item-file.ts';

const DISCOVERY: DiscoveryConfig = {
  name: 'clusters',
  discoverer: 'cluster_api',
  intervalMs: 1000,
  timeoutMs: 1000,
  limit: 10,
  options: { namespaces: ['prod'] },
  templates: [],
};
const KNOWN = { items: [{ id: 'a', group: 'g', values: { path: ['x'] } }], succeededAt: '2026-01-01T00:00:00.000Z' };

describe('The file of what was discovered', () => {
  let dir = '';
  let file: ItemFile;
  let warnings: string[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-items-'));
    warnings = [];
    file = createItemFile(dir, pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) }));
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('gives back what was written, for nobody else to read', async () => {
    await file.write(DISCOVERY, KNOWN);
    expect(await file.read(DISCOVERY)).to.deep.equal(KNOWN);
    expect(await readdir(dir)).to.deep.equal(['clusters.json']);
    expect(((await stat(join(dir, 'clusters.json'))).mode & 0o777).toString(8)).to.equal('600');
  });

  it('gives nothing where nothing was written, without a word', async () => {
    expect(await file.read(DISCOVERY)).to.equal(undefined);
    expect(warnings).to.deep.equal([]);
  });

  it('gives nothing of another definition, but does not mind another interval, limit or template', async () => {
    await file.write(DISCOVERY, KNOWN);
    expect(await file.read({ ...DISCOVERY, options: { namespaces: ['test'] } })).to.equal(undefined);
    expect(await file.read({ ...DISCOVERY, intervalMs: 5, limit: 1, templates: [{}] })).to.deep.equal(KNOWN);
  });

  for (const [title, text] of [
    ['is cut off', '{"definition":'],
    ['is of another kind', '{"items":"none"}'],
  ] as const) {
    it(`gives nothing and says so when it ${title}`, async () => {
      await writeFile(join(dir, 'clusters.json'), text);
      expect(await file.read(DISCOVERY)).to.equal(undefined);
      expect(warnings.join('\n')).to.include('what was discovered before cannot be read');
    });
  }

  it('says that it cannot be written, and goes on', async () => {
    const blocked = createItemFile(
      join(dir, 'file', 'below'),
      pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) }),
    );
    await writeFile(join(dir, 'file'), '');
    await blocked.write(DISCOVERY, KNOWN);
    expect(warnings.join('\n')).to.include('what was discovered cannot be kept');
  });
});
