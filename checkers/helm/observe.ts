import { CheckError, type CheckContext } from '../../src/checker.ts';
import { readCatalog } from '../kubernetes/live/api-catalog.ts';
import { createApiClient } from '../kubernetes/live/api-client.ts';
import { NO_EXTRA_SCOPE, type ExtraScope } from '../kubernetes/live/extra-scope.ts';
import { surveyReleases } from '../kubernetes/desired/helm-releases.ts';
import { observeObjects } from '../kubernetes/observe-objects.ts';
import type { Observation } from '../kubernetes/observation.ts';
import { declaredBy, type ReleasesDeclared } from '../kubernetes/desired/helm-declared.ts';
import type { HelmCheckOptions } from './options.ts';
import { markedRelease } from './release-marks.ts';

/** Reads Helm's records, opens those of deployed revisions, and LISTs each kind that they declare. */
export async function* observe(options: HelmCheckOptions, context: CheckContext): AsyncGenerator<Observation> {
  const client = await createApiClient(options, context);
  try {
    const { namespaces, releases, storage, page_size: pageSize } = options;
    const scope = { namespaces, releases, storage, pageSize };
    const states = await surveyReleases(client, scope);
    if (states.size === 0) throw nothingThere(options);
    const declared = await declaredBy(states, { client, scope, context });
    yield { piece: 'findings', ...declared.findings };
    if (declared.objects.length === 0 && !options.extra) return;
    const catalog = await readCatalog(client, `${context.dirs.shared}/api`);
    const extra = options.extra ? scopeOf(declared) : NO_EXTRA_SCOPE;
    yield* observeObjects(declared.objects, { options, client, catalog, namespace: 'default', extra: () => extra });
  } finally {
    client.close();
  }
}

/** A check that watches no release is not in sync with anything. */
function nothingThere({ storage, namespaces }: HelmCheckOptions): CheckError {
  const where = namespaces.include.join(', ');
  return new CheckError(
    'not_found',
    `no Helm release in the namespaces ${where} (records are looked for as ${storage}s)`,
  );
}

/** Objects of the releases whose manifest is known, and of those that were uninstalled, in the releases' namespaces. */
function scopeOf({ known }: ReleasesDeclared): ExtraScope {
  return {
    covers: ({ namespaced }) => namespaced,
    holds: (_kind, object) => known.has(markedRelease(object) ?? ''),
    namespaces: [...new Set(Array.from(known, (key) => key.slice(0, key.indexOf('/'))))],
    kinds: [],
  };
}
