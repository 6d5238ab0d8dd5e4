import { CheckError } from '../../src/checker.ts';
import { runWorkspaceList, workspaceNames } from './list-workspaces.ts';
import type { Session } from './session.ts';

/**
 * A plan in a workspace that does not exist creates it (a directory, or an object in the backend) and calls every
 * resource missing. So it is asked for first.
 */
export async function requireWorkspace(session: Session, cwd: string): Promise<void> {
  const { workspace } = session.options;
  if (workspace === undefined || workspace === 'default') return;
  const output = await runWorkspaceList(session, cwd);
  if (output.exitCode !== 0) return; // the plan says why, in diagnostics
  const names = workspaceNames(output.stdout);
  if (names.includes(workspace)) return;
  throw new CheckError('not_found', `workspace ${workspace} does not exist; expected one of ${names.join(', ')}`);
}
