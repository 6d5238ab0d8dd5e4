import type { RequestHandler } from 'express';
import type { WebConfigKeeper } from '../web-config/keep-web-config.ts';

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * On every answer; those of the web configuration win. `same-origin` keeps the Origin of our own forms, by which a foreign
 * one is told.
 */
export function securityHeaders(keeper: WebConfigKeeper): RequestHandler {
  return (_request, response, next) => {
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('X-Frame-Options', 'DENY');
    response.setHeader('Referrer-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cache-Control', 'no-cache, private');
    for (const [name, value] of Object.entries(keeper.settings().headers)) response.setHeader(name, value);
    next();
  };
}
