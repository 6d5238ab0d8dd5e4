import { expect } from 'chai';
import { hashSync } from 'bcryptjs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCanaries, everyAnswer, everyFile } from '../support/canaries.ts';
import { makeCertificates } from '../support/git-http.ts';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';
import { needs } from '../support/skips.ts';

const canaries = createCanaries();

describe('no password of a web configuration', () => {
  it('and no hash of one is in any answer, in the log or in the store, whoever asks for what', async function () {
    needs(this, { openssl: 'apt-get install openssl' });
    this.timeout(120_000);
    const { dir, file, remove } = await configDir('');
    const users = Object.fromEntries(
      ['admin', 'reader'].map((name) => {
        const password = canaries.plant(`the password of ${name}`);
        const hash = canaries.adopt(`the hash of ${name}`, hashSync(password, 4).replace('$2b$', '$2y$'));
        return [name, { password, hash }] as const;
      }),
    );
    const webConfig = (more: object = {}): string =>
      JSON.stringify({
        basic_auth_users: Object.fromEntries(Object.entries(users).map(([name, { hash }]) => [name, hash])),
        ...more,
      });
    await writeFile(join(dir, 'web.yml'), webConfig());
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0', enable_lifecycle: true, config_file: web.yml }
global: { log_level: trace }
checks: [{ name: a, checker: command, options: { command: [sh, -c, 'exit 2'] } }]
`,
    );
    const service = await startService(file);
    const login = (name: string, password: string): Record<string, string> => ({
      authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
    });
    const admin = login('admin', users['admin']?.password ?? '');
    const as = (headers: Record<string, string>): TestService => ({
      ...service,
      get: async (path, init) => service.get(path, { ...init, headers }),
    });
    await eventually(async () => ((await as(admin).get('/diff')).status === 200 ? true : undefined));
    const places = await everyAnswer(as(admin), ['a']);
    const add = (who: string, answers: ReadonlyMap<string, string>): void => {
      for (const [path, text] of answers) places.set(`${path} for ${who}`, text);
    };
    add('nobody', await everyAnswer(service, ['a']));
    add('a wrong password', await everyAnswer(as(login('reader', canaries.plant('a wrong password'))), ['a']));
    add('an unknown user', await everyAnswer(as(login(canaries.plant('a password typed as a name'), 'x')), ['a']));
    add('a bearer', await everyAnswer(as({ authorization: `Bearer ${canaries.plant('a bearer token')}` }), ['a']));
    add('a cookie', await everyAnswer(as({ ...admin, cookie: `session=${canaries.plant('a cookie')}` }), ['a']));
    const post = await as(admin).get('/-/reload', { method: 'POST' });
    places.set('POST /-/reload', await post.text());
    for (const broken of [
      webConfig({ nonsense: canaries.plant('a key that nobody knows') }),
      JSON.stringify({ basic_auth_users: { admin: canaries.plant('a password where a hash belongs') } }),
      `basic_auth_users: { admin: "${canaries.plant('a file that does not parse')}`,
    ]) {
      await writeFile(join(dir, 'web.yml'), broken);
      const answer = await as(admin).get('/-/reload', { method: 'POST' });
      places.set(`POST /-/reload of ${broken.slice(0, 20)}`, await answer.text());
    }
    for (const [path, text] of await everyFile(join(dir, 'data'))) places.set(path, text);
    await service.end('SIGTERM');
    places.set('the log', JSON.stringify(service.log));
    for (const broken of [`basic_auth_users: { admin: "${canaries.plant('at the start')}`, '{}']) {
      const tls = makeCertificates(dir);
      const key =
        broken === '{}' ? JSON.stringify({ tls_server_config: { cert_file: tls.cert, key_file: tls.ca } }) : broken;
      await writeFile(join(dir, 'web.yml'), key);
      places.set(
        `a start with ${key.slice(0, 20)}`,
        await startService(file).then(
          () => 'it started',
          (error: unknown) => String(error),
        ),
      );
    }
    expect(canaries.leaks(places).join('\n'), 'leaks').to.equal('');
    expect(places.get('/checks/a')).to.include('drifted');
    expect(places.get('/checks/a for nobody')).to.not.include('drifted');
    await remove();
  });
});
