/** Texts of alerts: Prometheus templates. A check's name has no character that would need escaping in a URL. */

/** Where docs/runbooks is published. */
export const RUNBOOKS = 'https://github.com/drift-exporter/drift-exporter/blob/main/docs/runbooks';

const OF_EXPORTER = 'job=%q,instance=%q';
const OF_CHECK = `${OF_EXPORTER},check=%q`;
const EXPORTER_ARGS = '$labels.job $labels.instance';
const CHECK_ARGS = `${EXPORTER_ARGS} $labels.check`;

/** `web.external_url` of the exporter; where none is configured, the address that Prometheus scrapes. */
const BASE = `{{ with query (printf \`last_over_time(drift_exporter_info{${OF_EXPORTER}}[1d])\` ${EXPORTER_ARGS}) }}{{ . | first | label "external_url" | reReplaceAll "/+$" "" }}{{ else }}http://{{ $labels.instance }}{{ end }}`;

export const CHECK_LINK: string = `${BASE}/checks/{{ $labels.check }}`;
export const EXPORTER_LINK: string = `${BASE}/`;
/** An alert on many checks belongs to no exporter: the first that has a page. */
export const CLUSTER_LINK =
  '{{ with query "drift_exporter_info" }}{{ . | sortByLabel "external_url" | first | label "external_url" | reReplaceAll "/+$" "" }}{{ end }}/?status=drifted{{ with $labels.cluster }}&label.cluster={{ . | urlquery }}{{ end }}{{ with $labels.environment }}&label.environment={{ . | urlquery }}{{ end }}';

/** Such as `2 update (out_of_band), 1 delete (unknown)`. `matcher` narrows it. */
export function driftCounts(matcher = ''): string {
  const series = `drift:check_drifted_resources:latest{${OF_CHECK}${matcher}}`;
  return list(
    series,
    'action',
    '{{ $item.Value }} {{ $item.Labels.action }} ({{ $item.Labels.cause }})',
    'what differs cannot be told now',
  );
}

/** Such as `observe: locked, observe: timeout`. */
export const FAILURES: string = list(
  `last_over_time(drift_check_failures{${OF_CHECK}}[10m])`,
  'reason',
  '{{ $item.Value }} {{ $item.Labels.reason }} ({{ $item.Labels.phase }})',
  'see the page',
);

function list(series: string, label: string, item: string, none: string): string {
  const found = `query (printf \`${series}\` ${CHECK_ARGS}) | sortByLabel "${label}"`;
  return `{{ range $at, $item := ${found} }}{{ if $at }}, {{ end }}${item}{{ else }}${none}{{ end }}`;
}

/** The value of one series of the check, through a template function. */
export function ofCheck(metric: string, format: string): string {
  return `{{ with query (printf \`last_over_time(${metric}{${OF_CHECK}}[10m])\` ${CHECK_ARGS}) }}{{ . | first | value | ${format} }}{{ else }}unknown{{ end }}`;
}

/** When the drift began. */
export const SINCE: string = `{{ with query (printf \`drift:check_drifted_since_timestamp_seconds:latest{${OF_CHECK}}\` ${CHECK_ARGS}) }}{{ . | first | value | humanizeTimestamp }}{{ else }}unknown{{ end }}`;

/** The check's own severity label; without one, the alert's. */
export function severityOfCheck(otherwise: string): string {
  return `{{ with $labels.severity }}{{ . }}{{ else }}${otherwise}{{ end }}`;
}
