import { readFileSync } from 'node:fs';

/** The part of package-lock.json that is looked at. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export function readLock(file: string): Lock {
  return JSON.parse(readFileSync(file, 'utf8')) as Lock;
}

/** What a package brings with it: the places in the lock file of all it depends on, itself left out. */
export function broughtBy({ packages }: Lock, name: string): Set<string> {
  const start = `node_modules/${name}`;
  const found = new Set<string>();
  const todo = [start];
  for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
    const { dependencies, optionalDependencies } = packages[place] ?? {};
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = placeOf(packages, needed, place);
      if (at === undefined || at === start || found.has(at)) continue;
      found.add(at);
      todo.push(at);
    }
  }
  return found;
}

/** As Node looks for it: beside, then further and further up. Absent for what this platform leaves out. */
function placeOf(packages: Lock['packages'], name: string, from: string): string | undefined {
  for (let dir = from; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf('/node_modules/')))) {
    const place = dir === '' ? `node_modules/${name}` : `${dir}/node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (dir === '') return undefined;
  }
}
