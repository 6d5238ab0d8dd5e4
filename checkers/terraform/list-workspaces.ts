import { CheckError, type RunOutput } from '../../src/checker.ts';
import { lastLines } from '../../src/diff/last-lines.ts';
import { messageOf, reasonOf } from './failures.ts';
import { readTextDiagnostics } from './read-text-diagnostics.ts';
import type { Session } from './session.ts';

/** The workspaces that a root's backend has. Rejects with CheckError when they cannot be listed. */
export async function listWorkspaces(session: Session, cwd: string): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await runWorkspaceList(session, cwd);
  if (exitCode === 0) return workspaceNames(stdout);
  const [first] = readTextDiagnostics(`${stdout}\n${stderr}`);
  if (first !== undefined) throw new CheckError(reasonOf(first), `workspace list: ${messageOf(first)}`);
  const said = lastLines(stderr.trim(), { lines: 50, characters: 2000 }) || 'it said nothing';
  throw new CheckError('exit_code', `workspace list: exit code ${exitCode}: ${said}`);
}

/** `terraform workspace list`, whatever its exit code. */
export async function runWorkspaceList({ options, context, env }: Session, cwd: string): Promise<RunOutput> {
  return context.run(options.binary, ['workspace', 'list'], {
    cwd,
    env: { ...env, TF_WORKSPACE: undefined },
    exitCodes: 'any',
  });
}

/** What it prints: a name a line, a star before the current one. */
export function workspaceNames(stdout: string): readonly string[] {
  return stdout
    .split('\n')
    .map((line) => line.replace(/^\*?\s+/, '').trim())
    .filter((name) => name !== '');
}
