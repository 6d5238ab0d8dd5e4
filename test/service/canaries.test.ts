import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { everyAnswer } from '../support/canaries.ts';
import { needs } from '../support/skips.ts';
import { configDir, eventually, startService } from '../support/service.ts';

/** Distinct secrets by what they are; each must stay out of everything the service says or keeps. */
const canaries: Record<string, string> = {};
const canary = (what: string): string =>
  (canaries[what] ??= `c4n4ry${Object.keys(canaries).length}x${what.replaceAll(/\W/g, '')}Zq9`);

const formsOf = (secret: string): string[] => [
  secret,
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(`${secret}\n`).toString('base64'),
  Buffer.from(secret).toString('hex'),
];

/** Terraform: a secret variable, marked and not, copied into computed attributes, in maps and lists, and in an error. */
const root = (failing: boolean): string => `
variable "marked" {
  type      = string
  sensitive = true
}
variable "plain" { type = string }
resource "terraform_data" "marked" { input = var.marked }
resource "terraform_data" "unmarked" { input = { user = "bob", copy = nonsensitive(var.marked), inside = "a \${var.plain} b" } }
resource "terraform_data" "nested" { input = { list = [{ deep = var.marked }], password = "${canary('terraform password key')}" } }
resource "terraform_data" "url" { input = "postgres://app:${canary('terraform url')}@db/x" }
output "token" {
  value     = var.marked
  sensitive = true
}
${
  failing
    ? `resource "terraform_data" "bad" {
  input = "x"
  lifecycle {
    precondition {
      condition     = false
      error_message = "cannot log in with password=${canary('terraform error')} as \${nonsensitive(var.marked)}"
    }
  }
}`
    : ''
}
`;

describe('no secret', () => {
  it('is in any metric, diff, page, answer, log, command line or file of the store', async function () {
    needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install', git: 'apt-get install git' });
    this.timeout(180_000);
    const { dir, file, remove } = await configDir('');
    const secrets = join(dir, 'secrets');
    execFileSync('mkdir', ['-p', secrets, join(dir, 'tf'), join(dir, 'tf-bad')]);
    const secretFile = async (what: string): Promise<string> => {
      const path = join(secrets, what.replaceAll(/\W/g, '-'));
      await writeFile(path, `${canary(what)}\n`);
      return path;
    };
    await writeFile(join(dir, 'tf/main.tf'), root(false));
    await writeFile(join(dir, 'tf-bad/main.tf'), root(true));
    await writeFile(
      join(dir, 'print.sh'),
      `echo "token $TOKEN; base64 $(printf %s "$TOKEN" | base64); hex? no; url https://u:${canary('printed url')}@h/"
echo "api_key: ${canary('printed key')}; $CLOUD_API_TOKEN" >&2
printf '%s\\n' '-----BEGIN PRIVATE KEY-----' '${canary('private key')}' '-----END PRIVATE KEY-----'
sleep 0.3
exit $1
`,
    );
    const comparison = {
      resources: 3,
      drift: [
        {
          address: `db?password=${canary('json address')}`,
          type: 't',
          action: 'update',
          cause: 'unknown',
          changes: [
            {
              op: 'replace',
              path: '/spec/clientSecret',
              live: { kind: 'known', value: canary('json live') },
              desired: { kind: 'known', value: canary('json desired') },
            },
            {
              op: 'add',
              path: '/env',
              desired: {
                kind: 'known',
                value: [{ name: 'DB_PASSWORD', value: canary('json env') }, { tokens: [canary('json list')] }],
              },
            },
          ],
        },
      ],
      failures: [{ phase: 'observe', reason: 'forbidden', message: `Authorization: Bearer ${canary('json failure')}` }],
      notices: [
        {
          kind: 'warning',
          message: `mysql --password ${canary('json notice')}`,
          address: `https://u:${canary('json notice address')}@h`,
        },
      ],
    };
    await writeFile(join(dir, 'json.sh'), `cat <<'EOF'\n${JSON.stringify(comparison)}\nEOF\n`);

    const git = createServer((request, response) => {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end(`no: ${request.headers.authorization}`);
    });
    await new Promise<void>((resolve) => git.listen(0, '127.0.0.1', resolve));
    const { port } = git.address() as AddressInfo;

    const variables = `{ marked: { file: ${await secretFile('terraform variable')} }, plain: { file: ${await secretFile('terraform plain variable')} } }`;
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0', enable_lifecycle: true }
global: { log_level: trace, interval: 1s, kill_grace: 500ms, pass_env: ['CLOUD_*'] }
sources:
  - { name: here, directory: . }
  - { name: url, git: { url: 'http://bot:${canary('git url')}@127.0.0.1:${port}/x.git', interval: 2s } }
  - { name: token, git: { url: 'http://127.0.0.1:${port}/y.git', token_file: ${await secretFile('git token')}, interval: 2s } }
checks:
  - { name: tf, checker: terraform, source: here, interval: 5s, options: { dir: tf, variables: ${variables} } }
  - { name: tf-bad, checker: terraform, source: here, interval: 5s, options: { dir: tf-bad, variables: ${variables} } }
  - { name: prints-drift, checker: command, source: here, options: { command: [sh, print.sh, '2'], env: { TOKEN: { file: ${await secretFile('command env')} } } } }
  - { name: prints-sync, checker: command, source: here, options: { command: [sh, print.sh, '0'], env: { TOKEN: { file: ${await secretFile('command env')} } } } }
  - { name: prints-error, checker: command, source: here, options: { command: [sh, print.sh, '9'], env: { TOKEN: { file: ${await secretFile('command env')} } } } }
  - { name: configured, checker: command, source: here, options: { command: [sh, -c, 'exit 2'], env: { DB_PASSWORD: '${canary('configured env')}', X: '\${FROM_ENV}' } } }
  - { name: json, checker: command, source: here, options: { command: [sh, json.sh], output: json } }
  - { name: from-url, checker: command, source: url, options: { command: ['true'] } }
  - { name: from-token, checker: command, source: token, options: { command: ['true'] } }
`,
    );
    const service = await startService(file, {
      env: { FROM_ENV: `postgres://u:${canary('environment')}@h/d`, CLOUD_API_TOKEN: canary('inherited variable') },
    });
    const said: string[] = [];
    const commandLines = (): void => {
      said.push(
        execFileSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "; true'], {
          encoding: 'latin1',
          maxBuffer: 1e8,
        }),
      );
    };
    await eventually(async () => {
      commandLines();
      return (await service.json('/diff')).checks.every(({ status }) => status !== 'unknown');
    }, 60);
    const statuses = Object.fromEntries(
      (await service.json('/diff')).checks.map(({ check, status }) => [check, status]),
    );
    expect(statuses).to.deep.equal({
      configured: 'drifted',
      'from-token': 'error',
      'from-url': 'error',
      json: 'error',
      'prints-drift': 'drifted',
      'prints-error': 'error',
      'prints-sync': 'in_sync',
      tf: 'drifted',
      'tf-bad': 'error',
    });

    const checks = Object.keys(statuses);
    said.push(...(await everyAnswer(service, checks)).values());
    said.push(await (await service.get('/diff/prints-drift', { method: 'POST' })).text());
    said.push(await (await service.get('/diff/prints-drift?ref=v1', { method: 'POST' })).text());
    await writeFile(
      file,
      `${await readFile(file, 'utf8')}\nredact: { keys: '${canary('bad configuration')}x' }\ncheckss: []\n`.replace(
        'redact',
        'global2',
      ),
    );
    said.push(await (await service.get('/-/reload', { method: 'POST' })).text());
    commandLines();
    said.push(JSON.stringify(service.log));
    expect(JSON.stringify(service.log)).to.include('run finished');

    const kept = await filesBelow(join(dir, 'data'));
    expect(kept.some((path) => path.endsWith('drift.db'))).to.equal(true);
    for (const path of kept) said.push(await readFile(path, 'latin1').catch(() => '')); // a run's own file may go meanwhile
    expect(await service.end('SIGTERM')).to.equal(0);
    for (const path of await filesBelow(join(dir, 'data'))) said.push(await readFile(path, 'latin1'));
    git.close();

    const everything = said.join('\n');
    expect(Object.keys(canaries)).to.have.length.above(18);
    const leaked = Object.entries(canaries).filter(([, secret]) =>
      formsOf(secret).some((form) => everything.includes(form)),
    );
    expect(leaked.map(([what, secret]) => `${what}: ...${around(everything, secret)}...`)).to.deep.equal([]);
    expect(everything, 'what is no secret is readable')
      .to.include('bob')
      .and.include('json.sh')
      .and.include('(sensitive)');
    await remove();
  });
});

/** The text where a secret turned up, for whoever has to mend it. */
function around(text: string, secret: string): string {
  const at =
    formsOf(secret)
      .map((form) => text.indexOf(form))
      .find((found) => found >= 0) ?? 0;
  return text.slice(Math.max(0, at - 120), at + 60);
}

/** Every file but those of the private temporary directories of runs. */
async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes(`${dir}/tmp/`))
    .map((entry) => join(entry.parentPath, entry.name));
}
