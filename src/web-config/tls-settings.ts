import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { CIPHER_SUITES, CURVES } from './cipher-suites.ts';
import type { Reading, TlsFile } from './web-config-file.ts';
import type { ClientAuth, TlsSettings } from './web-settings.ts';

const AT = 'tls_server_config';

/** Reads the certificates, and sees that they fit together. Undefined when something does not: the errors say what. */
export async function tlsSettings(file: TlsFile, reading: Reading): Promise<TlsSettings | undefined> {
  const { errors } = reading;
  const before = errors.length;
  const cert = await pem(file, 'cert', reading);
  const key = await pem(file, 'key', reading);
  const ca = await pem(file, 'client_ca', reading);
  checkClientAuth(file, errors);
  if (file.min_version > file.max_version) {
    errors.push(`${AT}.min_version: expected at most max_version, ${file.max_version}; got ${file.min_version}`);
  }
  const chain = certificatesOf(cert, errors);
  const authorities = certificatesOf(ca, errors);
  checkKey(chain[0], key, errors);
  if (errors.length > before) return undefined;
  const context = contextOf(file, { cert: cert?.text, key: key?.text, ca: ca?.text });
  try {
    createSecureContext(context);
  } catch (error) {
    errors.push(`${AT}: expected settings that OpenSSL takes; got ${(error as Error).message}`);
    return undefined;
  }
  return {
    context,
    clientAuth: file.client_auth_type,
    ...(file.client_allowed_sans !== undefined && { clientSans: file.client_allowed_sans }),
    expiry: { server: earliestEnd(chain), ...(authorities.length > 0 && { client_ca: earliestEnd(authorities) }) },
  };
}

interface Pem {
  readonly text: string;
  /** Where it stands: `tls_server_config.cert_file`. */
  readonly at: string;
}

/** A PEM text, given as it is or by the name of its file. */
async function pem(file: TlsFile, key: 'cert' | 'key' | 'client_ca', reading: Reading): Promise<Pem | undefined> {
  const inline = file[key] ?? '';
  const path = file[`${key}_file`] ?? '';
  if (inline !== '' && path !== '') {
    reading.errors.push(`${AT}: expected either ${key} or ${key}_file; got both`);
    return undefined;
  }
  if (inline !== '') return { text: inline, at: `${AT}.${key}` };
  const at = `${AT}.${key}_file`;
  if (path === '') {
    if (key !== 'client_ca')
      reading.errors.push(`${at}: expected a file: TLS needs a certificate and its key; got nothing`);
    return undefined;
  }
  const text = await reading.read(path, at);
  return text === undefined ? undefined : { text, at };
}

function checkClientAuth({ client_auth_type: type, client_allowed_sans, ...file }: TlsFile, errors: string[]): void {
  const hasCa = (file.client_ca ?? '') !== '' || (file.client_ca_file ?? '') !== '';
  if (hasCa && type === 'NoClientCert') {
    errors.push(
      `${AT}.client_auth_type: expected a type that uses client_ca_file, such as RequireAndVerifyClientCert; got ${type}`,
    );
  }
  if (!hasCa && verifiesClients(type)) {
    errors.push(
      `${AT}.client_ca_file: expected a file: without it any public authority could let clients in; got nothing`,
    );
  }
  if (client_allowed_sans !== undefined && !requiresCertificate(type)) {
    errors.push(
      `${AT}.client_allowed_sans: expected client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert beside it; got ${type}`,
    );
  }
}

/** Whether certificates of clients are held against the authority. */
export function verifiesClients(type: ClientAuth): boolean {
  return type === 'VerifyClientCertIfGiven' || type === 'RequireAndVerifyClientCert';
}

/** Whether a client without a certificate is refused. */
export function requiresCertificate(type: ClientAuth): boolean {
  return type === 'RequireAnyClientCert' || type === 'RequireAndVerifyClientCert';
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function certificatesOf(given: Pem | undefined, errors: string[]): X509Certificate[] {
  if (given === undefined) return [];
  const blocks = given.text.match(BLOCK) ?? [];
  if (blocks.length === 0) errors.push(`${given.at}: expected PEM certificates; got none`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    errors.push(`${given.at}: expected PEM certificates; got one that cannot be read`);
    return [];
  }
}

function checkKey(leaf: X509Certificate | undefined, key: Pem | undefined, errors: string[]): void {
  const secret = key === undefined ? undefined : privateKeyOf(key.text);
  if (key !== undefined && secret === undefined) {
    errors.push(`${key.at}: expected a PEM private key without a passphrase; got something else`);
  }
  if (leaf !== undefined && key !== undefined && secret !== undefined && !leaf.checkPrivateKey(secret)) {
    errors.push(`${key.at}: expected the key of the certificate; got that of another`);
  }
}

function privateKeyOf(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

function contextOf(
  file: TlsFile,
  { cert, key, ca }: Readonly<Record<'cert' | 'key' | 'ca', string | undefined>>,
): SecureContextOptions {
  const ciphers = file.cipher_suites.map((name) => CIPHER_SUITES[name] ?? name);
  const curves = file.curve_preferences.map((name) => CURVES[name] ?? name);
  return {
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(ca !== undefined && { ca }),
    minVersion: file.min_version === 'TLS13' ? 'TLSv1.3' : 'TLSv1.2',
    maxVersion: file.max_version === 'TLS12' ? 'TLSv1.2' : 'TLSv1.3',
    ...(ciphers.length > 0 && { ciphers: ciphers.join(':') }),
    ...(curves.length > 0 && { ecdhCurve: curves.join(':') }),
    honorCipherOrder: file.prefer_server_cipher_suites,
  };
}

function earliestEnd(certificates: readonly X509Certificate[]): string {
  return new Date(Math.min(...certificates.map(({ validTo }) => Date.parse(validTo)))).toISOString();
}
