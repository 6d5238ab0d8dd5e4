import { isAbsolute } from 'node:path';
import { CheckError } from '../checker.ts';

export type GitProtocol = 'https' | 'http' | 'ssh' | 'git' | 'file';

/** Where a repository is, apart from what logs one in. */
export interface GitUrl {
  readonly protocol: GitProtocol;
  /** Without password, and without user name too for HTTP: fit for argv, logs and people. */
  readonly location: string;
  /** `https://host:port`; only for HTTP. Credentials are given to no other origin. */
  readonly origin?: string;
  readonly username?: string;
  readonly password?: string;
}

const PROTOCOLS: Readonly<Record<string, GitProtocol>> = {
  'https:': 'https',
  'http:': 'http',
  'ssh:': 'ssh',
  'git+ssh:': 'ssh',
  'git:': 'git',
  'file:': 'file',
};
const SCP_LIKE = /^(?:[\w.+-]+@)?[\w.-]+:(?!\/\/|:)[^-]/;

/** Reads `git.url` of a source. Throws CheckError `invalid` that never quotes the URL, which may carry a password. */
export function parseGitUrl(text: string): GitUrl {
  if (isAbsolute(text)) return { protocol: 'file', location: text };
  if (SCP_LIKE.test(text)) return { protocol: 'ssh', location: text };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url && PROTOCOLS[url.protocol];
  if (!url || !protocol) throw invalid('expected https://, http://, ssh://, git://, file://, user@host:path or a path');
  if (url.search !== '' || url.hash !== '') throw invalid('expected no ?query and no #fragment');
  return protocol === 'https' || protocol === 'http' ? httpUrl(protocol, url) : plainUrl(protocol, url);
}

function httpUrl(protocol: GitProtocol, url: URL): GitUrl {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return { protocol, location: bare.href, origin: bare.origin, ...userinfo(url) };
}

function plainUrl(protocol: GitProtocol, url: URL): GitUrl {
  const bare = new URL(url);
  bare.password = '';
  return { protocol, location: bare.href };
}

function userinfo(url: URL): Pick<GitUrl, 'username' | 'password'> {
  return {
    ...(url.username === '' ? {} : { username: decoded(url.username) }),
    ...(url.password === '' ? {} : { password: decoded(url.password) }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalid(expected: string): CheckError {
  return new CheckError('invalid', `git url: ${expected}`, { phase: 'source' });
}
