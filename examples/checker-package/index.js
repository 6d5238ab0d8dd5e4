import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckError, defineChecker } from 'drift-exporter/checker';
import { z } from 'zod';

/**
 * Compares a file in the source with a live one, line by line: each line that is only in one of them is a drifted
 * resource. Shows all that a checker needs: strict options, I/O in `observe`, judgement in `compare`.
 */
export default defineChecker({
  apiVersion: 1,
  name: 'lines',

  options: z.strictObject({
    desired: z.string().min(1).describe("File in the source's directory."),
    live: z.string().min(1).describe('Absolute path of the live file.'),
  }),

  async *observe(options, context) {
    const desired = await readLines(join(context.source.dir, options.desired), 'invalid');
    const live = await readLines(options.live, 'not_found');
    context.log.debug({ desired: desired.length, live: live.length }, 'files read');
    yield { desired, live };
  },

  compare({ desired, live }) {
    const drift = (line, action, change) => ({
      address: line,
      type: 'line',
      action,
      cause: 'unknown',
      changes: [change],
    });
    return {
      resources: new Set([...desired, ...live]).size,
      drift: [
        ...desired
          .filter((line) => !live.includes(line))
          .map((line) => drift(line, 'create', { op: 'add', path: '', desired: { kind: 'known', value: line } })),
        ...live
          .filter((line) => !desired.includes(line))
          .map((line) => drift(line, 'delete', { op: 'remove', path: '', live: { kind: 'known', value: line } })),
      ],
    };
  },
});

async function readLines(file, reason) {
  try {
    return [...new Set((await readFile(file, 'utf8')).split('\n').filter((line) => line !== ''))];
  } catch (error) {
    throw new CheckError(reason, `${file}: cannot be read: ${error.code}`, { cause: error });
  }
}
