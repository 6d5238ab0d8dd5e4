import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import type { SandboxConfig } from '../config/config.ts';

/** Who commands run as, and within which limits; resolved on this machine from `global.sandbox`. */
export interface Confinement {
  /** Absent: as whom the service runs. `home` is absent where there is no such directory. Supplementary groups are dropped with it. */
  readonly user?: { readonly uid: number; readonly gid: number; readonly name?: string; readonly home?: string };
  readonly umask: number;
  /** Program and arguments put before every command: they set limits and start it in their place. */
  readonly launcher: readonly string[];
}

/** What of the machine matters; `uid` is absent where there are no users. */
export interface Machine {
  readonly uid?: number | undefined;
  readonly path: string;
}

/** Throws an error that names the key when this machine cannot do what is configured. */
export function createConfinement(config: SandboxConfig, machine: Machine): Confinement {
  const user = userOf(config, machine);
  return { ...(user && { user }), umask: config.umask, launcher: launcherOf(config, machine.path) };
}

function userOf({ user, group }: SandboxConfig, { uid }: Machine): Confinement['user'] {
  if (user === undefined && group === undefined) return undefined;
  const key = user === undefined ? 'group' : 'user';
  if (uid !== 0)
    throw new Error(
      `global.sandbox.${key}: only root can run commands as somebody else, and the service runs as uid ${uid ?? '(none)'}; start it as root, or remove the key`,
    );
  if (user === undefined) throw new Error('global.sandbox.group: expected user beside it: root with a group is root');
  const entry = readEntries('/etc/passwd').find(([name, , id]) => name === user || id === user);
  const found = entry?.[2] ?? (/^\d+$/.test(user) ? user : undefined);
  if (found === undefined) throw new Error(`global.sandbox.user: no user ${user} in /etc/passwd; a number works too`);
  if (Number(found) === 0) throw new Error(`global.sandbox.user: expected somebody else than root, found ${user}`);
  const [name, , , , , home] = entry ?? [];
  return {
    uid: Number(found),
    gid: groupOf(group, entry?.[3], user),
    ...(name !== undefined && { name }),
    ...(home !== undefined && isDirectory(home) && { home }),
  };
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function groupOf(group: string | undefined, primary: string | undefined, user: string): number {
  if (group === undefined) {
    if (primary !== undefined) return Number(primary);
    throw new Error(`global.sandbox.group: expected one: user ${user} is not in /etc/passwd, which would say its own`);
  }
  const entry = readEntries('/etc/group').find(([name, , id]) => name === group || id === group);
  const gid = entry?.[2] ?? (/^\d+$/.test(group) ? group : undefined);
  if (gid === undefined) throw new Error(`global.sandbox.group: no group ${group} in /etc/group; a number works too`);
  return Number(gid);
}

function readEntries(file: string): string[][] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
}

function launcherOf(config: SandboxConfig, path: string): string[] {
  const { nice, ioClass, maxOpenFiles, maxMemoryBytes, maxFileBytes, maxProcesses } = config;
  const limits = Object.entries({ nofile: maxOpenFiles, as: maxMemoryBytes, fsize: maxFileBytes, nproc: maxProcesses })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${name}=${value}:${value}`);
  const parts = [
    ...(nice === undefined ? [] : [['nice', '-n', String(nice)]]),
    ...(ioClass === undefined ? [] : [['ionice', '-c', ioClass]]),
    ...(limits.length === 0 ? [] : [['prlimit', ...limits]]),
  ];
  return parts.flatMap(([program = '', ...args]) => [launcherProgram(program, path), ...args]);
}

function launcherProgram(name: string, path: string): string {
  const found = findProgram(name, { path, cwd: '/' });
  if (found instanceof Error)
    throw new Error(`global.sandbox: ${name} is not on PATH; it sets the limits (package util-linux, nice: coreutils)`);
  return found;
}

/** The file that a program's name means, as execvp finds it; what spawn would say otherwise. */
export function findProgram(
  name: string,
  { path, cwd }: { readonly path: string; readonly cwd: string },
): string | Error {
  const files = name.includes('/') ? [resolve(cwd, name)] : path.split(delimiter).map((dir) => resolve(cwd, dir, name));
  let code = 'ENOENT';
  for (const file of files) {
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') code = 'EACCES';
    }
  }
  return Object.assign(new Error(`spawn ${name} ${code}`), { code });
}
