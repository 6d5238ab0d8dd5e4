import { pathText } from '../config/issues.ts';
import { hashProblem } from './bcrypt-hash.ts';
import { SCOPES } from './scopes.ts';
import { verifiesClients } from './tls-settings.ts';
import type { UsersFile } from './web-config-file.ts';
import type { ClientAuth, WebUser } from './web-settings.ts';

export interface Logins {
  /** `basic_auth_users`: bcrypt hashes by name, not yet looked at. */
  readonly passwords: Readonly<Record<string, unknown>>;
  readonly users: UsersFile | undefined;
  readonly clientAuth: ClientAuth | undefined;
  readonly errors: string[];
}

/**
 * Everybody who can log in. Without the section `users`, everybody with a password may do everything, as with the exporter
 * toolkit; with it, who is not in it could do nothing or everything by mistake, so that is an error.
 */
export function webUsers({ passwords, users, clientAuth, errors }: Logins): readonly WebUser[] {
  const hashes = new Map(Object.entries(passwords));
  for (const [name, hash] of hashes) {
    const at = pathText(['basic_auth_users', name]);
    if (name === '' || name.includes(':'))
      errors.push(`${at}: expected a name without a colon; got ${JSON.stringify(name)}`);
    const problem = hashProblem(hash);
    if (problem !== undefined) errors.push(`${at}: ${problem}`);
    if (users !== undefined && !Object.hasOwn(users, name)) {
      errors.push(`${pathText(['users', name])}: expected the scopes of everybody in basic_auth_users; got nothing`);
    }
  }
  if (users === undefined) {
    return [...hashes].map(([name, hash]) => ({
      name,
      scopes: SCOPES,
      passwordHash: String(hash),
      clientSans: [],
      clientCommonNames: [],
    }));
  }
  checkCertificates(users, { hashes, clientAuth, errors });
  return Object.entries(users).map(([name, user]) => ({
    name,
    scopes: user.scopes,
    ...(hashes.has(name) && { passwordHash: String(hashes.get(name)) }),
    clientSans: user.client_sans,
    clientCommonNames: user.client_common_names,
  }));
}

function checkCertificates(
  users: UsersFile,
  given: {
    readonly hashes: ReadonlyMap<string, unknown>;
    readonly clientAuth: ClientAuth | undefined;
    readonly errors: string[];
  },
): void {
  const { hashes, clientAuth = 'NoClientCert', errors } = given;
  const owners = new Map<string, string>();
  for (const [name, user] of Object.entries(users)) {
    const named = [
      ...user.client_sans.map((san) => `client_sans ${JSON.stringify(san)}`),
      ...user.client_common_names.map((common) => `client_common_names ${JSON.stringify(common)}`),
    ];
    const at = pathText(['users', name]);
    if (named.length === 0 && !hashes.has(name)) {
      errors.push(
        `${at}: expected a password in basic_auth_users, client_sans or client_common_names; got none of them`,
      );
    }
    if (named.length > 0 && !verifiesClients(clientAuth)) {
      errors.push(
        `${at}: expected tls_server_config.client_auth_type VerifyClientCertIfGiven or RequireAndVerifyClientCert, for certificates to tell who it is; got ${clientAuth}`,
      );
    }
    for (const key of named) {
      const owner = owners.get(key);
      if (owner !== undefined)
        errors.push(`${at}: expected names that no other user has; got ${key} of ${JSON.stringify(owner)}`);
      owners.set(key, name);
    }
  }
}
