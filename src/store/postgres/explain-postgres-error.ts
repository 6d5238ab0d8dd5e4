import { StoreError, type StoreErrorReason } from '../store.ts';

type Explanation = readonly [StoreErrorReason, string];

const UNREACHABLE: Explanation = ['unreachable', 'the server cannot be reached'];
const BUSY: Explanation = ['locked', 'another session held what it needed for too long, or the server is too slow'];
const CHANGED: Explanation = [
  'newer',
  'expected the tables of this version, found others: a newer version changed them, or somebody removed them',
];

/** By SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html) or error code of Node. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  '28P01': ['forbidden', 'the server does not accept the user or the password'],
  '28000': ['forbidden', 'the server does not let this user in'],
  '3D000': ['unusable', 'expected a database of this name, found none; create it'],
  '42501': ['forbidden', 'the user lacks a privilege'],
  '25006': ['read_only', 'expected a server that takes writes, found a read-only one'],
  '53100': ['full', "the server's disk is full"],
  '53300': ['unreachable', 'the server has no connection left'],
  '55P03': BUSY,
  '57014': BUSY,
  '25P03': BUSY,
  '40001': BUSY,
  '40P01': BUSY,
  '42P01': CHANGED,
  '42703': CHANGED,
  '3F000': CHANGED,
};

/** The server ends the session, starts, stops, or the connection breaks. */
const GONE = /^(08...|57P0.|E[A-Z]+)$/;
/** pg gives these no code. */
const GONE_MESSAGES = /^(Connection terminated|Query read timeout|timeout e|Client |Postgres connection has been disc)/;

/** What an error of PostgreSQL or of the network means. `where` names the database, `doing` what was tried. */
export function explainPostgresError(where: string, doing: string, error: unknown): StoreError {
  const { code, message } = detailsOf(error);
  const [reason, found] = EXPLANATIONS[code] ?? (isGone(code, message) ? UNREACHABLE : OTHER);
  return new StoreError(reason, `${where}: cannot ${doing}: ${found} (${message})`, { cause: error });
}

const OTHER: Explanation = ['unusable', 'unexpected error'];

function isGone(code: string, message: string): boolean {
  return GONE.test(code) || GONE_MESSAGES.test(message) || /certificate|SSL|TLS/i.test(`${code} ${message}`);
}

/** A name with several addresses gives an error of several, and no message of its own. */
function detailsOf(error: unknown): { code: string; message: string } {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code, message } = first as { code?: string; message?: string };
  return { code: code ?? '', message: message ?? String(first) };
}
