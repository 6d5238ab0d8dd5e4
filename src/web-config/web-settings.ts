import type { SecureContextOptions } from 'node:tls';
import type { Scope } from './scopes.ts';

/** What a web configuration file comes to. */
export interface WebSettings {
  /** Absent: plain HTTP. */
  readonly tls?: TlsSettings;
  /** Set on every answer, over the built-in ones. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without any, nobody logs in and everybody may do everything. */
  readonly users: readonly WebUser[];
  /** Over all clients together. */
  readonly rateLimit?: { readonly intervalMs: number; readonly burst: number };
}

export interface TlsSettings {
  readonly context: SecureContextOptions;
  readonly clientAuth: ClientAuth;
  /** One of these must be a subject alternative name of the client's certificate. */
  readonly clientSans?: readonly string[];
  /** When the first certificate of each file ends, ISO 8601. */
  readonly expiry: { readonly server: string; readonly client_ca?: string };
}

export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuth = (typeof CLIENT_AUTH_TYPES)[number];

export interface WebUser {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** bcrypt. Absent: a certificate is the only way in. */
  readonly passwordHash?: string;
  /** A verified certificate with one of these subject alternative names or common names is this user's. */
  readonly clientSans: readonly string[];
  readonly clientCommonNames: readonly string[];
}

/** Without a web configuration file. */
export const OPEN_TO_ALL: WebSettings = { headers: {}, users: [] };
