import { broughtBy, type Lock } from './lock.ts';
import { DEPENDENCIES, DEV_DEPENDENCIES, type Reason } from './reasons.ts';

/** docs/decisions/dependencies.md. */
export function dependenciesPage(lock: Lock): string {
  const used = Object.entries(lock.packages).filter(([place, { dev }]) => place !== '' && dev !== true).length;
  return `# Dependencies

Written by \`npm run docs\` from [scripts/dependencies/reasons.ts](../../scripts/dependencies/reasons.ts) and the lock file;
a test compares. Each dependency needs a reason here, an open licence, and somebody who looks after it. Versions are
exact. No install script runs but that of \`node\`, which brings the Node.js version (\`allowScripts\` in package.json);
the package that is published has none, and none of its dependencies has one.

"Brings" counts the packages that come with one, shared ones each time. In all, ${used} packages are installed with
drift-exporter.

## What runs

${table(lock, DEPENDENCIES)}
## What only builds and tests

${table(lock, DEV_DEPENDENCIES)}`;
}

function table(lock: Lock, reasons: Readonly<Record<string, Reason>>): string {
  const rows = Object.entries(reasons).map(([name, { why, care }]) => {
    const licence = lock.packages[`node_modules/${name}`]?.license ?? 'unknown';
    return `| \`${name}\` | ${why} | ${licence} | ${broughtBy(lock, name).size} | ${care} |\n`;
  });
  return `| package | reason | licence | brings | care |\n|---|---|---|---|---|\n${rows.join('')}`;
}
