import { CheckError } from '../../src/checker.ts';
import type { Session } from './session.ts';

/**
 * A plan in a workspace that does not exist creates it (a directory, or an object in the backend) and calls every
 * resource missing. So it is asked for first.
 */
export async function requireWorkspace({ options, context, env }: Session, cwd: string): Promise<void> {
  const { workspace } = options;
  if (workspace === undefined || workspace === 'default') return;
  const output = await context.run(options.binary, ['workspace', 'list'], {
    cwd,
    env: { ...env, TF_WORKSPACE: undefined },
    exitCodes: 'any',
  });
  if (output.exitCode !== 0) return; // the plan says why, in diagnostics
  const names = output.stdout.split('\n').map((line) => line.replace(/^\*?\s+/, '').trim());
  if (names.includes(workspace)) return;
  const listed = names.filter((name) => name !== '').join(', ');
  throw new CheckError('not_found', `workspace ${workspace} does not exist; expected one of ${listed}`);
}
