/** Certificates made by openssl, in a directory of their own. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** For `needs`. */
export const OPENSSL: Readonly<Record<string, string>> = { openssl: 'apt-get install openssl' };

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface CertificateAuthority {
  readonly dir: string;
  readonly caFile: string;
  readonly ca: string;
  /** A certificate for a server at 127.0.0.1, or for whom the names say: `DNS:ci.example.org, URI:spiffe://a/b`. */
  issue(
    name: string,
    change?: { readonly sans?: string; readonly subject?: string; readonly days?: number },
  ): Promise<CertificateFiles>;
  remove(): Promise<void>;
}

export async function certificateAuthority(name = 'test'): Promise<CertificateAuthority> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-certificates-'));
  const at = (file: string): string => join(dir, file);
  const openssl = (words: string, ...args: string[]): Promise<unknown> =>
    run('openssl', [...words.split(' '), ...args], { cwd: dir });
  const caFile = at('ca.pem');
  await openssl(
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30',
    '-subj',
    `/CN=${name} authority`,
    '-keyout',
    at('ca.key'),
    '-out',
    caFile,
  );
  return {
    dir,
    caFile,
    ca: await readFile(caFile, 'utf8'),
    issue: async (name, { sans = 'IP:127.0.0.1, DNS:localhost', subject = `/CN=${name}`, days = 20 } = {}) => {
      const [keyFile, certFile, request, extensions] = [
        at(`${name}.key`),
        at(`${name}.pem`),
        at(`${name}.csr`),
        at(`${name}.ext`),
      ];
      await openssl(
        'req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes',
        '-subj',
        subject,
        '-keyout',
        keyFile,
        '-out',
        request,
      );
      await writeFile(extensions, sans === '' ? 'basicConstraints=CA:FALSE\n' : `subjectAltName=${sans}\n`);
      await openssl(
        'x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days',
        String(days),
        '-in',
        request,
        '-extfile',
        extensions,
        '-out',
        certFile,
      );
      const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
      return { certFile, keyFile, cert, key };
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
