/**
 * What a user may do. `metrics`: GET /metrics. `diff`: read drift, history and configuration, on the page and by API. `run`:
 * POST /diff/:check, whose answer is that check's diff. `admin`: POST /-/reload.
 */
export const SCOPES = ['metrics', 'diff', 'run', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
