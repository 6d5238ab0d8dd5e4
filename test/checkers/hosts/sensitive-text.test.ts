import { expect } from 'chai';
import { maskLines, maskSensitiveText } from '../../../checkers/hosts/sensitive-text.ts';

const MASKED: readonly (readonly [string, string])[] = [
  ['password: hunter2', 'password: (sensitive)'],
  ['db_password = "a b c"', 'db_password = (sensitive)'],
  ["'api_key' => 'x1y2'", "'api_key' => (sensitive)"],
  ['{"accessToken": "abc"}', '{"accessToken": (sensitive)}'],
  ['requirepass foobared', 'requirepass (sensitive)'],
  ["CREATE USER a IDENTIFIED BY 'pw'", 'CREATE USER a IDENTIFIED BY (sensitive)'],
  ['app:$6$salt$hash/x.y:19000:0:::', 'app:(sensitive):19000:0:::'],
  ['url = postgres://app:pw@db/x', 'url = postgres://app:(sensitive)@db/x'],
  ['Authorization: Bearer abc.def', 'Authorization: Bearer (sensitive)'],
  ['mysqldump --password hunter2 db', 'mysqldump --password (sensitive) db'],
  ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ', '(sensitive)'],
];

const KEPT = [
  'PasswordAuthentication no',
  'PermitRootLogin yes',
  'password_file: ',
  'tokens = true',
  'ssl_certificate /etc/ssl/a.pem',
  'passed = 3',
];

describe('hosts: secrets in text', () => {
  for (const [text, masked] of MASKED) {
    it(`masks ${text}`, () => {
      expect(maskSensitiveText(text)).to.equal(masked);
    });
  }

  for (const text of KEPT) {
    it(`keeps ${text}`, () => {
      expect(maskSensitiveText(text)).to.equal(text);
    });
  }

  it('masks private keys line by line and keeps certificates', () => {
    const key = ['-----BEGIN PRIVATE KEY-----\n', 'abc\n', '-----END PRIVATE KEY-----\n', 'after\n'];
    expect(maskLines(key)).to.deep.equal(['(sensitive)\n', '(sensitive)\n', '(sensitive)\n', 'after\n']);
    const body = `${'A'.repeat(64)}\n`;
    const certificate = ['-----BEGIN CERTIFICATE-----\n', body, '-----END CERTIFICATE-----\n', body];
    expect(maskLines(certificate)).to.deep.equal([...certificate.slice(0, 3), '(sensitive)\n']);
  });
});
