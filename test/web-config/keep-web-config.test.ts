import { expect } from 'chai';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { keepWebConfig, type WebConfigKeeper } from '../../src/web-config/keep-web-config.ts';
import { eventually } from '../support/service.ts';

const config = (name: string): string => `basic_auth_users: { ${name}: "$2y$10$${'a'.repeat(53)}" }\n`;

describe('The web configuration in force', () => {
  let dir: string;
  let file: string;
  let lines: Readonly<Record<string, unknown>>[];
  let log: Logger;
  let keeper: WebConfigKeeper;
  const users = (): readonly string[] => keeper.settings().users.map(({ name }) => name);

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-keep-'));
    file = join(dir, 'web-config.yml');
    lines = [];
    const stream = new Writable({
      write: (line, _encoding, done) => {
        lines.push(JSON.parse(String(line)) as Record<string, unknown>);
        done();
      },
    });
    log = pino({ level: 'info' }, stream);
    await writeFile(file, config('alice'));
    keeper = await keepWebConfig(file, { log, pollMs: 10 });
  });
  afterEach(async () => {
    keeper.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('is not read again while nothing changes', async () => {
    let changes = 0;
    keeper.onChange(() => changes++);
    await sleep(100);
    expect([changes, lines]).to.deep.equal([0, []]);
  });

  it('is the new one, written in place or put in its place', async () => {
    await writeFile(file, config('bob'));
    await eventually(() => users()[0] === 'bob');
    await writeFile(`${file}.new`, config('carol'));
    await rename(`${file}.new`, file);
    await eventually(() => users()[0] === 'carol');
    expect(keeper.status().file?.lastReloadSuccessful).to.equal(true);
  });

  it('is the new one when a link leads elsewhere, as Kubernetes does it with Secrets', async () => {
    const [now, later] = [join(dir, 'now.yml'), join(dir, 'later.yml')];
    await writeFile(now, config('dave'));
    await writeFile(later, config('erin'));
    const link = async (target: string): Promise<void> => {
      await symlink(target, `${file}.link`);
      await rename(`${file}.link`, file);
    };
    await link(now);
    await eventually(() => users()[0] === 'dave');
    await link(later);
    await eventually(() => users()[0] === 'erin');
  });

  it('stays the old one while the new one is broken or gone, which is logged once', async () => {
    const { loadedAt } = keeper.status().file ?? {};
    await writeFile(file, 'basic_auth_user: {}');
    await eventually(() => keeper.status().file?.lastReloadSuccessful === false);
    await sleep(100);
    expect(users()).to.deep.equal(['alice']);
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['web configuration not reloaded; the old one stays in force']);
    expect(JSON.stringify(lines[0]?.['errors'])).to.contain('basic_auth_user: unknown key');
    await rm(file);
    await eventually(() => JSON.stringify(lines).includes('there is none'));
    expect(keeper.status().file).to.deep.equal({ lastReloadSuccessful: false, loadedAt });
    await writeFile(file, config('bob'));
    await eventually(() => keeper.status().file?.lastReloadSuccessful === true);
    expect(users()).to.deep.equal(['bob']);
  });

  it('cannot begin with a broken one', async () => {
    const broken = join(dir, 'broken.yml');
    await writeFile(broken, 'users: []');
    const error = await keepWebConfig(broken, { log }).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    expect(error).to.equal(`Error: ${broken}: users: expected a map; got a list`);
  });

  it('is open to all without a file, and tells nothing of one', async () => {
    const open = await keepWebConfig(undefined, { log });
    expect([open.settings(), open.status()]).to.deep.equal([{ headers: {}, users: [] }, { expiry: {} }]);
    open.close();
  });
});
