import { createHmac, randomBytes } from 'node:crypto';
import { decoyHash } from '../web-config/bcrypt-hash.ts';
import { createPasswordCheck } from '../web-config/password-check.ts';
import type { WebSettings, WebUser } from '../web-config/web-settings.ts';
import { createTokenBucket } from './token-bucket.ts';

export type Login =
  | { readonly ok: true; readonly user: WebUser }
  | { readonly ok: false; /** There is such a user: no name that may be a mistyped password. */ readonly user?: string }
  /** Not looked at: seconds to wait. */
  | { readonly ok: 'later'; readonly seconds: number };

export interface Logins {
  /** Looks at an Authorization header. */
  login(header: string, settings: WebSettings, network: string): Promise<Login>;
}

/** Passwords known to be right that are kept, so that a scrape costs no bcrypt. */
const MOST_KNOWN = 1000;
/** Logins that wait for the thread: more would wait for seconds. */
const MOST_PENDING = 30;
const LONGEST_PASSWORD = 1024;

export function createLogins({ failedPerMinute }: { readonly failedPerMinute: number }): Logins {
  const secret = randomBytes(32);
  const known = new Set<string>();
  const inFlight = new Map<string, Promise<boolean>>();
  const check = createPasswordCheck();
  const failures =
    failedPerMinute === 0
      ? undefined
      : createTokenBucket({ intervalMs: 60_000 / failedPerMinute, burst: failedPerMinute });
  const decoys = new WeakMap<WebSettings, string>();

  /** As costly as that of a user there is: how long an answer takes does not tell who exists. */
  const decoyOf = (settings: WebSettings): string => {
    const decoy = decoys.get(settings) ?? decoyHash(settings.users.flatMap(({ passwordHash = [] }) => passwordHash));
    decoys.set(settings, decoy);
    return decoy;
  };

  const compare = async (key: string, password: string, hash: string): Promise<boolean> => {
    const comparing = inFlight.get(key) ?? check.matches(password, hash);
    inFlight.set(key, comparing);
    try {
      return await comparing;
    } finally {
      inFlight.delete(key);
    }
  };

  return {
    login: async (header, settings, network) => {
      const given = credentialsIn(header);
      const user = settings.users.find(({ name, passwordHash }) => name === given?.name && passwordHash !== undefined);
      const hash = user?.passwordHash ?? decoyOf(settings);
      const key = keyOf(secret, [given?.name ?? '', hash, given?.password ?? '']);
      if (user !== undefined && known.has(key)) return { ok: true, user };
      const seconds = failures?.take(network) ?? 0;
      if (seconds > 0) return { ok: 'later', seconds };
      const failed: Login = { ok: false, ...(user !== undefined && { user: user.name }) };
      if (given === undefined || given.password.length > LONGEST_PASSWORD) return failed;
      if (check.pending >= MOST_PENDING && !inFlight.has(key)) {
        failures?.giveBack(network);
        return { ok: 'later', seconds: 1 };
      }
      const matches = await compare(key, given.password, hash);
      if (!matches || user === undefined) return failed;
      failures?.giveBack(network);
      known.add(key);
      const [oldest] = known;
      if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
      return { ok: true, user };
    },
  };
}

/** Not the password, but what only this process can make of it. */
function keyOf(secret: Buffer, parts: readonly string[]): string {
  const hmac = createHmac('sha256', secret);
  return hmac.update(JSON.stringify(parts)).digest('base64');
}

/** RFC 7617. */
function credentialsIn(header: string): { readonly name: string; readonly password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
