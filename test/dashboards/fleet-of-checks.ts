/** An exporter with something in every metric: drift of every kind, failures, notices, a git source, an ignore rule. */
import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configDir, startService, type TestService } from '../support/service.ts';

export interface FleetOfChecks {
  readonly service: TestService;
  /** `host:port`. */
  readonly target: string;
  /** Lets the check `flips` drift, or mends it. */
  drift(drifted: boolean): Promise<void>;
  close(): Promise<void>;
}

const change = { op: 'replace', path: '/ttl', live: { kind: 'known', value: 60 } };
const record = { type: 'record', changes: [change] };
const FOUND = {
  resources: 4,
  drift: [
    { ...record, address: 'www', action: 'update', cause: 'out_of_band', actor: { name: 'ann', class: 'human' } },
    { ...record, address: 'old', action: 'delete', cause: 'unapplied' },
    { ...record, address: 'ignored', action: 'update', cause: 'unknown' },
  ],
  notices: [{ kind: 'warning', message: 'deprecated' }],
  notCompared: [{ address: 'script', type: 'shell', why: 'a shell command' }],
};

/** `labels`: of the checks. `store`: that section of the configuration. */
export async function startFleetOfChecks(labels: string, store = '{}'): Promise<FleetOfChecks> {
  const { dir, file, remove } = await configDir('');
  await writeFile(join(dir, 'found.json'), JSON.stringify(FOUND));
  await writeFile(join(dir, 'object.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: same }\n');
  makeRepository(join(dir, 'repository'));
  await mkdir(join(dir, 'root'));
  await writeFile(join(dir, 'root/main.tf'), 'terraform {}\n');
  await writeFile(join(dir, 'web.yml'), 'http_server_config: { headers: { X-Content-Type-Options: nosniff } }\n');
  await writeFile(file, `store: ${store}\n${configuration(dir, labels)}`);
  const service = await startService(file);
  const flag = join(dir, 'drifted');
  return {
    service,
    target: new URL(service.url).host,
    drift: (drifted) => (drifted ? writeFile(flag, '') : rm(flag, { force: true })),
    close: async () => {
      await service.end('SIGTERM');
      await remove();
    },
  };
}

function configuration(dir: string, labels: string): string {
  const print = `command: [cat, '${join(dir, 'found.json')}'], output: json`;
  return `
web: { listen: '127.0.0.1:0', external_url: 'https://drift.example.org/drift/', config_file: web.yml }
global: { interval: 2s, jitter: 0%, labels: { ${labels} }, kill_grace: 500ms }
sources:
  - { name: infra, git: { url: '${join(dir, 'repository')}', interval: 2s } }
  - { name: here, directory: '${dir}' }
checks:
  - { name: drifts, checker: command, source: infra, options: { ${print} } }
  - { name: drifts-too, checker: command, options: { ${print} } }
  - { name: parity, checker: compare, source: here, options: { left: { manifests: object.yaml }, right: { manifests: object.yaml } } }
  - { name: unconfirmed, checker: command, confirmations: 100, options: { ${print} } }
  - { name: fails, checker: command, options: { command: [sh, -c, 'exit 1'] } }
  - { name: flips, checker: command, interval: 1s, options: { command: [sh, -c, 'test ! -e ${join(dir, 'drifted')} || exit 2'] } }
  - { name: endless, checker: command, timeout: 1h, options: { command: [sleep, '3600'] } }
discover:
  - name: roots
    source: here
    terraform: { roots: root }
    checks: [{ name: 'found-{{ name }}', checker: command, options: { command: ['true'] } }]
ignore:
  - { name: known, match: { address: ignored }, reason: test, owner: test, expires: 2099-01-01 }
`;
}

function makeRepository(dir: string): void {
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], { stdio: 'ignore' });
  };
  git('init', '--initial-branch=main', dir);
  git('-C', dir, 'commit', '--allow-empty', '--message=first');
}
