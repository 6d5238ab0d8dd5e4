import { expect } from 'chai';
import fc from 'fast-check';
import type { Change, Json } from '../../src/drift.ts';
import { createRedactor } from '../../src/redact/redactor.ts';
import { isSecretKey } from '../../src/redact/secret-key.ts';

const redactor = () => createRedactor({ keys: ['corp_*'], patterns: ['EMP-\\d{6}'] });
const M = '(sensitive)';
// Put together here, so that no scanner takes them for real ones.
const join = (...parts: string[]): string => parts.join('');

describe('secret keys', () => {
  for (const key of [
    'password',
    'DB_PASSWORD',
    'dbPassword',
    'master_user_password',
    'clientSecret',
    'api-key',
    'APIKEY',
    'apiKey',
    'secret_access_key',
    'AWS_SECRET_ACCESS_KEY',
    'privateKey',
    'auth_token',
    'token',
    'connectionString',
    'PGPASSWORD',
    'password_hash',
    'Authorization',
  ]) {
    it(`masks under ${key}`, () => {
      expect(isSecretKey(key)).to.equal(true);
    });
  }
  for (const key of [
    'secretName',
    'secret_arn',
    'tokenExpirationSeconds',
    'password_policy',
    'passwordLength',
    'imagePullSecretName',
    'key',
    'keyName',
    'public_key',
    'automountServiceAccountToken_enabled',
    'access_key_id',
    'compass',
    'bypass_rule',
    'author',
    'keyboard',
  ]) {
    it(`does not mask under ${key}`, () => {
      expect(isSecretKey(key)).to.equal(false);
    });
  }
});

/** What makes an expression begin again at each place and look to the end: with a square in it, each takes minutes. */
const HOSTILE = [
  ...['a.', 'a-', 'a+', 'x1'].map((part) => `${part.repeat(300_000)}://`),
  ...['://a', 'a://', 'a://b:', 'http://u:', '@'].map((part) => part.repeat(200_000)),
  ...['eyJ-', 'eyJa.', 'eyJaaaaaaa.'].map((part) => part.repeat(200_000)),
  ...['password ', 'login a password', 'login ', 'user  ', 'requirepass ', 'identified ', 'identified by '].map(
    (part) => part.repeat(60_000),
  ),
  ...['key', 'a_', '_', '-', '--', '--a', '.a', 'token=', 'token="', "token='", 'token:\\"', 'token ='].map((part) =>
    part.repeat(100_000),
  ),
  `token${' '.repeat(500_000)}`,
  `token${' '.repeat(500_000)}=x`,
  ...['bearer', 'basic '].map((word) => `${word} ${' '.repeat(400_000)}`),
  ...['$6$', '$5$a', '$pbkdf2-', '$argon2id$a=,', '$2y$'].map((part) => part.repeat(100_000)),
  ...['SG.', 'SG.aaaaaaaaaaaaaaaaaaaa', 'sk-', 'xoxb-', 'glpat-', 'npm_', 'AKIA', 'AIza', 'ya29.', 'hvs.'].map((part) =>
    part.repeat(100_000),
  ),
  ...['BEGIN', 'END'].map((word) => join('-----', word, ' PRIV', 'ATE KEY-----\n').repeat(20_000)),
  join(`${'A1b2'.repeat(16)}\n`.repeat(10_000), '-----END PRIV', 'ATE KEY-----'),
  `-----END ${'A'.repeat(500_000)}`,
  `-----BEGIN ${'A '.repeat(300_000)}`,
  'hooks.slack.com/services/'.repeat(20_000),
  'AccountKey='.repeat(50_000),
];

describe('redacted text', () => {
  const cases: readonly (readonly [title: string, text: string, expected: string])[] = [
    [
      'a URL with a password',
      'clone https://bot:hunter2@git.example.org/x.git failed',
      `clone https://bot:${M}@git.example.org/x.git failed`,
    ],
    ['a URL with a token for a user', 'https://oauth2:t0k3n@h/x', `https://oauth2:${M}@h/x`],
    [
      'a database URL',
      'postgres://app:s3cr3t@db:5432/x?sslmode=require',
      `postgres://app:${M}@db:5432/x?sslmode=require`,
    ],
    ['an assignment', 'password = "hunter2" and more', `password = ${M} and more`],
    ['an assignment in YAML', 'db_password: hunter2\nuser: bob', `db_password: ${M}\nuser: bob`],
    ['an assignment in JSON', '{"clientSecret": "a\\"b", "id": 3}', `{"clientSecret": ${M}, "id": 3}`],
    ['an assignment in JSON within JSON', '{\\"token\\": \\"abc\\"}', `{\\"token\\": ${M}}`],
    ['a query parameter', 'GET /x?api_key=123abc&page=2', `GET /x?api_key=${M}&page=2`],
    ['a command line', 'mysql --password hunter2 --host db', `mysql --password ${M} --host db`],
    ['a header', 'Authorization: Bearer abc.def-123', `Authorization: ${M} ${M}`],
    ['a bearer token in prose', 'sent bearer abc123def456', `sent bearer ${M}`],
    ['an AWS key id', join('key AKI', 'AIOSFODNN7EXAMPLE used'), `key ${M} used`],
    ['a GitHub token', join('gh', 'p_abcdefghijklmnopqrstuvwxyz0123456789'), M],
    ['a GitLab token', join('glpat', '-abcdefghijklmnop1234'), M],
    ['a Slack token', join('xox', 'b-123456789012-abcdef'), M],
    ['a JWT', join('ey', 'JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def_123'), M],
    ['a password hash', 'root:$6$salt$abcdefghij./:19000', `root:${M}:19000`],
    [
      'a private key',
      join('a\n-----BEGIN RSA PRIV', 'ATE KEY-----\nMIIE\n-----END RSA PRIV', 'ATE KEY-----\nb'),
      `a\n${M}\nb`,
    ],
    ['a private key cut off', join('-----BEGIN PRIV', 'ATE KEY-----\nMIIE\nabc'), M],
    ['an Azure connection string', 'AccountName=x;AccountKey=abc==;End', `AccountName=x;AccountKey=${M};End`],
    ['a configured pattern', 'staff EMP-123456 left', `staff ${M} left`],
    ['a configured key', 'corp_pin=1234', `corp_pin=${M}`],
  ];
  for (const [title, text, expected] of cases) {
    it(`masks ${title}`, () => {
      expect(redactor().text(text)).to.equal(expected);
    });
    it(`stays as it is once masked: ${title}`, () => {
      expect(redactor().text(expected)).to.equal(expected);
    });
  }

  for (const text of [
    'Basic authentication failed',
    'the token expired yesterday',
    'secretName: web-tls',
    'password: null',
    'https://example.org:8443/a@b',
    'aws_subnet.a["eu-west-1a"]: cidr_block = 10.0.0.0/16',
    'key = "value"',
    'image: nginx@sha256:0123456789abcdef',
  ]) {
    it(`leaves ${JSON.stringify(text)}`, () => {
      expect(redactor().text(text)).to.equal(text);
    });
  }

  it('masks a secret known by its value in all its encodings', () => {
    const known = redactor();
    known.secret('s3 cr"t/§');
    const forms = [
      's3 cr"t/§',
      Buffer.from('s3 cr"t/§').toString('base64'),
      encodeURIComponent('s3 cr"t/§'),
      JSON.stringify('s3 cr"t/§'),
    ];
    for (const form of forms) expect(known.text(`x ${form} y`), form).to.match(/^x "?\(sensitive\)"? y$/);
  });

  it('masks a secret known by its value inside longer base64, and in hexadecimal', () => {
    const secret = 'correct-horse-battery+staple';
    const known = redactor();
    known.secret(secret);
    const sure = Buffer.from(secret.slice(3, -3)).toString('hex');
    for (const before of ['', 'u', 'us', 'use', 'user:']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const text = known.text(Buffer.from(`${before}${secret}@host`).toString(encoding));
        expect(Buffer.from(text.replace(M, ''), 'base64').toString('hex'), text).not.to.include(sure);
        expect(text).to.include(M);
      }
    }
    expect(known.text(Buffer.from(secret).toString('hex').toUpperCase())).to.equal(M);
  });

  it('masks what stands under secret-looking keys of a configuration wherever it turns up', () => {
    const known = redactor();
    known.secretsIn({
      env: {
        DB_PASSWORD: 'hunter2-1',
        USE_TOKEN: 'true',
        TOKEN_FILE: '/run/token',
        API_KEY: '/run/key',
        HOST: 'db-01',
      },
      extra_vars: { nested: [{ api_key: 'hunter2-2' }], corp_pin: 'hunter2-3' },
      kubeconfig: 'deploy/kubeconfig',
    });
    expect(known.text('hunter2-1 hunter2-2 hunter2-3')).to.equal(`${M} ${M} ${M}`);
    const readable = 'true, /run/token, /run/key, db-01, deploy/kubeconfig';
    expect(known.text(readable)).to.equal(readable);
  });

  it('masks a private key whose beginning was cut off, and nothing before it', () => {
    const end = join('-----END RSA PRIV', 'ATE KEY-----');
    const line = 'A1b2'.repeat(16);
    expect(redactor().text(`exit code 1:\n${line}\n${line.slice(7)}==\n${end}\nafter`)).to.equal(
      `exit code 1:\n${M}\nafter`,
    );
    expect(redactor().text(`exit code 1: ${line}\n${line}\n${end}`)).to.equal(`exit code 1: ${M}`);
    expect(redactor().text(`${line}\n${line}`), 'what may be anything').to.equal(`${line}\n${line}`);
  });

  it('masks each line of a known secret of several lines', () => {
    const known = redactor();
    known.secret('first line of it\nsecond line of it\n');
    expect(known.text('+ second line of it')).to.equal(`+ ${M}`);
  });

  it('takes a very short known secret only as a whole value', () => {
    const known = redactor();
    known.secret('ab');
    expect([known.text('ab'), known.text('abc')]).to.deep.equal([M, 'abc']);
  });

  it('takes linear time on hostile text', () => {
    for (const text of [
      'a='.repeat(200_000),
      '"'.repeat(200_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(5_000),
      'token '.repeat(50_000),
      'x:\\"'.repeat(50_000),
      ...HOSTILE,
    ]) {
      redactor().text(text);
    }
  }).timeout(20_000);
});

describe('a redacted change', () => {
  const change = (path: string, live: Json, desired: Json): Change =>
    redactor().drift({
      address: 'a',
      type: 't',
      action: 'update',
      cause: 'unknown',
      changes: [
        { op: 'replace', path, live: { kind: 'known', value: live }, desired: { kind: 'known', value: desired } },
      ],
    }).changes[0]!;

  it('has no place for the value of a secret field', () => {
    expect(change('/spec/password', 'one', 'two')).to.deep.equal({
      op: 'replace',
      path: '/spec/password',
      live: { kind: 'sensitive' },
      desired: { kind: 'sensitive' },
    });
  });
  it('masks inside objects and still shows that the masked values differ', () => {
    expect(change('/spec', { password: 'one', size: 1 }, { password: 'two', size: 1 })).to.deep.include({
      live: { kind: 'known', value: { password: M, size: 1 } },
      desired: { kind: 'known', value: { password: '(sensitive, differs)', size: 1 } },
    });
  });
  it('masks inside text and still shows that it differs', () => {
    expect(change('/url', 'https://u:one1@h', 'https://u:two2@h').desired).to.deep.equal({
      kind: 'known',
      value: 'https://u:(sensitive, differs)@h',
    });
  });
  it('masks lists of secrets, maps of secrets, and name-value pairs', () => {
    expect(
      change('/x', 0, {
        tokens: ['a1', 'b2'],
        secrets: { a: 'x1', name: 'ref' },
        env: [{ name: 'DB_PASSWORD', value: 'x' }],
      }).desired,
    ).to.deep.equal({
      kind: 'known',
      value: { tokens: [M, M], secrets: { a: M, name: 'ref' }, env: [{ name: 'DB_PASSWORD', value: M }] },
    });
  });
  it('leaves references to secrets readable', () => {
    const value = {
      secretKeyRef: { name: 'db', key: 'password' },
      imagePullSecrets: [{ name: 'pull' }],
      volumes: [{ secret: { secretName: 'tls' } }],
    };
    expect(change('/x', 0, value).desired).to.deep.equal({ kind: 'known', value });
  });
  it('cuts a text nobody can read', () => {
    const { desired } = change('/x', 0, 'y'.repeat(100_000));
    expect(JSON.stringify(desired)).to.have.length.below(70_000).and.include('34464 characters more');
  });

  it('never lets a known secret through, whatever is around it', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.string({ minLength: 6 }).filter((text) => text.trim().length >= 6),
        (around, secret) => {
          const known = redactor();
          known.secret(secret);
          const value = { before: around, text: `${around}${secret.trim()}${around}` };
          const drift = known.drift({
            address: secret.trim(),
            type: 't',
            action: 'update',
            cause: 'unknown',
            changes: [{ op: 'add', path: '/x', desired: { kind: 'known', value } }],
          });
          expect(drift.address).to.not.include(secret.trim());
          expect(
            (drift.changes[0]!.desired as unknown as { value: { text: string } }).value.text.replaceAll(
              '(sensitive)',
              '',
            ),
          ).to.satisfy(
            (text: string) =>
              !text.includes(secret.trim()) || '(sensitive)'.includes(secret.trim()) || around.includes(secret.trim()),
          );
        },
      ),
    );
  });
});
