import type { Action, Change, FieldValue, Json, ResourceDrift } from '../../src/checker.ts';
import { diffValues, known } from '../../src/diff/diff-values.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import { isSensitiveFile, maskSensitiveText } from '../hosts/sensitive-text.ts';
import { preparedChanges } from '../hosts/text-changes.ts';
import type { ResourceRecord } from './run-record.ts';

/** The drift of a resource that a why-run would update. */
export function resourceDrift(
  resource: ResourceRecord,
  { address, host, sourceDir }: { readonly address: string; readonly host: string; readonly sourceDir: string },
): ResourceDrift {
  return {
    address,
    type: resource.type,
    scope: host,
    action: actionOf(resource),
    cause: 'unknown',
    changes: changesOf(resource),
    ...originOf(resource, sourceDir),
  };
}

function actionOf({ action, applied }: ResourceRecord): Action {
  if (/^(delete|remove|purge|uninstall|unlink|umount)/.test(action)) return 'delete';
  const creates = applied.some((line) => /^(create (new|directory|symlink|user|group)|install )/i.test(line));
  const takesAway = applied.some((line) => /^(unlink|delete|remove) /.test(line));
  return creates && !takesAway ? 'create' : 'update';
}

/**
 * The file's diff, and the properties that differ; where there is neither, what Chef said it would do. A property that is
 * null is not declared.
 */
function changesOf(resource: ResourceRecord): Change[] {
  const { before, after, delta, applied, name } = resource;
  const hidden = resource.sensitive || isSensitiveFile(name);
  const content = /^--- /m.test(delta) && !hidden ? preparedChanges(delta) : [];
  const checksumTold = content.length > 0 ? ['checksum', 'content'] : [];
  const shared = Object.keys(after).filter(
    (key) => key in before && after[key] !== null && !checksumTold.includes(key),
  );
  const properties = shared.flatMap((key) => propertyChanges(key, [before[key], after[key]], hidden));
  if (content.length + properties.length > 0) return [...content, ...properties];
  return applied.map((line, index) => ({
    op: 'add',
    path: toPointer(['would', index]),
    desired: hidden ? { kind: 'sensitive' } : known(maskSensitiveText(line)),
  }));
}

/** What Chef puts where a sensitive property was. */
const SUPPRESSED = '*sensitive value suppressed*';

function propertyChanges(
  key: string,
  [live, desired]: [Json | undefined, Json | undefined],
  hidden: boolean,
): Change[] {
  if (diffValues(live, desired).length === 0) return [];
  const value = (json: Json | undefined): FieldValue =>
    hidden || json === SUPPRESSED || json === undefined ? { kind: 'sensitive' } : known(json);
  const path = toPointer([key]);
  if (live === null) return [{ op: 'add', path, desired: value(desired) }];
  return [{ op: 'replace', path, live: value(live), desired: value(desired) }];
}

function originOf({ definedAt = '' }: ResourceRecord, sourceDir: string): Pick<ResourceDrift, 'origin'> {
  const found = /^(.+\.rb):(\d+)/.exec(definedAt);
  const [, file = '', line = ''] = found ?? [];
  if (file === '') return {};
  const inSource = sourceDir !== '' && file.startsWith(`${sourceDir}/`);
  const relative = inSource ? file.slice(sourceDir.length + 1) : file.replace(/^.*\/cookbooks\//, 'cookbooks/');
  return { origin: { file: relative, line: Number.parseInt(line, 10) } };
}
