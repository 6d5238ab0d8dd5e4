import type { Scope } from './scopes.ts';
import type { ClientAuth } from './web-settings.ts';

/** The file's sections after validation: keys as written, defaults filled in, durations in milliseconds. */
export interface TlsFile {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly client_ca?: string | undefined;
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
  readonly client_ca_file?: string | undefined;
  readonly client_auth_type: ClientAuth;
  readonly client_allowed_sans?: readonly string[] | undefined;
  readonly min_version: string;
  readonly max_version: string;
  readonly cipher_suites: readonly string[];
  readonly prefer_server_cipher_suites: boolean;
  readonly curve_preferences: readonly string[];
}

export interface HttpFile {
  readonly http2: boolean;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface RateLimitFile {
  readonly interval: number;
  readonly burst: number;
}

export type UsersFile = Readonly<Record<string, UserFile>>;

export interface UserFile {
  readonly scopes: readonly Scope[];
  readonly client_sans: readonly string[];
  readonly client_common_names: readonly string[];
}

/** What reading a file and those that it names shares. */
export interface Reading {
  readonly errors: string[];
  /** The text of a file, its path relative to the web configuration; undefined, and an error, when there is none. */
  readonly read: (file: string, key: string) => Promise<string | undefined>;
}
