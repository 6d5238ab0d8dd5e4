import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import type { StoreErrorReason } from '../../src/store/store.ts';
import { needs, skip } from '../support/skips.ts';
import { open, refusal } from './open.ts';
import { drifted, failed, minute, resource, result, stateAfter } from './run-results.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A store with something in it, closed. */
async function makeStore(path: string): Promise<void> {
  const store = await open(path);
  for (let index = 0; index < 50; index++) {
    const state = stateAfter([drifted([resource('a'), resource('b')], { check: `check-${index}` })]);
    if (state.last) await store.record(state, state.last);
  }
  await store.close();
}

function sql(path: string, statements: string): void {
  const database = new DatabaseSync(path);
  database.exec(statements);
  database.close();
}

/** What a newer version would have done to the store. */
const NEWER = `
  INSERT INTO kysely_migration VALUES ('0099_future', '2030-01-01T00:00:00.000Z');
  UPDATE store_info SET value = '9.9.9' WHERE name = 'written_by';
`;

interface Unusable {
  readonly prepare: (path: string) => void | Promise<void>;
  readonly reason: StoreErrorReason;
  readonly says: readonly string[];
}

const UNUSABLE: Readonly<Record<string, Unusable>> = {
  'binary garbage': {
    prepare: (path) => writeFileSync(path, Buffer.alloc(5000, 0xab)),
    reason: 'corrupt',
    says: ['expected an SQLite database', 'abababab', 'left as it is'],
  },
  'a text file': {
    prepare: (path) => writeFileSync(path, 'hello'),
    reason: 'corrupt',
    says: ['expected an SQLite database, found 5 bytes that start with 68656c6c6f'],
  },
  'a store cut off in its first page': {
    prepare: async (path) => {
      await makeStore(path);
      truncateSync(path, 60);
    },
    reason: 'corrupt',
    says: ['expected an SQLite database, found 60 bytes'],
  },
  'a store cut off in the middle of a page': {
    prepare: async (path) => {
      await makeStore(path);
      truncateSync(path, statSync(path).size - 1000);
    },
    reason: 'corrupt',
    says: ['expected an SQLite database of', 'bytes, found'],
  },
  'a store cut off between two pages': {
    prepare: async (path) => {
      await makeStore(path);
      truncateSync(path, 8192);
    },
    reason: 'corrupt',
    says: ['expected an SQLite database of', 'bytes, found 8192 bytes'],
  },
  'a store whose table of contents is damaged': {
    prepare: async (path) => {
      await makeStore(path);
      const bytes = readFileSync(path);
      bytes.fill(0xff, 100, 3000);
      writeFileSync(path, bytes);
    },
    reason: 'corrupt',
    says: ['expected an intact SQLite database, found a damaged one'],
  },
  'a write-ahead log that is none': {
    prepare: async (path) => {
      await makeStore(path);
      writeFileSync(`${path}-wal`, Buffer.alloc(4096, 0x21));
    },
    reason: 'corrupt',
    says: ['drift.db-wal', "expected SQLite's write-ahead log", '21212121', 'move this one file away'],
  },
  'the database of another program': {
    prepare: (path) => sql(path, 'CREATE TABLE dashboard (id INTEGER)'),
    reason: 'foreign',
    says: ['expected a store of drift-exporter', 'another program', 'table dashboard'],
  },
  'the empty database of another program': {
    prepare: (path) => sql(path, 'PRAGMA application_id = 7'),
    reason: 'foreign',
    says: ['application_id 0x7'],
  },
  'a store of a newer version': {
    prepare: async (path) => {
      await makeStore(path);
      sql(path, NEWER);
    },
    reason: 'newer',
    says: [
      'written by drift-exporter 9.9.9',
      '0099_future',
      `expected at most step ${Object.keys(MIGRATIONS).at(-1)}`,
      'left as it is',
    ],
  },
  'a folder': {
    prepare: (path) => {
      mkdirSync(path);
    },
    reason: 'foreign',
    says: ['expected a file, found a directory'],
  },
  'a folder in place of the write-ahead log': {
    prepare: async (path) => {
      await makeStore(path);
      mkdirSync(`${path}-wal`);
    },
    reason: 'foreign',
    says: ['drift.db-wal: expected a file, found a directory'],
  },
  'a lock file that is none': {
    prepare: (path) => writeFileSync(`${path}.lock`, 'not a database, and long enough to be one'.repeat(20)),
    reason: 'corrupt',
    says: ['drift.db.lock'],
  },
};

/** Every file beside the store and its bytes, but for the lock. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.lock'),
  );
  return Object.fromEntries(files.map(({ name }) => [name, readFileSync(join(folder, name)).toString('base64')]));
}

describe('a store that cannot be used', () => {
  const at = temporaryFolder();

  for (const [name, { prepare, reason, says }] of Object.entries(UNUSABLE))
    it(`is refused and left byte for byte as it was: ${name}`, async () => {
      const path = at('drift.db');
      await prepare(path);
      const before = contents(dirname(path));
      await refusal(open(path), reason, [path, ...says]);
      expect(contents(dirname(path))).to.deep.equal(before);
    });

  it('is refused when only the write-ahead log says that it is newer', async () => {
    await makeStore(at('live.db'));
    const writer = new DatabaseSync(at('live.db'));
    writer.exec(NEWER);
    for (const suffix of ['', '-wal']) cpSync(at(`live.db${suffix}`), at(`drift.db${suffix}`));
    writer.close();
    await refusal(open(at('drift.db')), 'newer', ['9.9.9', '0099_future']);
  });

  it('is refused when its folder is a file', async () => {
    writeFileSync(at('file'), '');
    await refusal(open(at('file', 'drift.db')), 'unusable', [at('file', 'drift.db'), 'EEXIST']);
  });

  it('can be used again once what was in the way is gone', async () => {
    writeFileSync(at('drift.db'), 'hello');
    await refusal(open(at('drift.db')), 'corrupt', []);
    rmSync(at('drift.db'));
    await makeStore(at('drift.db'));
  });

  it('says so when damage shows only on reading', async () => {
    await makeStore(at('drift.db'));
    const bytes = readFileSync(at('drift.db'));
    bytes.fill(0xff, 5 * 4096);
    writeFileSync(at('drift.db'), bytes);
    const store = await open(at('drift.db')).catch(() => undefined);
    if (store === undefined) return;
    await refusal(store.load(), 'corrupt', [at('drift.db'), 'damaged']);
    await store.close();
  });

  it('says so when a state is not JSON, without quoting it', async () => {
    await makeStore(at('drift.db'));
    sql(at('drift.db'), `UPDATE check_state SET state = 'hunter2' WHERE check_name = 'check-7'`);
    const store = await open(at('drift.db'));
    await refusal(store.load(), 'corrupt', ['state of check check-7: expected JSON, found something else']);
    await store.close();
  });

  it('takes an empty file for a new store', async () => {
    writeFileSync(at('drift.db'), '');
    await makeStore(at('drift.db'));
  });

  for (const target of ['drift.db', '.'])
    it(`is refused without permission to write ${target === '.' ? 'its folder' : 'it'}`, async function () {
      await makeStore(at('drift.db'));
      rmSync(at('drift.db.lock'));
      chmodSync(at('.'), target === '.' ? 0o555 : 0o777);
      chmodSync(at('drift.db'), target === '.' ? 0o666 : 0o444);
      const before = contents(at('.'))['drift.db'];
      // Root may write everything: for a moment the test is nobody.
      const isRoot = process.getuid?.() === 0;
      if (isRoot) process.seteuid?.(65534);
      try {
        await refusal(open(at('drift.db')), 'read_only', [at('drift.db'), 'expected permission to read and write']);
      } finally {
        if (isRoot) process.seteuid?.(0);
        chmodSync(at('.'), 0o777);
      }
      expect(contents(at('.'))['drift.db']).to.equal(before);
    });
});

describe('a store on a small disk', () => {
  // Before the folder's own hook, which removes it.
  afterEach(() => {
    if (existsSync(at('disk'))) execFileSync('umount', [at('disk')]);
  });
  const at = temporaryFolder();

  beforeEach(function () {
    needs(this, { mount: 'apt install mount' });
    if (process.getuid?.() !== 0) skip(this, 'only root can mount a file system of four megabytes');
    mkdirSync(at('disk'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', at('disk')]);
  });

  it('refuses a record when the disk is full, keeps what it had and goes on when there is room', async () => {
    await (await open(at('disk', 'drift.db'))).close();
    const store = await open(at('disk', 'drift.db'));
    const first = stateAfter([drifted([resource('a')])]);
    await store.record(first, first.last ?? result());
    const large = drifted(
      Array.from({ length: 6000 }, (_, index) => resource(`r${index}`)),
      { startedAt: minute(1) },
    );
    const small = stateAfter([drifted([resource('a')]), failed({ startedAt: minute(2) })]);

    await refusal(store.record({ ...stateAfter([large]), version: 2 }, large), 'full', [
      at('disk', 'drift.db'),
      'check web',
      'disk is full',
    ]);
    expect(await store.load()).to.deep.equal([first]);
    await store.record(small, small.last ?? result());
    expect(await store.load()).to.deep.equal([small]);
    await store.close();
    const again = await open(at('disk', 'drift.db'));
    expect(await again.load()).to.deep.equal([small]);
    await again.close();
  });

  it('cannot be made there when no room is left, and says so', async () => {
    try {
      writeFileSync(at('disk', 'filler'), Buffer.alloc(2 ** 22));
    } catch {
      // It is full now.
    }
    await refusal(open(at('disk', 'drift.db')), 'full', [at('disk', 'drift.db'), 'disk is full']);
    rmSync(at('disk', 'filler'));
    await makeStore(at('disk', 'drift.db'));
  });

  it('is refused on a read-only file system', async () => {
    await makeStore(at('disk', 'drift.db'));
    execFileSync('mount', ['-o', 'remount,ro', at('disk')]);
    const before = contents(at('disk'));
    await refusal(open(at('disk', 'drift.db')), 'read_only', [at('disk', 'drift.db')]);
    expect(contents(at('disk'))).to.deep.equal(before);
  });
});
