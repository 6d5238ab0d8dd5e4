import { parseArgs } from 'node:util';
import { compareShortcut } from '../config/compare-shortcut.ts';
import { parityRows } from '../diff/render-parity.ts';
import type { RunResult } from '../run/result.ts';
import type { Alias } from './alias.ts';
import { readApiVersions } from './api-version.ts';
import { KUBEDIFF_HELP, parseKubediff } from './arguments.ts';
import { kubediffRun } from './configuration.ts';
import { imageDifferences, renderImages } from './images.ts';
import { kubediffDifferences, kubediffJson, kubediffText } from './render.ts';

/** What the aliases need of the program. */
export interface KubediffDeps {
  /** Runs the one check of a configuration. */
  readonly run: (text: string) => Promise<RunResult>;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** Behaves as weaveworks/kubediff and its compare-images did. Gives the exit code. */
export function runAlias(alias: Alias, args: readonly string[], deps: KubediffDeps): Promise<number> {
  return alias === 'kubediff' ? kubediff(args, deps) : compareImages(args, deps);
}

/** argparse's code for arguments that do not fit. */
const USAGE = 2;

async function kubediff(args: readonly string[], { run, print, complain }: KubediffDeps): Promise<number> {
  const parsed = orComplaint(() => parseKubediff(args), complain);
  if (parsed === undefined) return USAGE;
  if (parsed === 'help' || parsed.paths.length === 0) {
    print(KUBEDIFF_HELP);
    return parsed === 'help' ? 0 : 1;
  }
  const { text, nameOf, pathOf } = await kubediffRun(parsed);
  const result = await run(text);
  const unreadable = result.failures.filter(({ phase }) => phase === 'source');
  for (const { message } of unreadable) complain(`Failed parsing ${message}\n`);
  if (unreadable.length > 0) return 1;
  const files = new Set(result.drift.flatMap(({ origin }) => origin?.file ?? []));
  const apiVersionAt = await readApiVersions(files, pathOf);
  const differences = kubediffDifferences(result, { nameOf, apiVersionAt });
  print(parsed.json ? kubediffJson(differences) : kubediffText(differences));
  return differences.length > 0 && parsed.exitOnDiff ? 2 : 0;
}

async function compareImages(args: readonly string[], { run, print, complain }: KubediffDeps): Promise<number> {
  const options = { format: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
  const parsed = orComplaint(() => parseArgs({ args: [...args], allowPositionals: true, options }), complain);
  if (parsed === undefined) return USAGE;
  const [source, target, ...others] = parsed.positionals;
  if (parsed.values.help === true || source === undefined || target === undefined || others.length > 0) {
    print('Usage: compare-images [--format json|table] SOURCE TARGET\n');
    return parsed.values.help === true ? 0 : 1;
  }
  const none = { namespaces: [], names: [], allowed: [], kinds: [] };
  const result = await run(await compareShortcut({ left: source, right: target, fields: ['image'], ...none }));
  for (const { message } of result.failures) complain(`${message}\n`);
  print(renderImages(imageDifferences(parityRows(result)), { source, target, format: parsed.values.format }));
  return result.failures.length > 0 ? 1 : 0;
}

function orComplaint<Value>(parse: () => Value, complain: (text: string) => void): Value | undefined {
  try {
    return parse();
  } catch (error) {
    complain(`error: ${(error as Error).message}\n`);
    return undefined;
  }
}
