import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';

describe('A fleet with a discovery', function () {
  this.timeout(180_000);
  let postgres: PostgresServer;
  let configured: Awaited<ReturnType<typeof configDir>>;
  const services: TestService[] = [];

  before(async function () {
    postgres = await startPostgres(this);
    configured = await configDir(configuration(await postgres.newDatabase()));
    await putRoot('one');
    for (const role of ['server', 'worker'])
      services.push(await startService(configured.file, { args: ['--role', role] }));
  });

  after(async () => {
    await Promise.all(services.map((service) => service.end('SIGTERM')));
    await postgres?.close();
    await configured?.remove();
  });

  const putRoot = async (name: string): Promise<void> => {
    await mkdir(join(configured.dir, 'infra', name), { recursive: true });
    await writeFile(join(configured.dir, 'infra', name, 'main.tf'), '');
  };
  const statuses = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await services[0]!.json('/diff')).checks.map(({ check, status }) => [check, status]));

  it('runs on its workers what its servers and workers discover', async () => {
    await eventually(async () => (await statuses())['root-one'] === 'in_sync', 90);
    await putRoot('two');
    await eventually(async () => (await statuses())['root-two'] === 'in_sync', 90);
    expect(await statuses()).to.deep.equal({ 'root-one': 'in_sync', 'root-two': 'in_sync' });
  });

  it('takes away what goes', async () => {
    await rm(join(configured.dir, 'infra', 'one'), { recursive: true });
    await eventually(async () => (await statuses())['root-one'] === undefined, 90);
    expect(await statuses()).to.deep.equal({ 'root-two': 'in_sync' });
  });
});

function configuration(url: string): string {
  return `
store: { url: '${url}' }
sources: [{ name: infra, directory: infra }]
discover:
  - name: roots
    source: infra
    interval: 1s
    terraform: {}
    checks:
      - name: root-{{ name }}
        checker: command
        interval: 2s
        options: { command: [test, -f, '{{ dir }}/main.tf'] }
`;
}
