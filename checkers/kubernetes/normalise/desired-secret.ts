import type { KubeObject } from '../observation.ts';
import { toBase64 } from './base64.ts';

/** A Secret as the API server stores it: `stringData` folded into `data`, where it wins. */
export function foldStringData(secret: KubeObject): KubeObject {
  const { stringData, ...rest } = secret;
  if (typeof stringData !== 'object' || stringData === null) return stringData === undefined ? secret : rest;
  const data: Record<string, unknown> = { ...(rest['data'] as Record<string, unknown> | null | undefined) };
  for (const [key, text] of Object.entries(stringData as Record<string, unknown>)) {
    data[key] = typeof text === 'string' ? toBase64(text) : text;
  }
  return { ...rest, data };
}
