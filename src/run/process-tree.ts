import { readdirSync, readFileSync } from 'node:fs';
import process, { kill, platform } from 'node:process';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

/** Environment variable that every process of a run inherits, so that those which left its tree are found too. */
export const RUN_MARKER = 'DRIFT_EXPORTER_RUN';

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Tells a process from a later one with the same pid. */
  readonly startedAt: string;
}

/**
 * Ends a process and everything it started: TERM, `graceMs`, KILL. Finds its process group and, on Linux, children of
 * children, also those that called setsid or were orphaned (by the run's marker in their environment). Settles when all
 * are gone, at the latest shortly after the grace. Without `root` only the marker counts. `since`: where to begin to look
 * for the marker; otherwise at all processes of the machine.
 */
export async function endProcesses(tree: {
  readonly root?: number;
  readonly marker?: string;
  readonly since?: Moment | undefined;
  readonly graceMs: number;
}): Promise<void> {
  const known = new Map<number, ProcessEntry>();
  await signalAll(tree, known, 'SIGTERM');
  const deadline = performance.now() + tree.graceMs; // a clock that is set is no reason to wait, or not to
  while (performance.now() < deadline) {
    if (platform === 'linux' ? (await remaining(tree, known)).length === 0 : !groupExists(tree.root ?? 0)) return;
    await sleep(Math.min(25, Math.max(1, deadline - performance.now())));
  }
  for (let round = 0; round < 20; round++) {
    if ((await signalAll(tree, known, 'SIGKILL')) === 0) return;
    await sleep(10);
  }
}

/** A moment, as the kernel counts processes. */
export interface Moment {
  readonly newestPid: number;
  readonly at: number;
}

/** Now; undefined where the kernel does not tell. */
export function processMoment(): Moment | undefined {
  const newestPid = Number(readProc('loadavg').split(' ')[4]);
  return Number.isInteger(newestPid) && newestPid > 0 ? { newestPid, at: performance.now() } : undefined;
}

/** Whether any process of the group is left (a zombie that nobody reaped counts). */
export function groupExists(group: number): boolean {
  try {
    kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

const groups = new Set<number>();

/** While it lasts, the end of this process kills the group: a second SIGTERM leaves no time to ask. Call to end it. */
export function tieToThisProcess(group: number): () => void {
  if (groups.size === 0) process.on('exit', killGroups);
  groups.add(group);
  return () => {
    groups.delete(group);
    if (groups.size === 0) process.off('exit', killGroups);
  };
}

function killGroups(): void {
  for (const group of groups) send(-group, 'SIGKILL');
}

type Tree = Parameters<typeof endProcesses>[0];

/** Signals what is alive; returns how many. */
async function signalAll(tree: Tree, known: Map<number, ProcessEntry>, signal: NodeJS.Signals): Promise<number> {
  const alive = await remaining(tree, known);
  for (const { pid } of alive) send(pid, signal);
  if (tree.root === undefined || platform === 'linux') return alive.length;
  send(-tree.root, signal);
  return groupExists(tree.root) ? 1 : 0;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    kill(pid, signal);
  } catch {
    // Gone in between, or not ours to signal: the next look tells.
  }
}

/** Descendants alive now, including those seen before whose parent has gone since. */
async function remaining(tree: Tree, known: Map<number, ProcessEntry>): Promise<ProcessEntry[]> {
  const marked = tree.marker === undefined ? new Set<number>() : await markedProcesses(tree.marker, tree.since);
  if (tree.root === undefined && marked.size === 0 && known.size === 0) return [];
  const all = await listProcesses();
  const children = Map.groupBy(all, ({ parent }) => parent);
  const found = new Map<number, ProcessEntry>();
  const add = (entry: ProcessEntry): void => {
    if (found.has(entry.pid)) return;
    found.set(entry.pid, entry);
    for (const child of children.get(entry.pid) ?? []) add(child);
  };
  for (const entry of all) {
    const seen = known.get(entry.pid)?.startedAt === entry.startedAt;
    const inTree = tree.root !== undefined && (entry.pid === tree.root || entry.group === tree.root);
    if (seen || inTree || marked.has(entry.pid)) add(entry);
  }
  for (const [pid, entry] of found) known.set(pid, entry);
  return [...found.values()];
}

/** Pids whose environment has the marker. */
async function markedProcesses(marker: string, since: Moment | undefined): Promise<Set<number>> {
  const wanted = `${RUN_MARKER}=${marker}`;
  const look = (pid: string): number | undefined =>
    readProc(`${pid}/environ`).includes(wanted) ? Number(pid) : undefined;
  const fresh = since === undefined ? undefined : pidsSince(since);
  if (fresh === undefined) return new Set(await eachProcess(look));
  return new Set(fresh.map((pid) => look(String(pid))).filter((pid) => pid !== undefined));
}

/** After this long the kernel may have begun its count anew, and come by. */
const LONGEST_COUNT_MS = 10_000;
const MOST_FRESH = 200;

/** Pids given since, alive or not; undefined when it is not known, or not worth it. */
function pidsSince({ newestPid, at }: Moment): readonly number[] | undefined {
  const now = processMoment();
  if (now === undefined || now.at - at > LONGEST_COUNT_MS) return undefined;
  const count = now.newestPid - newestPid;
  if (count < 0 || count > MOST_FRESH) return undefined;
  return Array.from({ length: count }, (_, index) => newestPid + 1 + index);
}

/** Every process that is not a zombie. */
async function listProcesses(): Promise<ProcessEntry[]> {
  return eachProcess(readStat);
}

function readStat(pid: string): ProcessEntry | undefined {
  const stat = readProc(`${pid}/stat`);
  // `pid (name) state ppid pgrp ...`: the name may hold spaces and brackets.
  const [state, parent, group, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (parent === undefined || group === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid: Number(pid), parent: Number(parent), group: Number(group), startedAt: rest[16] ?? '' };
}

/** These files are made by the kernel as they are read: synchronously costs a tenth, in slices that block for no time. */
async function eachProcess<T>(look: (pid: string) => T | undefined): Promise<T[]> {
  if (platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found: T[] = [];
  for (const [at, pid] of pids.entries()) {
    if (at % 100 === 99) await setImmediate();
    const seen = look(pid);
    if (seen !== undefined) found.push(seen);
  }
  return found;
}

/** Empty when the process is gone or another user's. */
function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'latin1');
  } catch {
    return '';
  }
}
