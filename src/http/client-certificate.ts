import { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { alternativeNames, canonicalName, commonName } from '../web-config/certificate-names.ts';
import { requiresCertificate, verifiesClients } from '../web-config/tls-settings.ts';
import type { TlsSettings, WebUser } from '../web-config/web-settings.ts';

export interface ClientCertificate {
  readonly sans: readonly string[];
  readonly commonName?: string;
}

/** The certificate that came with the connection, when an authority of ours vouches for it. */
export function verifiedCertificate(socket: Socket): ClientCertificate | undefined {
  return socket instanceof TLSSocket && socket.authorized ? certificateOf(socket) : undefined;
}

/** Whose certificate it is. */
export function ownerOf({ sans, commonName }: ClientCertificate, users: readonly WebUser[]): WebUser | undefined {
  return users.find(
    (user) =>
      user.clientSans.some((san) => sans.includes(canonicalName(san))) ||
      (commonName !== undefined && user.clientCommonNames.includes(commonName)),
  );
}

/** Why a connection is not accepted after its handshake, or undefined. */
export function handshakeProblem(socket: TLSSocket, { clientAuth, clientSans }: TlsSettings): string | undefined {
  const certificate = certificateOf(socket);
  if (certificate === undefined) return requiresCertificate(clientAuth) ? 'no certificate' : undefined;
  if (verifiesClients(clientAuth) && !socket.authorized) return String(socket.authorizationError);
  if (clientSans !== undefined && !clientSans.some((san) => certificate.sans.includes(canonicalName(san)))) {
    return 'no allowed subject alternative name';
  }
  return undefined;
}

function certificateOf(socket: TLSSocket): ClientCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const name = commonName(certificate.subject);
  return { sans: alternativeNames(certificate.subjectAltName), ...(name !== undefined && { commonName: name }) };
}
