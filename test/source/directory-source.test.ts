import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pino from 'pino';
import { createExec } from '../../src/run/exec.ts';
import { openSource } from '../../src/source/open-source.ts';
import type { Source } from '../../src/source/source.ts';

const signal = new AbortController().signal;

describe('a directory source', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'drift-source-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const open = (directory: string): Source => {
    const deps = { exec: createExec({ environment: {}, graceMs: 100 }), log: pino({ level: 'silent' }), dataDir: home };
    return openSource({ kind: 'directory', name: 'local', directory }, deps);
  };

  it('gives the directory itself, without a revision', async () => {
    const checkout = await open(home).acquire(signal);
    expect(checkout.dir).to.equal(home);
    expect(checkout).not.to.have.property('revision');
  });

  it('fails while the directory is missing, and says so in its status', async () => {
    const source = open(join(home, 'none'));
    const error: unknown = await source.acquire(signal).catch((error: unknown) => error);
    const message = `source "local": ${join(home, 'none')}: no such directory`;
    expect(error).to.include({ name: 'CheckError', phase: 'source', reason: 'not_found', message });
    expect(source.status()).to.include({ kind: 'directory', error: message });
  });

  it('fails for a file, and for a ref', async () => {
    const file = join(home, 'file');
    await writeFile(file, '');
    expect(
      await open(file)
        .acquire(signal)
        .catch((error: unknown) => error),
    ).to.include({ reason: 'invalid' });
    expect(
      await open(home)
        .acquire(signal, 'main')
        .catch((error: unknown) => error),
    ).to.include({ reason: 'unsupported' });
  });
});
