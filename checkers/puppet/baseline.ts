import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CAUSES } from '../../src/drift.ts';
import { causeOf } from './cause-of.ts';
import type { Baseline, FoundReport, KnownResource } from './observation.ts';

/** What is kept of a host between the runs of a check; undefined when there is nothing that can be read. */
export async function readBaseline(dir: string, host: string): Promise<Baseline | undefined> {
  const text = await readFile(fileOf(dir, host), 'utf8').catch(() => '');
  const parsed = baselineSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

/** Keeps what this run saw. */
export async function writeBaseline(dir: string, found: FoundReport): Promise<void> {
  const file = fileOf(dir, found.host);
  await mkdir(join(dir, DIR), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(nextBaseline(found)), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** The baseline after a run: what was looked at as it was found, the rest as it was known. */
function nextBaseline(found: FoundReport): Baseline {
  const { declared = new Map(), baseline, report, revision } = found;
  const resources: Record<string, KnownResource> = {};
  for (const resource of report.resources) {
    const declaration = declared.get(resource.ref);
    if (declaration === undefined) continue;
    const { digest } = declaration;
    const known = baseline?.resources[resource.ref];
    if (resource.skipped || resource.events.some(({ status }) => status === 'failure')) {
      resources[resource.ref] = known ?? { digest, cause: 'unknown' };
    } else if (resource.events.some(({ status }) => status === 'noop')) {
      resources[resource.ref] = { digest, cause: causeOf(resource, found) };
    } else {
      resources[resource.ref] = { digest };
    }
  }
  return { version: 1, ...(revision !== undefined && { revision }), resources };
}

const DIR = 'baselines';

function fileOf(dir: string, host: string): string {
  return join(dir, DIR, `${encodeURIComponent(host)}.json`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // none yet, or emptied
  }
}

const baselineSchema = z.object({
  version: z.literal(1),
  revision: z.string().optional(),
  resources: z.record(z.string(), z.object({ digest: z.string(), cause: z.enum(CAUSES).optional() })),
}) as unknown as z.ZodType<Baseline>;
